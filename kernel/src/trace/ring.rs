//! The ring the trace is written into, as an RTT up channel describes it: bytes, a write offset, a read offset.

#![cfg_attr(feature = "trace-uart", expect(unsafe_code, reason = "reads beside the writer"))]

use super::encoder::opaque;
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

    /// Bytes that may be written now, where the next record begins at `write`. One stays free, so that full and empty differ.
    pub(super) fn free(&self, write: usize) -> usize {
        let read = self.read.load(Ordering::Acquire) as usize;
        read.wrapping_sub(write).wrapping_sub(1) & (SIZE - 1)
    }

    /// Puts a byte at offset `at`, behind the end at the front. Returns the next offset.
    #[inline(always)]
    pub(super) fn put(&mut self, at: usize, byte: u8) -> usize {
        self.bytes[at & (SIZE - 1)] = byte;
        at + 1
    }

    /// As [`Self::put`], a number as LEB128.
    #[inline(never)]
    pub(super) fn put_number(&mut self, mut at: usize, value: u64) -> usize {
        let (mut low, mut high) = (value as u32, (value >> 32) as u32);
        loop {
            let rest = low >> 7 | high << 25;
            high >>= 7;
            let goes_on = opaque(u32::from(rest | high != 0));
            at = self.put(at, (low & 0x7f | goes_on << 7) as u8);
            if goes_on == 0 {
                return at;
            }
            low = rest;
        }
    }

    /// Hands the bytes up to `end`, inside the ring, to the host.
    #[inline(always)]
    pub(super) fn publish(&mut self, end: usize) {
        self.write.store(end as u32, Ordering::Release);
    }
}

/// The host's side of a ring, where it is this firmware that reads it.
#[cfg(feature = "trace-uart")]
pub(crate) struct Reader<'a, const SIZE: usize> {
    bytes: *const u8,
    read: &'a AtomicU32,
    /// Where the first byte lies that was not read.
    start: usize,
    /// How many bytes there are.
    there: usize,
    /// How many of them were taken.
    taken: usize,
}

#[cfg(feature = "trace-uart")]
impl<'a, const SIZE: usize> Reader<'a, SIZE> {
    /// What the ring at `bytes` holds now.
    ///
    /// # Safety
    /// `bytes` are `SIZE` bytes that stay, written by the ring's writer alone; nobody else reads the ring.
    pub(super) unsafe fn new(bytes: *const u8, write: &AtomicU32, read: &'a AtomicU32) -> Self {
        let start = read.load(Ordering::Relaxed) as usize & (SIZE - 1);
        let there = (write.load(Ordering::Acquire) as usize).wrapping_sub(start) & (SIZE - 1);
        Self { bytes, read, start, there, taken: 0 }
    }

    /// The byte `ahead` of the next one, if it is there.
    pub(super) fn peek(&self, ahead: usize) -> Option<u8> {
        let at = self.taken + ahead;
        // SAFETY: inside the ring, as `new` was promised. The writer keeps off what it has handed out until it is given back.
        (at < self.there).then(|| unsafe { self.bytes.add((self.start + at) & (SIZE - 1)).read_volatile() })
    }

    /// Takes the next byte; 0 if there is none.
    pub(super) fn take(&mut self) -> u8 {
        let byte = self.peek(0).unwrap_or(0);
        self.taken += 1;
        byte
    }

    /// How many bytes were taken.
    pub(super) const fn taken(&self) -> usize {
        self.taken
    }

    /// Gives what was taken back to the writer.
    pub(super) fn give_back(self) {
        self.read.store(((self.start + self.taken) & (SIZE - 1)) as u32, Ordering::Release);
    }
}
