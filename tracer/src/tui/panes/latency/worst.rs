//! The longest of what a view of latencies has selected.

use std::ops::Range;

use crate::latency::Moments;
use crate::model::{LaneKind, State};
use crate::stats::Measure;
use crate::tui::state::Session;

use super::subject::Subject;

/// How many of the worst are shown.
const WORST: usize = 10;

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

fn of_lane(session: &Session, lane: usize, measure: Measure) -> Vec<Long> {
    let trace = &session.trace;
    let Some(of) = trace.lanes().get(lane) else { return Vec::new() };
    let mut worst = Worst(Vec::new());
    match (of.kind(), measure) {
        (LaneKind::Task { number }, Measure::Response) => {
            for arrow in session.derived.objects().wakes().iter().filter(|arrow| arrow.task == number) {
                if let Some(run) = arrow.run {
                    worst.add(arrow.time, run);
                }
            }
        }
        (LaneKind::Task { number }, _) => {
            let row = session.derived.statistics.tasks.iter().find(|row| row.number == number);
            for window in row.map_or(&[][..], |row| &row.slowest) {
                worst.add(window.start, window.end);
            }
        }
        _ => {
            let mut entered = None;
            for span in of.spans_from(0, trace.end()) {
                match (span.state, entered) {
                    (state, None) if state.is_on_cpu() => entered = Some(span.start),
                    (State::Dormant, Some(start)) => {
                        worst.add(start, span.start);
                        entered = None;
                    }
                    // What begins or ends where events were lost has no known length.
                    (State::Unknown, _) => entered = None,
                    _ => {}
                }
            }
        }
    }
    worst.0.into_iter().map(|(start, end)| Long { cycles: end - start, window: Some(start..end) }).collect()
}

/// The longest so far.
struct Worst(Vec<(u64, u64)>);

impl Worst {
    fn add(&mut self, start: u64, end: u64) {
        let length = end.saturating_sub(start);
        if self.0.len() < WORST || self.0.last().is_some_and(|(start, end)| length > end - start) {
            let place = self.0.partition_point(|(start, end)| end - start >= length);
            self.0.insert(place, (start, start + length));
            self.0.truncate(WORST);
        }
    }
}
