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

#[cfg(test)]
mod tests {
    use super::{Extended, FARTHEST};

    #[test]
    fn the_time_goes_on_where_the_counter_wraps() {
        let time = Extended::new();
        assert_eq!(time.at(u32::MAX), (1 << 32) - 1);
        assert_eq!(time.at(0), 1 << 32);
        assert_eq!(time.at(0), 1 << 32, "no time went by");
        // As long as may go by between two looks: one tick less than a period.
        assert_eq!(time.at(u32::MAX), (2 << 32) - 1);
        assert_eq!(time.at(u32::MAX - 1), (3 << 32) - 2);
    }

    #[test]
    fn the_time_is_exact_over_many_periods() {
        let time = Extended::new();
        let mut expected = 0_u64;
        // From a look at each tick around the wrap to one at every half of a period.
        for step in [1, 2, 0x7fff_fffe, 1, 1, 0x7fff_ffff, FARTHEST, FARTHEST - 1, 3].into_iter().cycle().take(900) {
            expected += step;
            assert_eq!(time.at(expected as u32), expected);
        }
        assert!(expected > 100 << 32);
    }
}
