//! What is worked out of the trace: sums, and the history of objects.

use crate::model::Trace;
use crate::objects::Objects;
use crate::stats::{Collector, Statistics};

use super::behind::{AsOf, Behind};
use super::fresh::Fresh;

/// Sums and histories of a trace.
#[derive(Debug)]
pub(in crate::tui) struct Derived {
    pub(in crate::tui) collector: Collector,
    pub(in crate::tui) statistics: Statistics,
    /// The history of objects: of a long run that goes on, of its end only.
    recent: Fresh<Objects>,
    /// From when on that is worked out, in cycles, and as of when.
    since: u64,
    as_of: AsOf,
    /// The same from the beginning on, while a run goes on and somebody looks at it.
    whole: Behind<Objects>,
    wants_whole: bool,
}

impl Derived {
    pub(super) fn new(trace: &Trace) -> Self {
        let collector = Collector::new();
        let statistics = Statistics::from_collector(trace, &collector);
        let (recent, whole) = (Fresh::default(), Behind::default());
        Self { collector, statistics, recent, since: 0, as_of: AsOf::now(trace), whole, wants_whole: false }
    }

    /// The history of objects, as far as what is on the screen needs it. While a run is followed it may be a little behind.
    pub(in crate::tui) fn objects(&self) -> &Objects {
        let whole = self.whole.get().filter(|_| self.wants_whole);
        whole.map_or(self.recent.get(), |(objects, _)| objects)
    }

    /// The history of objects from the beginning of what is kept of `trace`, and as of when; `None` until it is worked out.
    pub(in crate::tui) fn whole(&self, trace: &Trace) -> Option<(&Objects, AsOf)> {
        let recent = (self.recent.get(), self.as_of);
        if self.reaches(trace.start()) { Some(recent) } else { self.whole.get() }
    }

    /// Whether the history of objects, as it is worked out between frames, lacks something of what `trace` has from `since` on.
    pub(super) fn lacks(&self, trace: &Trace, since: u64) -> bool {
        !self.reaches(since) || self.recent.events() != trace.events()
    }

    /// Whether the history of objects reaches back to `since`, in cycles.
    const fn reaches(&self, since: u64) -> bool {
        self.since <= since
    }

    /// Whether something that is wanted is not of all that `trace` has by now.
    pub(super) fn is_behind(&self, trace: &Trace) -> bool {
        let lacks_whole = self.wants_whole && !self.reaches(trace.start()) && self.whole.is_behind(trace);
        lacks_whole || self.lacks(trace, self.since)
    }

    /// Takes account of what is new in `trace` for the sums.
    pub(super) fn sum_up(&mut self, trace: &Trace) {
        self.collector.update(trace);
        self.statistics = Statistics::from_collector(trace, &self.collector);
    }

    /// Takes account of what is new in `trace` for the history of objects from `since` on: at once if it must be true `now`.
    pub(super) fn update_objects(&mut self, trace: &Trace, since: u64, now: bool) {
        if !self.reaches(since) {
            self.recent.expire();
        }
        if self.recent.update(trace.events(), now, || Objects::since(trace, since)) {
            (self.since, self.as_of) = (since, AsOf::now(trace));
        }
    }

    /// The same for the history from the beginning on, as far as it `is_wanted` besides.
    pub(super) fn update_whole(&mut self, trace: &Trace, is_wanted: bool) {
        self.wants_whole = is_wanted;
        if is_wanted && !self.reaches(trace.start()) {
            self.whole.follow(trace, Objects::of);
        } else {
            self.whole.let_go();
        }
    }
}
