//! The ring the trace is written into, as an RTT up channel describes it: bytes, a write offset, a read offset.

use core::sync::atomic::{AtomicU32, Ordering};

/// The most bytes that are written in one go: a SYNC and an event; [`super::encoder`] has the sum.
pub(super) const LONGEST_WRITE: usize = 80;

/// The memory of a ring: `SIZE` bytes (a power of two), and behind them room for one write.
///
/// What is written goes to the write offset in one piece, past the end if need be; only then what stands behind the end
/// is moved to the front. So the encoder need not look for the end of the ring at each byte.
#[repr(C)]
pub(crate) struct Bytes<const SIZE: usize> {
    ring: [u8; SIZE],
    behind: [u8; LONGEST_WRITE],
}

impl<const SIZE: usize> Bytes<SIZE> {
    /// An empty ring.
    pub(crate) const fn new() -> Self {
        const { assert!(SIZE.is_power_of_two() && SIZE >= 256, "a trace buffer is a power of two of at least 256 bytes") };
        Self { ring: [0; SIZE], behind: [0; LONGEST_WRITE] }
    }
}

/// A ring as the encoder holds it: the only writer of `write`, while the host may move `read` at any time.
pub(crate) struct Ring<'a, const SIZE: usize> {
    /// The memory.
    bytes: &'a mut Bytes<SIZE>,
    /// Offset of the next byte to write; always below `SIZE`.
    write: &'a AtomicU32,
    /// Offset of the next byte the host reads.
    read: &'a AtomicU32,
}

impl<'a, const SIZE: usize> Ring<'a, SIZE> {
    /// The ring in `bytes` with its two offsets.
    #[inline(always)]
    pub(crate) fn new(bytes: &'a mut Bytes<SIZE>, write: &'a AtomicU32, read: &'a AtomicU32) -> Self {
        Self { bytes, write, read }
    }

    /// The first byte: the record at offset `at` begins `at` bytes further.
    #[inline(always)]
    pub(super) fn start(&mut self) -> *mut u8 {
        core::ptr::from_mut(&mut *self.bytes).cast()
    }

    /// Where the next record begins, if the host left it alone.
    #[inline(always)]
    pub(super) fn write_offset(&self) -> usize {
        self.write.load(Ordering::Relaxed) as usize
    }

    /// Where the next record begins, inside the ring whatever the host wrote into the control block.
    pub(super) fn masked_write_offset(&self) -> usize {
        self.write_offset() & (SIZE - 1)
    }

    /// Bytes that may be written now. One stays free, so that full and empty differ.
    pub(super) fn free(&self) -> usize {
        let read = self.read.load(Ordering::Acquire) as usize;
        read.wrapping_sub(self.write_offset()).wrapping_sub(1) & (SIZE - 1)
    }

    /// Hands the bytes up to `end`, inside the ring, to the host.
    #[inline(always)]
    pub(super) fn publish(&mut self, end: usize) {
        self.write.store(end as u32, Ordering::Release);
    }

    /// Hands the bytes up to `end`, at most one write behind the end of the ring, to the host: what stands behind the
    /// end is moved to the front first.
    pub(super) fn publish_wrapped(&mut self, end: usize) {
        let over = end.saturating_sub(SIZE).min(LONGEST_WRITE);
        for index in 0..over {
            self.bytes.ring[index] = self.bytes.behind[index];
        }
        self.publish(if end < SIZE { end } else { over });
    }
}
