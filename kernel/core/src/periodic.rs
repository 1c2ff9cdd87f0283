//! Periodic work: when it is released, and what is counted of it.
//!
//! Releases lie on a grid: whole periods from the first one. So nothing adds up, neither the time that the work takes nor
//! that by which it begins late.

use crate::periods::periods;
use core::cell::Cell;

/// What is counted. All bytes 0 is before the first release.
pub struct PeriodicControl {
    release: Cell<u64>,
    longest: Cell<u64>,
    releases: Cell<u32>,
    overruns: Cell<u32>,
    misses: Cell<u32>,
}

/// The first moment on the grid of `period` through `first` that is neither earlier than `first` nor than `now`, and how
/// many were earlier than `now`.
#[must_use]
pub fn release_from(first: u64, period: u64, now: u64) -> (u64, u64) {
    let (whole, rest) = periods(now.saturating_sub(first), period);
    let missed = whole + u64::from(rest > 0);
    (first.saturating_add(missed.saturating_mul(period)), missed)
}

impl PeriodicControl {
    /// Work that was never released.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            release: Cell::new(0),
            longest: Cell::new(0),
            releases: Cell::new(0),
            overruns: Cell::new(0),
            misses: Cell::new(0),
        }
    }

    /// The moment of the last release, if there was one.
    #[must_use]
    pub fn release(&self) -> Option<u64> {
        if self.releases.get() == 0 { None } else { Some(self.release.get()) }
    }

    /// The work released last ended at `now`, and was to be done `deadline` after its release; `missed` releases went by
    /// meanwhile.
    pub fn end(&self, now: u64, deadline: u64, missed: u64) {
        let took = now.saturating_sub(self.release.get());
        self.longest.set(self.longest.get().max(took));
        if took > deadline {
            self.misses.set(self.misses.get().saturating_add(1));
        }
        self.overruns.set(self.overruns.get().saturating_add(u32::try_from(missed).unwrap_or(u32::MAX)));
    }

    /// The work is released, for the moment `release`.
    pub fn begin(&self, release: u64) {
        self.release.set(release);
        self.releases.set(self.releases.get().saturating_add(1));
    }

    /// So often it was released, and done too late.
    #[cfg(test)]
    pub(crate) fn set_counts(&self, counts: u32) {
        self.releases.set(counts);
        self.misses.set(counts);
    }

    /// How often it was released.
    #[must_use]
    pub fn releases(&self) -> u32 {
        self.releases.get()
    }

    /// How many releases went by while it was not done with an earlier one.
    #[must_use]
    pub fn overruns(&self) -> u32 {
        self.overruns.get()
    }

    /// How often it was done later than its deadline.
    #[must_use]
    pub fn misses(&self) -> u32 {
        self.misses.get()
    }

    /// The longest time from a release to the end of its work.
    #[must_use]
    pub fn longest(&self) -> u64 {
        self.longest.get()
    }
}

impl Default for PeriodicControl {
    fn default() -> Self {
        Self::new()
    }
}
