//! The responses of a task: its jobs, or without any what it did between two waits.

use crate::model::{Job, JobStep, Lane, LaneKind, State, Trace};
use crate::stats::is_lock;

/// One response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// Where it was released, or the task was woken, in cycles.
    pub start: u64,
    /// Where it was done, or the task waited for time or data again.
    pub end: u64,
}

/// The finished responses of a task, in order of their ends.
#[must_use]
pub fn responses(trace: &Trace, task: u32) -> Vec<Response> {
    let Some(lane) = trace.lane(LaneKind::Task { number: task }) else { return Vec::new() };
    let steps: Vec<Job> = trace.jobs().iter().filter(|job| job.task == Some(task)).copied().collect();
    let has_jobs = steps.iter().any(|job| matches!(job.step, JobStep::Release(_)));
    if has_jobs { jobs(trace, lane, &steps) } else { runs(trace, lane) }
}

fn jobs(trace: &Trace, lane: &Lane, steps: &[Job]) -> Vec<Response> {
    // Behind a loss, or when the task has ended, a job that was begun before is none that ends.
    let spans = lane.spans_from(0, trace.end());
    let cuts: Vec<u64> =
        spans.filter(|span| matches!(span.state, State::Unknown | State::Dormant)).map(|span| span.start).collect();
    let is_whole = |from: u64, to: u64| cuts.get(cuts.partition_point(|cut| *cut < from)).is_none_or(|cut| *cut >= to);
    let mut found = Vec::new();
    let mut release: Option<(u64, u64)> = None;
    for job in steps {
        match job.step {
            JobStep::Release(start) => release = Some((start, job.time)),
            JobStep::Done => {
                let whole = release.take().filter(|(_, begin)| is_whole(*begin, job.time));
                found.extend(whole.map(|(start, _)| Response { start, end: job.time }));
            }
            JobStep::Miss(_) => {}
        }
    }
    found
}

fn runs(trace: &Trace, lane: &Lane) -> Vec<Response> {
    let mut found = Vec::new();
    let (mut start, mut previous) = (None, None);
    for span in lane.spans_from(0, trace.end()) {
        match (previous, span.state) {
            (Some(State::Blocked { .. } | State::Dormant), State::Ready) if start.is_none() => start = Some(span.start),
            (_, State::Blocked { reason, .. }) if is_lock(reason) => {}
            (_, State::Blocked { .. }) => {
                found.extend(start.take().map(|start| Response { start, end: span.start }));
            }
            (_, State::Dormant) if trace.boots().binary_search(&span.start).is_err() => {
                found.extend(start.take().map(|start| Response { start, end: span.start }));
            }
            (_, State::Dormant | State::Unknown) => start = None,
            _ => {}
        }
        previous = Some(span.state);
    }
    found
}
