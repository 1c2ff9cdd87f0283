//! Who waited for what, and how each wait ended.

use std::ops::Range;

use bluekernel_abi::BlockReason;

use crate::model::{Actor, Lane, State};

use super::arrows::Arrow;

/// A stretch of time in which a task was blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The task.
    pub task: u32,
    /// Why.
    pub reason: BlockReason,
    /// What for; 0 without an object.
    pub object: u32,
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
    /// How it ended.
    pub ending: WaitEnd,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    /// Somebody made the task ready.
    Woken(Actor),
    /// Its time was over: the time-out, or the sleep itself.
    TimedOut,
    /// The task was ended, or the firmware reset.
    Stopped,
    /// Events were lost: it lasted at least so long.
    Lost,
    /// The trace ends within it.
    Open,
}

/// The waits of the task `number`, whose lane is `lane`, that last at the beginning of `window` or later, in order of time. `own` are the places in `arrows` of its wakes; each
/// learns what the task waited for and when it ran. `window` ends with the trace.
pub(super) fn of(
    number: u32,
    lane: &Lane,
    window: Range<u64>,
    own: &[u32],
    arrows: &mut [Arrow],
    object_of: &dyn Fn(BlockReason, u32) -> u32,
) -> Vec<Wait> {
    let mut waits: Vec<Wait> = Vec::new();
    let mut own = own.iter().copied().peekable();
    // The wake that the task has not run after yet.
    let mut pending: Option<usize> = None;
    let mut blocked = false;
    let end = window.end;
    for span in lane.spans(window.start..u64::MAX, end) {
        let mut woken = None;
        if span.state == State::Ready
            && let Some(at) = own.next_if(|at| arrows.get(*at as usize).is_some_and(|arrow| arrow.time == span.start))
        {
            woken = arrows.get_mut(at as usize);
            pending = Some(at as usize);
        }
        if blocked && let Some(wait) = waits.last_mut() {
            wait.end = span.start;
            wait.ending = match (span.state, &woken) {
                (_, Some(arrow)) if arrow.timed_out => WaitEnd::TimedOut,
                (_, Some(arrow)) => WaitEnd::Woken(arrow.by),
                (State::Unknown, None) => WaitEnd::Lost,
                (State::Dormant, None) => WaitEnd::Stopped,
                (_, None) => WaitEnd::Woken(Actor::Unknown),
            };
            if let Some(arrow) = woken {
                arrow.object = wait.object;
            }
        }
        blocked = false;
        match span.state {
            State::Blocked { reason, object } => {
                let object = object_of(reason, object);
                let wait =
                    Wait { task: number, reason, object, start: span.start, end: span.end, ending: WaitEnd::Open };
                waits.push(wait);
                (blocked, pending) = (true, None);
            }
            State::Running | State::Interrupted => {
                if let Some(arrow) = pending.take().and_then(|at| arrows.get_mut(at)) {
                    arrow.run = Some(span.start);
                }
            }
            State::Unknown | State::Dormant => pending = None,
            State::Ready => {}
        }
    }
    waits
}
