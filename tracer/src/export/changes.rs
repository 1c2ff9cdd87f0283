//! All lanes' changes as one sequence in order of time, in which at most one thing has the processor at any point.
//!
//! A slow trace clock puts several changes on one cycle. Each lane knows its own order; between lanes the processor is
//! left before it is taken, whoever had it for no time at all comes before whoever keeps it, and a handler ends before
//! the next begins.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::{Lane, LaneKind, State, Trace};

/// A lane goes from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// When, in cycles.
    pub(super) time: u64,
    /// Its place in [`Trace::lanes`].
    pub(super) lane: usize,
    /// Whose lane it is.
    pub(super) kind: LaneKind,
    /// The state before.
    pub(super) before: State,
    /// The state from now on.
    pub(super) after: State,
}

/// What comes first on one cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    HandlerEnds,
    HandlerPasses,
    HandlerBegins,
    /// Wake-ups, marks, and what else does not touch the processor.
    Aside,
    Leaves,
    /// Takes the processor for no time at all.
    Passes,
    Takes,
}

/// The changes of a trace, earliest first.
pub(super) struct Changes<'a> {
    trace: &'a Trace,
    /// The next change of each lane that has one: when, rank, lane, and its place in the lane.
    next: BinaryHeap<Reverse<(u64, Rank, usize, usize)>>,
}

impl<'a> Changes<'a> {
    /// Of all lanes. The first span of a lane is where it begins, not a change.
    pub(super) fn new(trace: &'a Trace) -> Self {
        let mut changes = Self { trace, next: BinaryHeap::new() };
        for (at, lane) in trace.lanes().iter().enumerate() {
            changes.queue(at, lane, 1);
        }
        changes
    }

    /// The next change at or before `time`.
    pub(super) fn next_until(&mut self, time: u64) -> Option<Change> {
        let Reverse((at, _, lane_at, index)) = *self.next.peek()?;
        if at > time {
            return None;
        }
        self.next.pop();
        let lane = self.trace.lanes().get(lane_at)?;
        self.queue(lane_at, lane, index + 1);
        let state = |index| lane.span(index, at).map(|span| span.state);
        Some(Change { time: at, lane: lane_at, kind: lane.kind(), before: state(index - 1)?, after: state(index)? })
    }

    fn queue(&mut self, at: usize, lane: &Lane, index: usize) {
        let end = self.trace.end();
        let (Some(before), Some(span)) = (lane.span(index - 1, end), lane.span(index, end)) else { return };
        let passes = !span.open && span.start == span.end;
        let rank = match lane.kind() {
            LaneKind::Interrupt { .. } if span.state != State::Running => Rank::HandlerEnds,
            LaneKind::Interrupt { .. } if passes => Rank::HandlerPasses,
            LaneKind::Interrupt { .. } => Rank::HandlerBegins,
            LaneKind::Task { .. } | LaneKind::Idle => match (before.state.is_on_cpu(), span.state.is_on_cpu()) {
                (true, false) => Rank::Leaves,
                (false, true) if passes => Rank::Passes,
                (false, true) => Rank::Takes,
                _ => Rank::Aside,
            },
            LaneKind::Mark { .. } | LaneKind::Future { .. } => Rank::Aside,
        };
        self.next.push(Reverse((span.start, rank, at, index)));
    }
}
