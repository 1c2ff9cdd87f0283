//! SEGGER's Real-Time Transfer: rings in RAM that a debugger, or the simulator, reads and writes while the core runs.
//!
//! The control block has the layout of SEGGER's `SEGGER_RTT.h`, under its symbol, so that every RTT host finds it:
//!
//! | channel | up (target to host) | down (host to target) |
//! |---|---|---|
//! | 0 | `Terminal`: [`crate::println!`], panics, faults | `Terminal`: [`read`] |
//! | 1, with feature `trace` | `bk-trace`: the trace stream | `bk-trace`: any byte asks for a SYNC |
//!
//! The target never waits for the host: what does not fit is lost, and the next text that fits begins by saying so.
//! Firmware that neither prints nor traces does not contain any of this.
#![expect(unsafe_code, reason = "the control block's name is fixed, and its rings are shared with the host")]

use crate::lock::{self, Locked};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes of the ring that text goes through. At 1 ms between two visits of the host, 1 MB/s of text.
const TERMINAL_BYTES: usize = 1024;
/// Bytes of a ring from the host.
const DOWN_BYTES: usize = 16;
/// Channels in each direction.
const CHANNELS: usize = if cfg!(feature = "trace") { 2 } else { 1 };
/// Number of the trace's channel.
#[cfg(feature = "trace")]
const TRACE: usize = 1;

/// One direction of one channel: `SEGGER_RTT_BUFFER_UP` and `SEGGER_RTT_BUFFER_DOWN`.
#[repr(C)]
struct Channel {
    name: *const u8,
    buffer: *mut u8,
    size: u32,
    /// Offset of the next byte the writer writes; only the writer stores it.
    write: AtomicU32,
    /// Offset of the next byte the reader reads; only the reader stores it.
    read: AtomicU32,
    /// 0: text that does not fit is skipped.
    flags: u32,
}

impl Channel {
    const fn new(name: &'static [u8], buffer: *mut u8, size: usize) -> Self {
        let (write, read) = (AtomicU32::new(0), AtomicU32::new(0));
        Self { name: name.as_ptr(), buffer, size: size as u32, write, read, flags: 0 }
    }
}

/// `SEGGER_RTT_CB`.
#[repr(C)]
struct ControlBlock {
    id: [u8; 16],
    up_channels: u32,
    down_channels: u32,
    up: [Channel; CHANNELS],
    down: [Channel; CHANNELS],
}

// SAFETY: the pointers are to rings that live as long, and each ring's bytes are only touched under the kernel's lock.
unsafe impl Sync for ControlBlock {}

/// A ring's bytes.
#[repr(transparent)]
struct Buffer<const SIZE: usize>(UnsafeCell<[u8; SIZE]>);

// SAFETY: touched under the kernel's lock only.
unsafe impl<const SIZE: usize> Sync for Buffer<SIZE> {}

impl<const SIZE: usize> Buffer<SIZE> {
    const fn new() -> Self {
        Self(UnsafeCell::new([0; SIZE]))
    }

    const fn start(&'static self) -> *mut u8 {
        self.0.get().cast()
    }
}

static TERMINAL_UP: Buffer<TERMINAL_BYTES> = Buffer::new();
static TERMINAL_DOWN: Buffer<DOWN_BYTES> = Buffer::new();
#[cfg(feature = "trace")]
static TRACE_DOWN: Buffer<DOWN_BYTES> = Buffer::new();

// The identification is part of the initialised data: a host finds a control block as soon as `.data` is copied, and
// text written before anything else ran is not lost. Hosts that search for it look in RAM, not in flash.
#[unsafe(export_name = "_SEGGER_RTT")]
static CONTROL: ControlBlock = ControlBlock {
    id: *b"SEGGER RTT\0\0\0\0\0\0",
    up_channels: CHANNELS as u32,
    down_channels: CHANNELS as u32,
    up: [
        Channel::new(b"Terminal\0", TERMINAL_UP.start(), TERMINAL_BYTES),
        #[cfg(feature = "trace")]
        Channel::new(b"bk-trace\0", crate::trace::BUFFER.start(), crate::trace::BUFFER_BYTES),
    ],
    down: [
        Channel::new(b"Terminal\0", TERMINAL_DOWN.start(), DOWN_BYTES),
        #[cfg(feature = "trace")]
        Channel::new(b"bk-trace\0", TRACE_DOWN.start(), DOWN_BYTES),
    ],
};

/// Bytes of text lost since the last text that fitted.
static LOST: AtomicU32 = AtomicU32::new(0);

/// Writes text to channel 0, whole or not at all. From any context; never blocks.
///
/// Interrupts are masked while the bytes are copied, so pieces should be short: about a cycle a byte.
/// What does not fit is lost; the next text that fits is preceded by `[N bytes lost]`.
pub fn write(text: &[u8]) {
    lock::with(|locked| {
        let lost = LOST.load(Ordering::Relaxed);
        if lost != 0 {
            let mut digits = [0; 10];
            let parts: [&[u8]; 4] = [b"[", crate::text::decimal(lost, &mut digits), b" bytes lost]\n", text];
            if append(locked, &parts) {
                LOST.store(0, Ordering::Relaxed);
            } else {
                LOST.store(lost.saturating_add(text.len() as u32), Ordering::Relaxed);
            }
        } else if !append(locked, &[text]) {
            LOST.store(text.len() as u32, Ordering::Relaxed);
        }
    });
}

/// Writes all parts to channel 0 if they fit.
fn append(_: Locked<'_>, parts: &[&[u8]]) -> bool {
    let channel = &CONTROL.up[0];
    let mask = TERMINAL_BYTES - 1;
    let mut at = channel.write.load(Ordering::Relaxed) as usize & mask;
    let read = channel.read.load(Ordering::Acquire) as usize;
    let free = read.wrapping_sub(at).wrapping_sub(1) & mask;
    if parts.iter().map(|part| part.len()).sum::<usize>() > free {
        return false;
    }
    // SAFETY: the lock makes this the only writer, and the only reference; the host only reads.
    let ring = unsafe { &mut *TERMINAL_UP.0.get() };
    for part in parts {
        let (first, second) = part.split_at(part.len().min(TERMINAL_BYTES - at));
        ring[at..at + first.len()].copy_from_slice(first);
        ring[..second.len()].copy_from_slice(second);
        at = (at + part.len()) & mask;
    }
    channel.write.store(at as u32, Ordering::Release);
    true
}

/// Whether `length` bytes of text would fit now.
#[cfg(all(any(feature = "fault", feature = "panic"), target_os = "none"))]
pub(crate) fn has_room(length: usize) -> bool {
    let channel = &CONTROL.up[0];
    let (read, write) = (channel.read.load(Ordering::Acquire), channel.write.load(Ordering::Relaxed));
    length <= read.wrapping_sub(write).wrapping_sub(1) as usize & (TERMINAL_BYTES - 1)
}

/// Reads what the host sent on channel 0; returns how many bytes. From any context; never blocks.
///
/// ```ignore
/// let mut line = [0; 16];
/// let count = bluekernel::rtt::read(&mut line);
/// ```
pub fn read(buffer: &mut [u8]) -> usize {
    lock::with(|_| {
        let channel = &CONTROL.down[0];
        let mask = DOWN_BYTES - 1;
        let mut at = channel.read.load(Ordering::Relaxed) as usize & mask;
        let write = channel.write.load(Ordering::Acquire) as usize & mask;
        let mut count = 0;
        while at != write && count < buffer.len() {
            // SAFETY: `at` is below DOWN_BYTES. The host wrote the byte before it stored `write`; it may write others
            // meanwhile, so the read is volatile.
            buffer[count] = unsafe { ptr::read_volatile(TERMINAL_DOWN.start().add(at)) };
            at = (at + 1) & mask;
            count += 1;
        }
        channel.read.store(at as u32, Ordering::Release);
        count
    })
}

/// The offsets of the trace's ring: write, read.
#[cfg(feature = "trace")]
#[inline(always)]
pub(crate) fn trace_offsets() -> (&'static AtomicU32, &'static AtomicU32) {
    (&CONTROL.up[TRACE].write, &CONTROL.up[TRACE].read)
}

/// Whether the host sent something on the trace's channel; it is taken out.
#[cfg(feature = "trace")]
#[inline(always)]
pub(crate) fn trace_request() -> bool {
    let channel = &CONTROL.down[TRACE];
    let write = channel.write.load(Ordering::Relaxed);
    let asked = write != channel.read.load(Ordering::Relaxed);
    if asked {
        channel.read.store(write, Ordering::Relaxed);
    }
    asked
}

const _: () = assert!(TERMINAL_BYTES.is_power_of_two() && DOWN_BYTES.is_power_of_two());

#[cfg(all(test, not(feature = "trace")))]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// What a host reads from channel 0.
    fn host_reads() -> Vec<u8> {
        let channel = &CONTROL.up[0];
        let mut out = Vec::new();
        let (mut read, write) = (channel.read.load(Ordering::Relaxed), channel.write.load(Ordering::Relaxed));
        while read != write {
            // SAFETY: `read` is below the channel's size; the test is the only one that uses the terminal.
            out.push(unsafe { channel.buffer.add(read as usize).read() });
            read = (read + 1) % channel.size;
        }
        channel.read.store(read, Ordering::Relaxed);
        out
    }

    #[test]
    fn the_block_has_seggers_layout() {
        // SEGGER_RTT.h: id[16], two ints, then six words a channel; on the host, words and pointers differ in size.
        let pointer = size_of::<*const u8>();
        assert_eq!(core::mem::offset_of!(ControlBlock, up_channels), 16);
        assert_eq!(core::mem::offset_of!(ControlBlock, up), 24);
        assert_eq!(size_of::<Channel>(), 2 * pointer + 16);
        assert_eq!(&CONTROL.id[..11], b"SEGGER RTT\0");
    }

    #[test]
    fn text_is_whole_or_lost_and_told() {
        let line = [b'x'; 100];
        for _ in 0..10 {
            write(&line);
        }
        assert_eq!(host_reads().len(), 1000);
        for _ in 0..12 {
            write(&line);
        }
        assert_eq!(host_reads(), [b'x'; 1000]);
        write(b"after\n");
        assert_eq!(host_reads(), b"[200 bytes lost]\nafter\n");
        write(b"again\n");
        assert_eq!(host_reads(), b"again\n");
    }

    #[test]
    fn what_the_host_sends_is_read() {
        let channel = &CONTROL.down[0];
        for (at, byte) in b"hello".iter().enumerate() {
            // SAFETY: five bytes fit in the ring, and no other test uses it.
            unsafe { channel.buffer.add(at).write(*byte) };
        }
        channel.write.store(5, Ordering::Release);
        let mut buffer = [0; 3];
        assert_eq!(read(&mut buffer), 3);
        assert_eq!(&buffer, b"hel");
        assert_eq!(read(&mut buffer), 2);
        assert_eq!(&buffer[..2], b"lo");
        assert_eq!(read(&mut buffer), 0);
    }
}
