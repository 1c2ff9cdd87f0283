//! A 64-bit time from a 32-bit counter.

use core::cell::Cell;

/// The farthest alarm that a driver sets, in ticks: half the counter's period. So the time is read often enough.
pub(super) const FARTHEST: u64 = 1 << 31;

/// The upper half of the time, kept in software. It grows when the time is read; less than 2^32 ticks may go by between
/// two reads.
pub(super) struct Extended {
    /// The last time that was read; its lower half is what the counter said.
    last: Cell<u64>,
}

impl Extended {
    /// A clock that stands at 0.
    pub(super) const fn new() -> Self {
        Self { last: Cell::new(0) }
    }

    /// The time, where the counter, which counts up, says `count`. Under the kernel's mask.
    #[inline(always)]
    pub(super) fn at(&self, count: u32) -> u64 {
        let last = self.last.get();
        // The difference modulo 2^32 is exact, since less than a period went by.
        let now = last + u64::from(count.wrapping_sub(last as u32));
        self.last.set(now);
        now
    }
}
