//! The trace over a serial line (feature `trace-uart`): frames of `bluekernel_abi::uart`, for a driver to send.
//!
//! The driver asks for the next frame whenever its line is free, from a task of little importance, say. So the line takes the
//! place of the debugger that reads RTT channel 1: where both read, each gets a part.
#![expect(unsafe_code, reason = "reads the ring beside its writer")]

use super::ring::Reader;
use crate::lock;
use crate::rtt::{self, TRACE_BYTES};
use bluekernel_abi::uart::{CRC_INIT, OVERHEAD_BYTES, encoded_bytes};
use bluekernel_abi::wire::{self, head};
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// Bytes that hold any frame. A shorter buffer makes shorter frames: one of 256 bytes holds any event.
pub const FRAME_BYTES: usize = encoded_bytes(TRACE_BYTES + OVERHEAD_BYTES);

/// Bytes of the stream that were sent.
static SENT: AtomicU32 = AtomicU32::new(0);
/// Somebody makes a frame.
static BUSY: AtomicBool = AtomicBool::new(false);

/// Puts the next frame of the trace into `buffer`; returns its bytes, 0 if there is nothing to send. From any context;
/// does not block. Masks interrupts for a few instructions at its beginning and at its end.
///
/// What does not fit comes with the next frame, but an event that no frame in this buffer would hold is never sent, and
/// nothing behind it: 256 bytes are enough for any. Where two contexts ask at the same time, one gets 0.
///
/// ```no_run
/// # fn send(_: &[u8]) {}
/// let mut frame = [0; 512];
/// loop {
///     match bluekernel::trace::uart::next_block(&mut frame) {
///         0 => bluekernel::sleep(bluekernel::Duration::from_millis(10)),
///         count => send(&frame[..count]),
///     }
/// }
/// ```
pub fn next_block(buffer: &mut [u8]) -> usize {
    let began = lock::with(|_| {
        let busy = BUSY.load(Relaxed);
        BUSY.store(true, Relaxed);
        !busy
    });
    if !began {
        return 0;
    }
    let mut reader = lock::with(|locked| {
        let (memory, write, read) = rtt::trace(locked);
        // SAFETY: of the trace's memory, only the ring's bytes are read, and of those only what the writer has handed out.
        unsafe { Reader::<TRACE_BYTES>::new((&raw const (*memory).bytes).cast(), write, read) }
    });
    let (count, is_last) = frame(&mut reader, SENT.load(Relaxed), buffer);
    if count > 0 {
        SENT.store(SENT.load(Relaxed).wrapping_add(reader.taken() as u32), Relaxed);
        reader.give_back();
        if is_last {
            // The next frame begins with a SYNC, so that it needs none before it.
            super::request_sync();
        }
    }
    BUSY.store(false, Relaxed);
    count
}

/// One frame; and whether it takes all that there is.
fn frame<const SIZE: usize>(reader: &mut Reader<'_, SIZE>, sent: u32, buffer: &mut [u8]) -> (usize, bool) {
    let mut length = 0;
    while let Some(record) = record_bytes(reader, length)
        && encoded_bytes(length + record + OVERHEAD_BYTES) <= buffer.len()
        && (length == 0 || reader.peek(length) != Some(0))
    {
        length += record;
    }
    if length == 0 {
        return (0, false);
    }
    let mut line = Line::new(buffer);
    sent.to_le_bytes().into_iter().for_each(|byte| line.content(byte));
    for _ in 0..length {
        line.content(reader.take());
    }
    line.crc.to_le_bytes().into_iter().for_each(|byte| line.stuffed(byte));
    (line.end(), reader.peek(0).is_none())
}

/// The bytes of the record `at` bytes ahead; `None` if there is none.
fn record_bytes<const SIZE: usize>(reader: &Reader<'_, SIZE>, at: usize) -> Option<usize> {
    let number = |mut at: usize| -> Option<usize> {
        loop {
            at += 1;
            if reader.peek(at - 1)? < 0x80 {
                return Some(at);
            }
        }
    };
    let mut end = at + 1;
    let numbers = match reader.peek(at)? {
        0 => {
            end = at + wire::SYNC_ZEROS + 1;
            7
        }
        head::FIRST_WITH_LENGTH.. => {
            let from = end;
            end = number(from)?;
            end +=
                (from..end).rev().try_fold(0, |length, at| Some(length << 7 | usize::from(reader.peek(at)? & 0x7f)))?;
            1
        }
        head => wire::field_count(head).map_or(1, |fields| fields + 1),
    };
    for _ in 0..numbers {
        end = number(end)?;
    }
    Some(end - at)
}

/// A frame as it is made: COBS from front to back.
struct Line<'a> {
    buffer: &'a mut [u8],
    /// Where the next byte goes.
    at: usize,
    /// Where the length of the group goes that is being made.
    group: usize,
    crc: u16,
}

impl<'a> Line<'a> {
    fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, at: 1, group: 0, crc: CRC_INIT }
    }

    /// A byte of what the CRC is over.
    fn content(&mut self, byte: u8) {
        self.crc = crc_16(self.crc, byte);
        self.stuffed(byte);
    }

    fn stuffed(&mut self, byte: u8) {
        if byte != 0 {
            self.buffer[self.at] = byte;
            self.at += 1;
        }
        if byte == 0 || self.at - self.group == 0xff {
            self.end_group();
        }
    }

    fn end_group(&mut self) {
        self.buffer[self.group] = (self.at - self.group) as u8;
        self.group = self.at;
        self.at += 1;
    }

    /// The frame's bytes, with the zero behind it.
    fn end(mut self) -> usize {
        self.end_group();
        self.buffer[self.group] = 0;
        self.at
    }
}

/// CRC-16/IBM-3740 without a table: the polynomial x^16 + x^12 + x^5 + 1 for eight bits at once.
fn crc_16(crc: u16, byte: u8) -> u16 {
    let mut crc = crc.swap_bytes() ^ u16::from(byte);
    crc ^= (crc & 0xff) >> 4;
    crc ^= crc << 12;
    crc ^ (crc & 0xff) << 5
}

#[cfg(test)]
mod tests;
