//! What is worked out of the trace: sums, and the history of objects.

use std::time::{Duration, Instant};

use crate::model::Trace;
use crate::objects::Objects;
use crate::stats::{Collector, Statistics};

/// The share of the time that working out the history anew may take while a run is followed: one part in so many.
const SHARE: u32 = 20;

/// Sums and histories of a trace.
#[derive(Debug)]
pub(in crate::tui) struct Derived {
    collector: Collector,
    pub(in crate::tui) statistics: Statistics,
    pub(in crate::tui) objects: Objects,
    /// When the history was worked out last, and how long that took.
    made: Option<(Instant, Duration)>,
    /// How many events the history knows.
    known: u64,
}

impl Derived {
    pub(super) fn new(trace: &Trace) -> Self {
        let collector = Collector::new();
        let statistics = Statistics::from_collector(trace, &collector);
        Self { collector, statistics, objects: Objects::default(), made: None, known: 0 }
    }

    /// Takes account of what is new in `trace`. The history of objects is made from the beginning each time: while a run
    /// is followed it may therefore be a little behind, unless it is needed `now`.
    pub(super) fn update(&mut self, trace: &Trace, now: bool) {
        self.collector.update(trace);
        self.statistics = Statistics::from_collector(trace, &self.collector);
        let due = self.made.is_none_or(|(at, cost)| now || at.elapsed() >= cost * SHARE);
        if due && (self.made.is_none() || self.known != trace.events()) {
            let begin = Instant::now();
            self.objects = Objects::of(trace);
            self.made = Some((Instant::now(), begin.elapsed()));
            self.known = trace.events();
        }
    }
}
