//! What waits in a task for the futures that it polls.
//!
//! A [`Runner`] is on the task's stack for as long as [`block_on`](super::block_on) or an executor runs there, and the
//! task's control block knows it. Wakers name the task by its number only: so they may live as long as they like, and one
//! that comes too late finds another runner, which then looks once too often, or none.
#![expect(unsafe_code, reason = "finds a task's runner by the pointer in its control block")]

use crate::clock;
use crate::kernel;
use crate::lock::{self, Locked};
use crate::table::Tasks;
use crate::time::Duration;
use bluekernel_abi::BlockReason;
use bluekernel_core::{Table, TaskId};
use core::cell::Cell;

/// A task that polls futures. Touched under the lock only.
pub(crate) struct Runner {
    task: TaskId,
    /// The one that the task had before: a future may block on another.
    outer: *const Self,
    /// Something was woken since the last look.
    notified: Cell<bool>,
    /// The task waits for that.
    parked: Cell<bool>,
    /// The tick at which to look in any case; `u64::MAX`: none. The task's own: nobody else touches it.
    deadline: Cell<u64>,
    #[cfg(feature = "executor")]
    pub(super) items: super::timer_items::Items,
}

impl Runner {
    /// Makes the executing task one that polls futures, for as long as `f` runs.
    ///
    /// # Panics
    /// Outside of a task, and inside a critical section.
    pub(crate) fn enter<R>(f: impl FnOnce(&Self) -> R) -> R {
        let task = lock::with_mask(|locked, mask| kernel::waiting_task(locked, mask, BlockReason::Notify));
        let runner = Self {
            task,
            outer: lock::with(|locked| Tasks(locked).task(task).runner().cast::<Self>()),
            notified: Cell::new(false),
            parked: Cell::new(false),
            deadline: Cell::new(u64::MAX),
            #[cfg(feature = "executor")]
            items: super::timer_items::Items::new(),
        };
        lock::with(|locked| Tasks(locked).task(task).set_runner((&raw const runner).cast()));
        // Also when `f` unwinds, which only the host can.
        let entered = Entered(&runner);
        f(entered.0)
    }

    /// The runner of a task, if it has one: the innermost.
    pub(super) fn of(locked: Locked<'_>, task: TaskId) -> Option<&Self> {
        // SAFETY: the pointer is that of a runner on the task's stack, which takes it back before it goes. That happens
        // under the lock, which is held for as long as the reference lives.
        unsafe { Tasks(locked).task(task).runner().cast::<Self>().as_ref() }
    }

    /// The task.
    pub(crate) fn task(&self) -> TaskId {
        self.task
    }

    /// Something can go on: the task looks again.
    fn notify(&self, locked: Locked<'_>) {
        self.notified.set(true);
        // After its time-out it is ready, and has not run yet.
        if self.parked.take() {
            kernel::end_wait(locked, self.task);
        }
    }

    /// The task looks again at tick `at` at the latest.
    pub(super) fn limit(&self, _: Locked<'_>, at: u64) {
        self.deadline.set(self.deadline.get().min(at));
    }

    /// Waits until something was woken since the last call, or the time has come. Called by the runner's task, with no
    /// lock held.
    ///
    /// # Panics
    /// Inside a critical section.
    pub(crate) fn park(&self) {
        let deadline = self.deadline.get();
        let limited = deadline != u64::MAX;
        let left = if limited { deadline.saturating_sub(lock::with(clock::now)) } else { u64::MAX };
        // For the trace only, and a division: not under the lock.
        let timeout = if limited && cfg!(any(feature = "trace", feature = "trace-flight")) {
            lock::ahead(Duration::from_micros(clock::micros_at(left)))
        } else {
            Duration::MAX
        };
        let waits = lock::with_mask(|locked, mask| {
            if left == 0 || self.notified.take() {
                return false;
            }
            kernel::stop(locked, mask, None, Some((BlockReason::Notify, timeout)));
            self.parked.set(true);
            if limited {
                kernel::limit_until(locked, self.task, deadline);
            }
            true
        });
        if waits {
            let _ = kernel::outcome();
            lock::with(|_| {
                self.parked.set(false);
                self.notified.set(false);
            });
        }
        self.expire();
    }

    /// If the time has come: what is due is woken, and the next time is found.
    fn expire(&self) {
        if self.deadline.get() != u64::MAX {
            let now = lock::with(clock::now);
            if self.deadline.get() <= now {
                self.deadline.set(u64::MAX);
                self.wake_due(now);
            }
        }
    }

    #[cfg(feature = "executor")]
    fn wake_due(&self, now: u64) {
        self.items.wake_due(self, now);
    }

    /// Only an executor's tasks have times of their own.
    #[cfg(not(feature = "executor"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    fn wake_due(&self, _now: u64) {}
}

/// A runner that its task's control block knows.
struct Entered<'a>(&'a Runner);

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let runner = self.0;
        runner.wake_due(u64::MAX);
        lock::with(|locked| {
            Tasks(locked).task(runner.task).set_runner(runner.outer.cast());
            // What this one was told may have been for the outer one.
            if let Some(outer) = Runner::of(locked, runner.task) {
                outer.limit(locked, runner.deadline.get());
                outer.notify(locked);
            }
        });
    }
}

/// Something can go on in task `id`: its runner, if there still is one, looks again. From any context.
pub(super) fn notify(id: TaskId) {
    lock::with(|locked| {
        if let Some(runner) = Runner::of(locked, id) {
            runner.notify(locked);
        }
    });
}
