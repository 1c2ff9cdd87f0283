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
}

impl Derived {
    pub(super) fn new(trace: &Trace) -> Self {
        let collector = Collector::new();
        let statistics = Statistics::from_collector(trace, &collector);
        Self { collector, statistics, objects: Fresh::default() }
    }

    /// The history of objects. While a run is followed it may be a little behind.
    pub(in crate::tui) const fn objects(&self) -> &Objects {
        self.objects.get()
    }

    /// Of how many events the history of objects is.
    pub(in crate::tui) fn version(&self) -> u64 {
        self.objects.events()
    }

    /// Takes account of what is new in `trace` for the sums.
    pub(super) fn sum_up(&mut self, trace: &Trace) {
        self.collector.update(trace);
        self.statistics = Statistics::from_collector(trace, &self.collector);
    }

    /// Takes account of what is new in `trace`.
    pub(super) fn update(&mut self, trace: &Trace, now: bool) {
        self.sum_up(trace);
        self.objects.update(trace.events(), now, || Objects::of(trace));
    }
}
