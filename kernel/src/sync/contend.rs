//! Waiting for a mutex that another task owns.

use crate::error::LockError;
use crate::kernel::{self, KERNEL, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::{contexts, trace};
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::mutex::{self, Attempt, Walk};
use bluekernel_core::{MutexControl, Outcome, TaskId};

/// A mutex' control, in a static.
type Control = Protected<MutexControl<'static>>;

/// Links of a chain of owners that are followed under one lock.
const STEPS: usize = 4;

/// What one look under the lock came to.
enum Look {
    /// The mutex was free.
    Locked,
    /// This task must wait.
    Waits(TaskId),
    /// The chain of owners is longer than one look.
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
        let look = lock::with_mask(|locked, mask| {
            let control = control.get_static(locked);
            let look = look(control, locked, mask, timeout, &mut progress);
            if let Look::Waits(id) = look {
                wait(control, locked, id, timeout, reason);
            }
            look
        });
        match look {
            Look::Again => {}
            Look::Locked => return Ok(()),
            Look::TimedOut => return Err(LockError::TimedOut),
            Look::Deadlock => return Err(LockError::Deadlock),
            Look::Waits(_) => break,
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
        Attempt::Locked => {
            trace::object(locked, ObjectOp::Lock, core::ptr::from_ref(control).addr(), u32::from(id.number()) + 1);
            return Look::Locked;
        }
        Attempt::Held(owner) if owner == id => return Look::Deadlock,
        Attempt::Held(_) if timeout.is_zero() => return Look::TimedOut,
        Attempt::Held(_) => {}
    }
    let id = kernel::waiting_task(locked, mask, BlockReason::Mutex);
    if timeout == Duration::MAX {
        match progress.walk(control, locked, id) {
            Walk::Ends => {}
            Walk::Returns => return Look::Deadlock,
            Walk::GoesOn(_) => return Look::Again,
        }
    }
    Look::Waits(id)
}

/// Makes the running task, which is `id`, wait for a mutex that another one owns.
fn wait(
    control: &'static MutexControl<'static>,
    locked: Locked<'_>,
    id: TaskId,
    timeout: Duration,
    reason: BlockReason,
) {
    let kernel = KERNEL.get(locked);
    kernel.settle.set(Some(settle));
    kernel::tell(locked, Some(control.list()), timeout, reason);
    kernel::act(locked, control.wait(&kernel.scheduler, Tasks(locked), id));
    kernel::limit(locked, id, timeout);
}

/// Works out one priority that may be wrong. Returns whether there are more.
pub(crate) fn settle(locked: Locked<'_>) -> bool {
    mutex::settle(&KERNEL.get(locked).scheduler, Tasks(locked))
}
