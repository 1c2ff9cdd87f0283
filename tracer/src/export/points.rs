//! The user's values and moments, and where events were lost, as one sequence in order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::{Gap, Pages, Trace};

/// What a point tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    /// The counter at this place in [`Trace::counters`] has another value.
    Value(usize, i64),
    /// A moment of the name at this place in [`Trace::instant_tracks`].
    Moment(usize),
    /// A loss begins, or ends.
    Lost(bool),
}

/// One list of the trace.
#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Counter(usize, &'a Pages<(u64, i64)>),
    Moments(usize, &'a Pages<(u64, u32)>),
    Gaps(&'a [Gap]),
}

impl Source<'_> {
    /// Its point number `index`, with its time in cycles.
    fn point(self, index: usize) -> Option<(u64, Point)> {
        Some(match self {
            Self::Counter(place, points) => {
                points.get(index).map(|(time, value)| (*time, Point::Value(place, *value)))?
            }
            Self::Moments(place, points) => points.get(index).map(|(time, _)| (*time, Point::Moment(place)))?,
            Self::Gaps(gaps) => {
                let gap = gaps.get(index / 2)?;
                let begins = index.is_multiple_of(2);
                (if begins { gap.start } else { gap.end }, Point::Lost(begins))
            }
        })
    }
}

/// All points of a trace, earliest first; at the same time counters come before moments, and both before losses.
pub(super) struct Points<'a> {
    sources: Vec<Source<'a>>,
    /// The next point of each source that has one: when, which source, and its place there.
    next: BinaryHeap<Reverse<(u64, usize, usize)>>,
}

impl<'a> Points<'a> {
    pub(super) fn new(trace: &'a Trace) -> Self {
        let counters = trace.counters().iter().enumerate().map(|(place, track)| Source::Counter(place, &track.points));
        let moments =
            trace.instant_tracks().iter().enumerate().map(|(place, track)| Source::Moments(place, &track.points));
        let sources = counters.chain(moments).chain([Source::Gaps(trace.gaps())]).collect();
        let mut points = Self { sources, next: BinaryHeap::new() };
        for source in 0..points.sources.len() {
            points.queue(source, 0);
        }
        points
    }

    /// When the next point is, in cycles.
    pub(super) fn time(&self) -> Option<u64> {
        self.next.peek().map(|Reverse((time, ..))| *time)
    }

    fn queue(&mut self, source: usize, index: usize) {
        if let Some((time, _)) = self.sources.get(source).and_then(|source| source.point(index)) {
            self.next.push(Reverse((time, source, index)));
        }
    }
}

impl Iterator for Points<'_> {
    type Item = (u64, Point);

    fn next(&mut self) -> Option<(u64, Point)> {
        let Reverse((_, source, index)) = self.next.pop()?;
        self.queue(source, index + 1);
        self.sources.get(source)?.point(index)
    }
}
