//! Reads the lanes' spans once each and keeps the sums.

use std::collections::BTreeMap;
use std::ops::Range;

use bluekernel_abi::BlockReason;

use crate::model::{LaneKind, Span, State, Trace};

use super::histogram::Histogram;
use super::worst::{Longest, Wait, WorstKind};

/// The sums of one lane.
#[derive(Clone, Debug, Default)]
pub(super) struct LaneSums {
    pub(super) switches: u64,
    pub(super) runs: u64,
    pub(super) response: Histogram,
    pub(super) active: Histogram,
    pub(super) blocked: BTreeMap<(u8, u32), Histogram>,
}

/// Statistics that grow with a trace: each span is looked at once, however often a view asks.
#[derive(Clone, Debug, Default)]
pub struct Collector {
    lanes: Vec<(Progress, LaneSums)>,
    pub(super) longest: Longest,
    pub(super) window: Option<Range<u64>>,
}

/// How far a lane was read, and what is pending.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The next span to look at.
    next: usize,
    /// The state before that span.
    previous: Option<State>,
    /// Since when the task is ready after a wake-up.
    woken: Option<u64>,
    /// Since when the task is blocked, or the handler active.
    entered: Option<u64>,
}

impl Collector {
    /// A collector of the whole trace, however long it grows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A collector of what ends within `window` (the last cycle of the trace included, if the window reaches it).
    #[must_use]
    pub fn of_window(window: Range<u64>) -> Self {
        Self { window: Some(window), ..Self::default() }
    }

    /// Reads what is new in `trace`, which must be the same trace every time.
    pub fn update(&mut self, trace: &Trace) {
        if self.lanes.len() < trace.lanes().len() {
            self.lanes.resize_with(trace.lanes().len(), Default::default);
        }
        let end = trace.end();
        let window = self.window.clone().unwrap_or(0..u64::MAX);
        let window = if window.end >= end { window.start..u64::MAX } else { window };
        for (lane, (progress, sums)) in trace.lanes().iter().zip(&mut self.lanes) {
            while let Some(span) = lane.span(progress.next, end) {
                if span.start >= window.end {
                    break;
                }
                let counts = window.contains(&span.start);
                match lane.kind() {
                    LaneKind::Task { number } => task(number, span, progress, counts, sums, &mut self.longest),
                    LaneKind::Interrupt { .. } | LaneKind::Mark { .. } | LaneKind::Future { .. } => {
                        handler(span, progress, counts, sums)
                    }
                    LaneKind::Idle => {}
                }
                progress.previous = Some(span.state);
                progress.next += 1;
            }
        }
    }

    pub(super) fn sums(&self, lane: usize) -> Option<&LaneSums> {
        self.lanes.get(lane).map(|(_, sums)| sums)
    }
}

/// A span of a task begins; whatever ends there is counted, if `counts`.
fn task(number: u32, span: Span, progress: &mut Progress, counts: bool, sums: &mut LaneSums, longest: &mut Longest) {
    let previous = progress.previous;
    let resumes = matches!(
        (previous, span.state),
        (Some(State::Running), State::Interrupted) | (Some(State::Interrupted), State::Running)
    );
    if span.state.is_on_cpu() && !resumes {
        if counts {
            sums.switches += 1;
        }
        if let Some(since) = progress.woken.take()
            && counts
        {
            sums.runs += 1;
            sums.response.add(span.start - since);
            longest.add(Wait { task: number, kind: WorstKind::Response, object: 0, start: since, end: span.start });
        }
    }
    match span.state {
        State::Ready if matches!(previous, Some(State::Blocked { .. } | State::Dormant)) => {
            progress.woken = Some(span.start);
        }
        State::Unknown | State::Blocked { .. } | State::Dormant => progress.woken = None,
        _ => {}
    }
    if matches!(span.state, State::Blocked { .. }) {
        progress.entered = Some(span.start);
    } else if let (Some(State::Blocked { reason, object }), Some(since)) = (previous, progress.entered.take())
        && counts
        && span.state != State::Unknown
    {
        sums.blocked.entry((reason as u8, object)).or_default().add(span.start - since);
        if reason == BlockReason::Mutex {
            longest.add(Wait { task: number, kind: WorstKind::Mutex, object, start: since, end: span.start });
        }
    }
}

/// A span of an interrupt handler or a mark begins.
fn handler(span: Span, progress: &mut Progress, counts: bool, sums: &mut LaneSums) {
    match span.state {
        State::Running if !progress.previous.is_some_and(State::is_on_cpu) => {
            progress.entered = Some(span.start);
            if counts {
                sums.switches += 1;
            }
        }
        // Entered again without an exit: cannot nest with itself, so the exit was lost.
        State::Running | State::Interrupted => {}
        State::Dormant => {
            if let Some(since) = progress.entered.take()
                && counts
            {
                sums.active.add(span.start - since);
            }
        }
        _ => progress.entered = None,
    }
}
