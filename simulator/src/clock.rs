//! Virtual time: one global clock in picoseconds, and clock domains that count their own ticks from it by an exact ratio.
//!
//! No host time enters. A u64 of picoseconds lasts 213 days.

use serde::{Deserialize, Serialize};

/// Global virtual time in picoseconds since reset.
pub type Picoseconds = u64;

/// Picoseconds in a second.
pub const SECOND: Picoseconds = 1_000_000_000_000;

/// Picoseconds in a millisecond.
pub const MILLISECOND: Picoseconds = SECOND / 1000;

/// A clock: tick `ticks` falls on `epoch`, and from there on one tick follows another every `denominator / numerator`
/// seconds. Nothing is rounded but the two conversions themselves, so no error adds up, however long it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockDomain {
    epoch: Picoseconds,
    ticks: u64,
    numerator: u64,
    denominator: u64,
    /// Picoseconds of a tick if they are a whole number, 0 if not: the usual case without 128-bit division.
    period: u64,
}

impl ClockDomain {
    /// A clock whose tick 0 is at time 0; `hertz` is taken as 1 if it is 0.
    #[must_use]
    pub fn new(hertz: u64) -> Self {
        let mut clock = Self { epoch: 0, ticks: 0, numerator: 1, denominator: 1, period: SECOND };
        clock.rebase(0, hertz, 1);
        clock
    }

    /// A clock of `numerator / denominator` hertz whose tick 0 is at time 0. A zero is taken as 1.
    #[must_use]
    pub fn with_ratio(numerator: u64, denominator: u64) -> Self {
        let mut clock = Self::new(1);
        clock.rebase(0, numerator, denominator);
        clock
    }

    /// Stands still from `now` on: the next tick is beyond the end of time. [`ClockDomain::rebase`] lets it go on.
    pub fn stop(&mut self, now: Picoseconds) {
        self.rebase(now, 1, u64::MAX);
    }

    /// Changes the frequency to `numerator / denominator` hertz at time `now`: the count goes on from the tick that is
    /// current then, whose next follows one new period after `now`. A zero is taken as 1.
    pub fn rebase(&mut self, now: Picoseconds, numerator: u64, denominator: u64) {
        self.ticks = self.ticks_at(now);
        self.epoch = now;
        self.numerator = numerator.max(1);
        self.denominator = denominator.max(1);
        let period = self.scaled_period();
        let whole = period.is_multiple_of(u128::from(self.numerator));
        self.period = if whole { u64::try_from(period / u128::from(self.numerator)).unwrap_or(0) } else { 0 };
    }

    /// Picoseconds of a tick times the numerator.
    fn scaled_period(&self) -> u128 {
        u128::from(self.denominator) * u128::from(SECOND)
    }

    /// Ticks that have happened up to and including `time`. Before the epoch it is the epoch's count.
    #[must_use]
    pub fn ticks_at(&self, time: Picoseconds) -> u64 {
        let elapsed = time.saturating_sub(self.epoch);
        let ticks = match elapsed.checked_div(self.period) {
            Some(ticks) => ticks,
            None => saturate(u128::from(elapsed) * u128::from(self.numerator) / self.scaled_period()),
        };
        self.ticks.saturating_add(ticks)
    }

    /// The first tick at or after `time`.
    #[must_use]
    pub fn tick_from(&self, time: Picoseconds) -> u64 {
        match time.checked_sub(1).filter(|before| *before >= self.epoch) {
            Some(before) => self.ticks_at(before).saturating_add(1),
            None => self.ticks,
        }
    }

    /// The time of a tick, rounded up to the picosecond, so that [`ClockDomain::ticks_at`] of it gives the tick again.
    /// A tick before the epoch gives the epoch; one beyond the end of time gives `u64::MAX`.
    #[must_use]
    pub fn time_of(&self, tick: u64) -> Picoseconds {
        let ticks = tick.saturating_sub(self.ticks);
        let elapsed = match self.period {
            0 => saturate((u128::from(ticks) * self.scaled_period()).div_ceil(u128::from(self.numerator))),
            period => ticks.saturating_mul(period),
        };
        self.epoch.saturating_add(elapsed)
    }

    /// The frequency in hertz, rounded down.
    #[must_use]
    pub fn hertz(&self) -> u64 {
        self.numerator / self.denominator
    }
}

fn saturate(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twenty_five_megahertz_is_forty_nanoseconds() {
        let clock = ClockDomain::new(25_000_000);
        assert_eq!(clock.time_of(1), 40_000);
        assert_eq!(clock.ticks_at(39_999), 0);
        assert_eq!(clock.ticks_at(40_000), 1);
        assert_eq!(clock.tick_from(40_000), 1);
        assert_eq!(clock.tick_from(40_001), 2);
        assert_eq!(clock.time_of(25_000_000), SECOND);
    }

    #[test]
    fn a_crystal_of_32768_hertz_does_not_drift() {
        // 1/32768 s is 30,517,578.125 ps: rounding each period would be off by 32768 / 8 ps in a second.
        let clock = ClockDomain::new(32_768);
        assert_eq!(clock.time_of(32_768), SECOND);
        assert_eq!(clock.time_of(32_768 * 86_400 * 100), SECOND * 86_400 * 100);
        assert_eq!(clock.time_of(1), 30_517_579);
    }

    #[test]
    fn a_rebase_goes_on_from_the_current_tick() {
        let mut clock = ClockDomain::new(16_000_000);
        clock.rebase(SECOND, 168_000_000, 1);
        assert_eq!(clock.ticks_at(SECOND), 16_000_000);
        assert_eq!(clock.ticks_at(2 * SECOND), 16_000_000 + 168_000_000);
        assert_eq!(clock.time_of(16_000_000 + 168_000_000), 2 * SECOND);
        // Stopped, it keeps its count, and no further tick has a time.
        let mut stopped = clock.clone();
        stopped.stop(2 * SECOND);
        assert_eq!((stopped.ticks_at(u64::MAX), stopped.time_of(184_000_001)), (184_000_000, u64::MAX));
        stopped.rebase(10 * SECOND, 168_000_000, 1);
        assert_eq!(stopped.ticks_at(11 * SECOND), 184_000_000 + 168_000_000);
        // A third of a hertz: ratios need not be whole.
        clock.rebase(2 * SECOND, 1, 3);
        assert_eq!(clock.ticks_at(5 * SECOND - 1), 184_000_000);
        assert_eq!(clock.ticks_at(5 * SECOND), 184_000_001);
    }

    proptest! {
        #[test]
        fn time_and_ticks_agree(hertz in 1_u64..2_000_000_000, tick in 0_u64..10_000_000) {
            let clock = ClockDomain::new(hertz);
            let time = clock.time_of(tick);
            prop_assert_eq!(clock.ticks_at(time), tick);
            prop_assert_eq!(clock.tick_from(time), tick);
            if time > 0 {
                prop_assert!(clock.ticks_at(time - 1) < tick);
            }
        }

        #[test]
        fn nothing_overflows(epoch: u64, time: u64, numerator: u64, denominator: u64, tick: u64) {
            let mut clock = ClockDomain::new(numerator);
            clock.rebase(epoch, numerator, denominator);
            let _ = (clock.ticks_at(time), clock.tick_from(time), clock.time_of(tick));
        }
    }
}
