//! Periodic work: whether jobs begin when they are released, and are done before their deadlines.

use crate::model::Timing;

use super::histogram::Histogram;
use super::tasks::Work;

/// The sums of one task's jobs.
#[derive(Clone, Debug, Default)]
pub(super) struct PeriodicSums {
    /// From a release to where the job is done.
    pub(super) work: Work,
    /// From a release to where the job begins.
    pub(super) late: Histogram,
    /// From where a job begins to where the next one does.
    pub(super) interval: Histogram,
    /// What was left until the deadline.
    pub(super) margin: Histogram,
    /// Jobs done after their deadlines.
    pub(super) misses: u64,
    /// The most cycles that one was late.
    pub(super) latest: u64,
    /// Jobs that were done after the next release.
    pub(super) overruns: u64,
    /// Releases without a job: it was not done in time to take them.
    pub(super) skipped: u64,
    /// The last release, and where its job began, in the recording.
    last: Option<(u64, u64)>,
}

impl PeriodicSums {
    /// A job that was released at `release` begins at `begin`, and both are `recorded` in the recording.
    pub(super) fn release(
        &mut self,
        release: u64,
        begin: u64,
        recorded: (u64, u64),
        timing: Option<Timing>,
        count: bool,
    ) {
        let last = self.last.replace(recorded);
        if !count {
            return;
        }
        self.late.add(begin.saturating_sub(release));
        if let Some((last_release, last_begin)) = last {
            self.interval.add(recorded.1.saturating_sub(last_begin));
            if let Some(period) = timing.map(|timing| timing.period).filter(|period| *period > 0) {
                // Releases are told in whole microseconds: the nearest number of periods is meant.
                let periods = recorded.0.saturating_sub(last_release).saturating_add(period / 2) / period;
                self.skipped += periods.saturating_sub(1);
            }
        }
    }

    /// A job is done, so many cycles behind its release.
    pub(super) fn done(&mut self, completion: u64, timing: Option<Timing>) {
        let Some(timing) = timing else { return };
        if let Some(margin) = timing.deadline.checked_sub(completion) {
            self.margin.add(margin);
        }
        self.overruns += u64::from(timing.period > 0 && completion > timing.period);
    }

    /// A job was done so many cycles behind its deadline.
    pub(super) fn miss(&mut self, late: u64) {
        self.misses += 1;
        self.latest = self.latest.max(late);
    }

    /// Events were lost.
    pub(super) const fn forget(&mut self) {
        self.last = None;
    }
}
