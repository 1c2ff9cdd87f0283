//! The kernel's state, and the step from what `bluekernel-core` decides to what the port does.

use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::{clock, contexts, trace};
use bluekernel_abi::BlockReason;
use bluekernel_arch::{Current, Port};
use bluekernel_core::{Decision, Limit, Outcome, Scheduler, Table, TaskId, WaitList};
use core::cell::Cell;

pub(crate) use crate::table::KERNEL;

/// The state of a port's mask before it was closed.
pub(crate) type Mask = <Current as Port>::Mask;

/// See [`Kernel::settle`].
pub(crate) type Settle = fn(Locked<'_>) -> bool;
/// See [`Kernel::leave`].
pub(crate) type Leave = fn(TaskId);
/// See [`HOLD_BACK`].
pub(crate) type HoldBack = fn(Locked<'_>, TaskId);

/// Everything that is not a task's or an object's. All bytes 0 at the start.
#[repr(C, align(64))]
pub(crate) struct Kernel {
    pub(crate) scheduler: Scheduler,
    /// For when the alarm is set; `u64::MAX` if it is not. Never later than the first deadline: an alarm for a wait that
    /// ended early is left alone, and finds nothing due.
    pub(crate) armed: Cell<u64>,
    /// Does what was put off, or works out one priority that may be wrong. Whoever can make one wrong sets it: so
    /// firmware that inherits no priorities does not have the code.
    pub(crate) settle: Cell<Option<Settle>>,
    /// Ends the wait of a task whose time is over, in a list or not. Whoever limits a wait in a list sets it.
    pub(crate) leave: Cell<Option<Leave>>,
}

impl Kernel {
    /// Before the start.
    pub(crate) const fn new() -> Self {
        Self { scheduler: Scheduler::new(), armed: Cell::new(0), settle: Cell::new(None), leave: Cell::new(None) }
    }
}

/// Does what was decided: now, or as soon as the mask is open and no handler is active.
#[inline(always)]
pub(crate) fn act(_: Locked<'_>, decision: Decision) {
    if decision == Decision::Switch {
        Current::request_switch();
    }
}

/// Switches if the most important ready task is not the one that runs.
#[inline(always)]
pub(crate) fn reschedule(locked: Locked<'_>) {
    act(locked, KERNEL.get(locked).scheduler.decision());
}

/// Does what a task that waits has put off, or works out one of the priorities that may be wrong. Returns whether there may be
/// more.
#[cold]
#[inline(never)]
pub(crate) fn settle_priority(locked: Locked<'_>) -> bool {
    KERNEL.get(locked).settle.get().is_some_and(|settle| settle(locked))
}

/// The running task, if a task is what executes. Not for handlers: there it may be a task that has just blocked.
#[inline(always)]
pub(crate) fn executing(locked: Locked<'_>) -> Option<TaskId> {
    if Current::in_task() { KERNEL.get(locked).scheduler.current() } else { None }
}

/// The running task, which would wait for `reason`: not anywhere but in a task with the mask open before `mask`.
///
/// # Panics
/// If it is not so.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn waiting_task(locked: Locked<'_>, mask: Mask, reason: BlockReason) -> TaskId {
    match executing(locked) {
        Some(id) if Current::was_open(mask) => id,
        _ => contexts::cannot_wait(reason),
    }
}

/// Makes the running task wait: in `list`, if there is one, and not longer than `timeout` ([`Duration::MAX`]: for ever).
/// The caller opens the mask and calls [`settle`] or, in a list with a time-out, [`outcome`]. Returns the task.
///
/// # Panics
/// Outside of a task, and inside a critical section.
#[cfg_attr(not(feature = "small"), inline(always))]
#[cfg_attr(feature = "small", inline(never))]
pub(crate) fn block(
    locked: Locked<'_>,
    mask: Mask,
    list: Option<&'static WaitList>,
    timeout: Duration,
    reason: BlockReason,
) -> TaskId {
    let id = stop(locked, mask, list, Some((reason, timeout)));
    match list {
        Some(_) => limit(locked, id, timeout),
        None => limit_span(locked, id, timeout),
    }
    id
}

/// Makes the running task wait, for ever as yet. The trace is told what for, if there is something to tell.
#[cold]
#[inline(never)]
pub(crate) fn stop(
    locked: Locked<'_>,
    mask: Mask,
    list: Option<&'static WaitList>,
    why: Option<(BlockReason, Duration)>,
) -> TaskId {
    let id = waiting_task(locked, mask, why.map_or(BlockReason::Suspend, |(reason, _)| reason));
    if let Some((reason, timeout)) = why {
        tell(locked, list, timeout, reason);
    }
    act(locked, KERNEL.get(locked).scheduler.block(Tasks(locked), id, list));
    id
}

/// Tells the trace that the running task waits.
#[inline(always)]
pub(crate) fn tell(locked: Locked<'_>, list: Option<&WaitList>, timeout: Duration, reason: BlockReason) {
    let object = list.map_or(0, |list| core::ptr::from_ref(list).addr());
    trace::block(locked, reason, object, timeout);
}

/// Limits the wait of `id` in a list, which has just begun. [`Duration::MAX`] is no limit.
#[inline(always)]
pub(crate) fn limit(locked: Locked<'_>, id: TaskId, timeout: Duration) {
    if timeout != Duration::MAX {
        let_leave(locked);
        limit_span(locked, id, timeout);
    }
}

/// Says that waits in lists are limited.
#[inline(always)]
pub(crate) fn let_leave(locked: Locked<'_>) {
    KERNEL.get(locked).leave.set(Some(leave));
}

/// Ends the wait of `id`, whose time is over, in a list or not. Takes the lock twice.
fn leave(id: TaskId) {
    lock::with(|locked| {
        let scheduler = &KERNEL.get(locked).scheduler;
        if scheduler.waits(Tasks(locked), id) {
            scheduler.leave(Tasks(locked), id);
            // A mutex' owner may be less important now. That is worked out before the next task is chosen.
            if scheduler.is_stale() {
                act(locked, Decision::Switch);
            }
        }
    });
    lock::with(|locked| end_wait(locked, id));
}

/// Ends the wait of `id`, which is in no list any more; unless a handler, or the time, was faster.
pub(crate) fn end_wait(locked: Locked<'_>, id: TaskId) {
    if KERNEL.get(locked).scheduler.waits(Tasks(locked), id) {
        resume(locked, id);
    }
}

/// Limits the wait of `id`, which has just begun and is in no list.
#[inline(always)]
fn limit_span(locked: Locked<'_>, id: TaskId, timeout: Duration) {
    if timeout != Duration::MAX {
        KERNEL.get(locked).scheduler.limit_soon(Tasks(locked), id, Limit::Span(timeout.as_micros()));
    }
}

/// Limits the wait of `id`, which has just begun and is in no list, to a tick.
#[inline(always)]
pub(crate) fn limit_until(locked: Locked<'_>, id: TaskId, deadline: u64) {
    KERNEL.get(locked).scheduler.limit_soon(Tasks(locked), id, Limit::Until(deadline));
}

/// Does a piece of what is to be done before a task is chosen: sets the time-out of the task that has just begun to wait,
/// wakes a task that waited for the end of the one that is over, or works out a priority.
///
/// Called by `__bk_select`, under the mask. Nothing of the kernel's is held there, so handlers are let in between the
/// parts: none of them takes long, but one after the other they would.
#[cold]
#[inline(never)]
pub(crate) fn work(locked: Locked<'_>) {
    let scheduler = &KERNEL.get(locked).scheduler;
    let Some((id, limit)) = scheduler.take_limit(Tasks(locked)) else {
        match scheduler.joiner(Tasks(locked)) {
            Some((list, joiner)) => wake(locked, list, joiner),
            None => {
                #[cfg(feature = "async")]
                if scheduler.take_telling() {
                    return crate::task::futures::tell_all(locked);
                }
                settle_priority(locked);
            }
        }
        return;
    };
    let deadline = match limit {
        Limit::Until(deadline) => deadline,
        Limit::Span(micros) => {
            let ticks = Current::with_handlers(|| clock::ticks_for(Duration::from_micros(micros)));
            // `u64::MAX` is so far away that it means for ever.
            let deadline = clock::now(locked).saturating_add(ticks);
            Current::let_handlers_in();
            deadline
        }
    };
    Current::let_handlers_in();
    scheduler.limit(Tasks(locked), id, deadline);
    while scheduler.limit_step(Tasks(locked), id) {
        Current::let_handlers_in();
    }
    Current::let_handlers_in();
    // If a handler has ended the wait by now, the alarm finds nothing due.
    clock::arm(locked, deadline);
}

/// Wakes `id`, the first task of `list`: it got what it waited for. Switches, if it is more important.
#[cold]
#[inline(never)]
pub(crate) fn wake(locked: Locked<'_>, list: &WaitList, id: TaskId) {
    let scheduler = &KERNEL.get(locked).scheduler;
    act(locked, scheduler.wake(Tasks(locked), list, id));
    hold_back(locked, id);
}

/// As [`wake`] for a task that is in no list any more.
#[inline(never)]
pub(crate) fn resume(locked: Locked<'_>, id: TaskId) {
    resume_here(locked, id);
}

/// As [`resume`], inlined.
#[inline(always)]
pub(crate) fn resume_here(locked: Locked<'_>, id: TaskId) {
    act(locked, KERNEL.get(locked).scheduler.resume(Tasks(locked), id));
    hold_back(locked, id);
}

/// A task whose wait has ended is suspended, if it is to be.
#[inline(always)]
fn hold_back(locked: Locked<'_>, id: TaskId) {
    if Tasks(locked).task(id).is_held_back()
        && let Some(hold_back) = HOLD_BACK.get(locked).get()
    {
        hold_back(locked, id);
    }
}

/// Suspends a task whose wait has ended and that is to be suspended then. Whoever suspends sets it.
pub(crate) static HOLD_BACK: Protected<Cell<Option<HoldBack>>> = Protected::new(Cell::new(None));

/// As [`wake`], if anybody waits.
#[inline]
pub(crate) fn wake_first(locked: Locked<'_>, list: &WaitList) {
    if let Some(id) = list.first() {
        wake(locked, list, id);
    }
}

/// As [`wake`], wherever in `list` the task waits.
#[cold]
#[inline(never)]
pub(crate) fn wake_any(locked: Locked<'_>, list: &WaitList, id: TaskId) {
    let scheduler = &KERNEL.get(locked).scheduler;
    act(locked, scheduler.wake_any(Tasks(locked), list, id));
    hold_back(locked, id);
}

/// Waits until the switch away from this task, and the one back to it, have happened.
///
/// Called with the mask open, by a task that made itself wait.
#[inline(always)]
pub(crate) fn settle() {
    Current::settle();
}

/// As [`settle`]. Takes the time-out back, and returns how the wait ended. Call it once behind each wait that had a time-out
/// and may have ended otherwise: so whoever wakes a task has nothing to do with its time-out.
#[inline(never)]
pub(crate) fn outcome() -> Outcome {
    settle();
    lock::with(|locked| {
        let scheduler = &KERNEL.get(locked).scheduler;
        match scheduler.current() {
            Some(id) => scheduler.end_limit(Tasks(locked), id),
            None => Outcome::Woken,
        }
    })
}
