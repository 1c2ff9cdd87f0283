//! Waiting for a mutex that another task owns.

use crate::asynch::{self, Told, Waiters};
use crate::error::LockError;
use crate::kernel::{self, KERNEL, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::{contexts, trace};
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_arch::{Current, Port};
use bluekernel_core::mutex::{self, Attempt, Walk};
use bluekernel_core::{MutexControl, Outcome, TaskId};
use core::cell::Cell;

/// A mutex' control, in a static.
type Control = Protected<MutexControl<'static>>;

/// A mutex without its value.
#[repr(C)]
pub(super) struct Lock {
    pub(super) control: Control,
    /// Those that wait for it.
    pub(super) futures: Waiters,
}

impl Lock {
    /// A free one.
    pub(super) const fn new() -> Self {
        Self { control: Protected::new(MutexControl::new()), futures: Waiters::new() }
    }
}

/// Links of a chain of owners that are followed under one lock.
const STEPS: usize = 4;

/// What one look under the lock came to.
enum Look {
    /// The mutex was free.
    Locked,
    /// This task has to wait, and may; or waits.
    MayWait(TaskId),
    /// The chain of owners is longer than one look, or has changed.
    Again,
    /// There is no time to wait.
    TimedOut,
    /// Waiting could never end.
    Deadlock,
}

/// How far the chain of owners was followed.
#[derive(Default)]
struct Progress {
    from: Option<TaskId>,
    /// The count of chains then: while it is the same, none has become longer.
    chains: u16,
    links: usize,
}

impl Progress {
    /// Goes on, a few links. What was seen before holds: chains that became shorter meanwhile only make the wait end
    /// sooner, and where one became longer the walk begins anew.
    fn walk(&mut self, control: &MutexControl<'static>, locked: Locked<'_>, id: TaskId) -> Walk {
        let chains = KERNEL.get(locked).scheduler.chains();
        if chains != self.chains {
            *self = Self { chains, ..Self::default() };
        }
        let walk = control.walk(Tasks(locked), self.from, id, STEPS);
        if let Walk::GoesOn(at) = walk {
            self.from = Some(at);
            self.links += STEPS;
            // A ring without this task: a deadlock of others, who were told of it.
            if self.links > TaskId::MAX_TASKS {
                return Walk::Ends;
            }
        }
        walk
    }
}

/// Locks the mutex; waits until it is free. `reason` is for the trace.
///
/// # Panics
/// If that could never end.
#[cold]
#[inline(never)]
pub(super) fn lock(control: &'static Control, reason: BlockReason) {
    assert!(
        lock_timeout(control, Duration::MAX, reason).is_ok(),
        "deadlock: the mutex is owned by this task, or by one that waits for this task"
    );
}

/// Locks the mutex; waits until it is free, but not longer than `timeout`. `reason` is for the trace.
#[cold]
#[inline(never)]
pub(super) fn lock_timeout(control: &'static Control, timeout: Duration, reason: BlockReason) -> Result<(), LockError> {
    let mut progress = Progress::default();
    loop {
        match lock::with_mask(|locked, mask| look(control.get_static(locked), locked, mask, timeout, &mut progress)) {
            Look::Again => {}
            Look::Locked => return Ok(()),
            Look::TimedOut => return Err(LockError::TimedOut),
            Look::Deadlock => return Err(LockError::Deadlock),
            Look::MayWait(id) => match try_again_or_wait(control, id, &progress, timeout, reason) {
                Look::Again => {}
                Look::Locked => return Ok(()),
                _ => break,
            },
        }
    }
    if kernel::outcome() == Outcome::TimedOut { Err(LockError::TimedOut) } else { Ok(()) }
}

/// Locks the mutex if it is free by now; else makes sure that a wait can end.
fn look(
    control: &'static MutexControl<'static>,
    locked: Locked<'_>,
    mask: Mask,
    timeout: Duration,
    progress: &mut Progress,
) -> Look {
    let Some(id) = kernel::executing(locked) else { contexts::cannot_wait(BlockReason::Mutex) };
    match control.try_lock(id) {
        Attempt::Locked => return locks(control, locked, id),
        Attempt::Held(owner) if owner == id => return Look::Deadlock,
        Attempt::Held(_) if timeout.is_zero() => return Look::TimedOut,
        Attempt::Held(_) => {}
    }
    let id = kernel::waiting_task(locked, mask, BlockReason::Mutex);
    KERNEL.get(locked).settle.set(Some(settle));
    if timeout == Duration::MAX {
        match progress.walk(control, locked, id) {
            Walk::Ends => {}
            Walk::Returns => return Look::Deadlock,
            Walk::GoesOn(_) => return Look::Again,
        }
    }
    Look::MayWait(id)
}

/// The second half, under a lock of its own: each takes its time. The running task, which is `id`, locks the mutex, or waits;
/// or looks again, if it would wait for ever and a chain of owners has become longer.
fn try_again_or_wait(
    control: &'static Control,
    id: TaskId,
    progress: &Progress,
    timeout: Duration,
    reason: BlockReason,
) -> Look {
    lock::with_mask(|locked, mask| {
        let control = control.get_static(locked);
        if control.try_lock(id) == Attempt::Locked {
            return locks(control, locked, id);
        }
        let scheduler = &KERNEL.get(locked).scheduler;
        if timeout == Duration::MAX && scheduler.chains() != progress.chains {
            return Look::Again;
        }
        scheduler.want();
        PUT_OFF.get(locked).set(PutOff::Wants(control));
        kernel::block(locked, mask, Some(control.list()), timeout, reason);
        Look::MayWait(id)
    })
}

/// The task `id` has locked the mutex.
fn locks(control: &MutexControl<'_>, locked: Locked<'_>, id: TaskId) -> Look {
    trace::object(locked, ObjectOp::Lock, core::ptr::from_ref(control).addr(), u32::from(id.number()) + 1);
    Look::Locked
}

/// Unlocks a mutex: it is the most important waiter's, or free.
#[inline(always)]
pub(super) fn unlock(lock: &'static Lock, locked: Locked<'_>, told: &Told) {
    let control = lock.control.get_static(locked);
    match control.release() {
        Some(next) => hand_over(control, locked, next),
        None => {
            tell_unlock(control, locked, 0);
            lock.futures.tell(locked, told);
        }
    }
}

/// The task `next` has waited for the mutex longest, and owns it now. Who owned it before may be less important: that is
/// worked out before the next task is chosen.
#[cold]
#[inline(never)]
pub(super) fn hand_over(control: &'static MutexControl<'static>, locked: Locked<'_>, next: TaskId) {
    control.hand_over(&KERNEL.get(locked).scheduler, Tasks(locked), next);
    tell_unlock(control, locked, u32::from(next.number()) + 1);
    Current::request_switch();
    kernel::resume_here(locked, next);
}

/// Tells the trace who owns it now: a task's number plus 1, or 0.
#[inline(always)]
pub(super) fn tell_unlock(control: &MutexControl<'_>, locked: Locked<'_>, owner: u32) {
    trace::object(locked, ObjectOp::Unlock, core::ptr::from_ref(control).addr(), owner);
}

/// What a task that has begun to wait has left to be done before the next one is chosen.
#[derive(Clone, Copy, Default)]
enum PutOff {
    #[default]
    Nothing,
    /// It waits for this mutex: the owner inherits.
    Wants(&'static MutexControl<'static>),
    /// It gives this mutex up.
    GivesUp(&'static Lock),
}

static PUT_OFF: Protected<Cell<PutOff>> = Protected::new(Cell::new(PutOff::Nothing));

/// The running task, which has just begun to wait for something else, gives up the mutex. It is unlocked before the next
/// task is chosen: until then only handlers run, which lock none.
pub(super) fn give_up(lock: &'static Lock, locked: Locked<'_>) {
    let kernel = KERNEL.get(locked);
    kernel.settle.set(Some(settle));
    kernel.scheduler.put_off();
    PUT_OFF.get(locked).set(PutOff::GivesUp(lock));
}

/// Does what was put off, or works out one priority that may be wrong. Returns whether there may be more to do.
pub(crate) fn settle(locked: Locked<'_>) -> bool {
    let scheduler = &KERNEL.get(locked).scheduler;
    let put_off = scheduler.take_put_off();
    Current::let_handlers_in();
    let Some(id) = put_off else { return mutex::settle(scheduler, Tasks(locked)) };
    match PUT_OFF.get(locked).take() {
        PutOff::Nothing => {}
        PutOff::Wants(mutex) => mutex.inherit(scheduler, Tasks(locked), id),
        PutOff::GivesUp(lock) => asynch::in_switch(|told| unlock(lock, locked, told)),
    }
    true
}
