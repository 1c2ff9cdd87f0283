//! The ring the trace is written into, as an RTT up channel describes it: bytes, a write offset, a read offset.

use core::sync::atomic::{AtomicU32, Ordering};

/// A ring as the encoder holds it: the only writer of `write`, while the host may move `read` at any time.
pub(crate) struct Ring<'a, const SIZE: usize> {
    /// The memory.
    bytes: &'a mut [u8; SIZE],
    /// Offset of the next byte to write; always below `SIZE`.
    write: &'a AtomicU32,
    /// Offset of the next byte the host reads.
    read: &'a AtomicU32,
}

impl<'a, const SIZE: usize> Ring<'a, SIZE> {
    /// The ring in `bytes` with its two offsets.
    #[inline(always)]
    pub(crate) fn new(bytes: &'a mut [u8; SIZE], write: &'a AtomicU32, read: &'a AtomicU32) -> Self {
        const { assert!(SIZE.is_power_of_two() && SIZE >= 256, "a trace buffer is a power of two of at least 256 bytes") };
        Self { bytes, write, read }
    }

    /// The first byte: the record at offset `at` begins `at` bytes further.
    #[inline(always)]
    pub(super) fn start(&mut self) -> *mut u8 {
        self.bytes.as_mut_ptr()
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

    /// Puts a byte at offset `at`, behind the end at the front. Returns the next offset.
    #[inline]
    pub(super) fn put(&mut self, at: usize, byte: u8) -> usize {
        self.bytes[at & (SIZE - 1)] = byte;
        at + 1
    }

    /// As [`Self::put`], a number as LEB128.
    #[inline(never)]
    pub(super) fn put_number(&mut self, mut at: usize, mut value: u64) -> usize {
        while value >= 0x80 {
            at = self.put(at, value as u8 | 0x80);
            value >>= 7;
        }
        self.put(at, value as u8)
    }

    /// Hands the bytes up to `end`, inside the ring, to the host.
    #[inline(always)]
    pub(super) fn publish(&mut self, end: usize) {
        self.write.store(end as u32, Ordering::Release);
    }
}
