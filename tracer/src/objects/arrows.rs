//! Arrows from whoever made a task ready to where that task ran.

use crate::model::{Actor, Trace};

/// A task was made ready, and ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// When it became ready, in cycles.
    pub time: u64,
    /// Who had the processor then, and so made it ready.
    pub by: Actor,
    /// The task that became ready.
    pub task: u32,
    /// What it had waited for; 0 without an object.
    pub object: u32,
    /// Whether it is ready because its time-out, or its sleep, was over.
    pub timed_out: bool,
    /// When it ran, in cycles; `None` if the trace does not show it run.
    pub run: Option<u64>,
}

/// The wakes of `trace` from `since` on, in order of time. What they waited for and when they ran is filled in by [`super::waits`].
pub(super) fn of(trace: &Trace, since: u64) -> Vec<Arrow> {
    let arrow = |wake: crate::model::Wake| Arrow {
        time: wake.time,
        by: wake.by,
        task: wake.task,
        object: 0,
        timed_out: wake.timed_out,
        run: None,
    };
    trace.wakes_since(since).map(arrow).collect()
}
