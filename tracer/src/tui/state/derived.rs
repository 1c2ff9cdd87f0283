//! What is worked out of the trace: sums, and the history of objects.

use crate::model::Trace;
use crate::objects::Objects;
use crate::stats::{Collector, Statistics};

use super::fresh::Fresh;

/// Sums and histories of a trace.
#[derive(Debug)]
pub(in crate::tui) struct Derived {
    pub(in crate::tui) collector: Collector,
    pub(in crate::tui) statistics: Statistics,
    objects: Fresh<Objects>,
    /// From when on the history of objects is worked out, in cycles.
    since: u64,
}

impl Derived {
    pub(super) fn new(trace: &Trace) -> Self {
        let collector = Collector::new();
        let statistics = Statistics::from_collector(trace, &collector);
        Self { collector, statistics, objects: Fresh::default(), since: 0 }
    }

    /// The history of objects. While a run is followed it may be a little behind.
    pub(in crate::tui) const fn objects(&self) -> &Objects {
        self.objects.get()
    }

    /// Of how many events the history of objects is.
    pub(in crate::tui) fn version(&self) -> u64 {
        self.objects.events()
    }

    /// Whether the history of objects reaches back to `since`, in cycles.
    pub(in crate::tui) const fn reaches(&self, since: u64) -> bool {
        self.since <= since
    }

    /// Takes account of what is new in `trace` for the sums.
    pub(super) fn sum_up(&mut self, trace: &Trace) {
        self.collector.update(trace);
        self.statistics = Statistics::from_collector(trace, &self.collector);
    }

    /// Takes account of what is new in `trace` for the history of objects from `since` on: at once if it must be true `now`.
    pub(super) fn update_objects(&mut self, trace: &Trace, since: u64, now: bool) {
        if !self.reaches(since) {
            self.objects.expire();
        }
        if self.objects.update(trace.events(), now, || Objects::since(trace, since)) {
            self.since = since;
        }
    }
}
