//! Who had the processor, one after the other.

use std::ops::Range;

use super::case::Case;

/// A stretch of time in which a task had the processor, interrupts on top of it included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) task: u32,
}

/// All of them, in order of time. No two overlap, and none is empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs(Vec<Run>);

impl Runs {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        for (task, lane) in case.tasks() {
            let first = runs.len();
            let spans = lane.spans(0..u64::MAX, case.trace.end());
            for span in spans.filter(|span| span.state.is_on_cpu() && span.start < span.end) {
                match runs.get_mut(first..).and_then(<[Run]>::last_mut) {
                    Some(run) if run.end == span.start => run.end = span.end,
                    _ => runs.push(Run { start: span.start, end: span.end, task }),
                }
            }
        }
        runs.sort_unstable_by_key(|run| (run.start, run.end));
        Self(runs)
    }

    /// The runs that touch `window`, cut to it.
    pub(super) fn within(&self, window: Range<u64>) -> impl Iterator<Item = Run> {
        let from = self.0.partition_point(|run| run.end <= window.start);
        let touching = self.0.get(from..).unwrap_or_default().iter().take_while({
            let end = window.end;
            move |run| run.start < end
        });
        touching.map(move |run| Run { start: run.start.max(window.start), end: run.end.min(window.end), ..*run })
    }
}
