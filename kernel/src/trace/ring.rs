//! The ring the trace is written into, as an RTT up channel describes it: bytes, a write offset, a read offset.

use core::sync::atomic::{AtomicU32, Ordering};

/// The most bytes one record takes; see [`super::encoder`] for the sum.
pub(super) const LONGEST_RECORD: usize = 36;

/// The memory of a ring: `SIZE` bytes (a power of two), and behind them room for one record.
///
/// A record is written in one go at the write offset, past the end if need be; only then what stands behind the end is
/// moved to the front. So the encoder need not look for the end of the ring at each byte.
#[repr(C)]
pub(crate) struct Bytes<const SIZE: usize> {
    ring: [u8; SIZE],
    behind: [u8; LONGEST_RECORD],
}

impl<const SIZE: usize> Bytes<SIZE> {
    /// An empty ring.
    pub(crate) const fn new() -> Self {
        const { assert!(SIZE.is_power_of_two() && SIZE >= 256, "a trace buffer is a power of two of at least 256 bytes") };
        Self { ring: [0; SIZE], behind: [0; LONGEST_RECORD] }
    }

    /// The first byte: where the record at offset `at` begins is `at` bytes further.
    #[inline(always)]
    pub(super) fn start(&mut self) -> *mut u8 {
        core::ptr::from_mut(self).cast()
    }
}

/// A ring as the encoder holds it: the only writer of `write`, while the host may move `read` at any time.
pub(crate) struct Ring<'a, const SIZE: usize> {
    /// The memory.
    pub(super) bytes: &'a mut Bytes<SIZE>,
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

    /// Where the next record begins. Masked, so that a host that writes nonsense into the control block cannot make the
    /// firmware write outside the ring.
    #[inline(always)]
    pub(super) fn at(&self) -> usize {
        self.write.load(Ordering::Relaxed) as usize & (SIZE - 1)
    }

    /// Bytes that may be written now. One stays free, so that full and empty differ.
    pub(super) fn free(&self) -> u32 {
        let read = self.read.load(Ordering::Acquire);
        let write = self.write.load(Ordering::Relaxed);
        read.wrapping_sub(write).wrapping_sub(1) & (SIZE as u32 - 1)
    }

    /// Hands the bytes up to `end` to the host. `end` is at most one record behind the end of the ring.
    #[inline(always)]
    pub(super) fn publish(&mut self, end: usize) {
        let end = if end < SIZE { end } else { self.wrap(end) };
        self.write.store(end as u32, Ordering::Release);
    }

    /// Moves what was written behind the end to the front.
    #[cold]
    #[inline(never)]
    fn wrap(&mut self, end: usize) -> usize {
        let over = (end - SIZE).min(LONGEST_RECORD);
        self.bytes.ring[..over].copy_from_slice(&self.bytes.behind[..over]);
        over
    }
}
