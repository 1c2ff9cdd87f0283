//! The longest of what a view of latencies has selected.

use std::ops::Range;

use crate::latency::Moments;
use crate::stats::Measure;
use crate::tui::state::Session;

use super::subject::Subject;

/// One of the longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Long {
    /// How long, in cycles of its subject's clock.
    pub(super) cycles: u64,
    /// When, in cycles of the trace; `None` if the trace does not tell.
    pub(super) window: Option<Range<u64>>,
}

/// The longest of `subject`, longest first.
pub(super) fn of(session: &Session, subject: Subject) -> Vec<Long> {
    match subject {
        Subject::Lane(lane, measure) => of_lane(session, lane, measure),
        Subject::Pend(place) => of_pend(session, place),
    }
}

/// Those that the simulator told, as far as the recording has them in its own time.
fn of_pend(session: &Session, place: usize) -> Vec<Long> {
    let Some(seen) = &session.latencies else { return Vec::new() };
    let Some(exception) = seen.exceptions.get(place) else { return Vec::new() };
    let moments = Moments::of(&session.trace, seen);
    let window = |wait| moments?.window(exception.exception, wait);
    exception.longest.iter().map(|wait| Long { cycles: wait.cycles, window: window(wait) }).collect()
}

/// Those that were kept as they came.
fn of_lane(session: &Session, lane: usize, measure: Measure) -> Vec<Long> {
    let windows = session.derived.collector.slowest(lane, measure).iter();
    windows.map(|&(start, end)| Long { cycles: end - start, window: Some(start..end) }).collect()
}
