//! One of the two counters of a timer module: down to 0, then from the interval again.

use serde::{Deserialize, Serialize};

/// A counter, computed from when it was last set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Half {
    running: bool,
    /// The value at tick `since`.
    value: u32,
    since: u64,
    /// The value behind 0.
    interval: u32,
    /// Clocks of a step.
    step: u32,
    /// The tick of the next 0 that has not been noted.
    zero: u64,
}

impl Half {
    pub(super) fn stopped(value: u32) -> Self {
        Self { running: false, value, since: 0, interval: value, step: 1, zero: 0 }
    }

    pub(super) fn is_running(self) -> bool {
        self.running
    }

    /// Counts from the interval on.
    pub(super) fn start(&mut self, interval: u32, step: u32, now: u64) {
        *self = Self { running: true, value: interval, since: now, interval, step, zero: 0 };
        self.zero = self.next_zero(now);
    }

    pub(super) fn stop(&mut self, now: u64) {
        (self.value, self.since, self.running) = (self.value_at(now), now, false);
    }

    /// Every 0 up to now is done with.
    pub(super) fn pass(&mut self, now: u64) {
        if self.running {
            self.zero = self.next_zero(now);
        }
    }

    pub(super) fn zero(self) -> Option<u64> {
        self.running.then_some(self.zero)
    }

    pub(super) fn value_at(self, now: u64) -> u32 {
        let steps = if self.running { now.saturating_sub(self.since) / u64::from(self.step) } else { 0 };
        match steps.checked_sub(u64::from(self.value) + 1) {
            None => self.value - steps as u32,
            Some(beyond) => self.interval - (beyond % (u64::from(self.interval) + 1)) as u32,
        }
    }

    /// The first tick after this one at which the counter becomes 0.
    fn next_zero(self, after: u64) -> u64 {
        let first = self.since + u64::from(self.value) * u64::from(self.step);
        if first > after {
            return first;
        }
        let period = (u64::from(self.interval) + 1) * u64::from(self.step);
        first + ((after - first) / period + 1) * period
    }
}
