//! The condition variable.

use super::generation::{wake_all, wake_one};
use super::mutex::{Mutex, MutexGuard};
use crate::asynch::{self, Listeners, Told};
use crate::error::TimedOut;
use crate::kernel;
use crate::lock::{self, Locked, Protected};
use crate::time::{Duration, Instant};
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::Generations;

#[cfg(feature = "async")]
mod futures;

/// Tasks that wait, without the mutex, until another one has changed what the mutex guards.
///
/// ```text
///                      wait                    notify_one: the first; notify_all: each
///   has the mutex ────────────▶ waits, without ────────────────────────────────────────┐
///       ▲                              │ time-out                                      ▼
///       └──────────────────────────────┴───────────────────────────────────── locks the mutex again
/// ```
/// Giving the mutex up and beginning to wait are one step, so no notification is lost in between. A task that waits again
/// for the mutex hands its priority on to the owner like any other. A wait may end although the condition does not hold
/// (any more): [`Condvar::wait_while`] looks again.
///
/// ```standalone_crate
/// use bluekernel::{Condvar, Mutex};
///
/// static LEVEL: Mutex<u32> = Mutex::new(0);
/// static RISEN: Condvar = Condvar::new();
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn waiting() {
///     let level = RISEN.wait_while(LEVEL.lock(), |level| *level < 3);
///     assert!(*level >= 3);
/// }
///
/// #[bluekernel::task(priority = 4, stack = 512)]
/// fn raising() {
///     *LEVEL.lock() += 3;
///     RISEN.notify_one();
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// Waiting needs the guard, and the guard is gone meanwhile:
/// ```compile_fail,E0382
/// static LEVEL: bluekernel::Mutex<u32> = bluekernel::Mutex::new(0);
/// static RISEN: bluekernel::Condvar = bluekernel::Condvar::new();
/// let mut level = LEVEL.lock();
/// RISEN.wait(level);
/// *level += 1;
/// ```
#[repr(C)]
pub struct Condvar {
    generations: Protected<Generations>,
    futures: Listeners,
}

impl Condvar {
    /// Nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self { generations: Protected::new(Generations::new()), futures: Listeners::new() }
    }

    /// Gives the mutex up, waits for a notification and locks the mutex again.
    ///
    /// # Panics
    /// As [`Mutex::lock`]; and inside a critical section.
    pub fn wait<T>(&'static self, guard: MutexGuard<T>) -> MutexGuard<T> {
        let (mutex, _) = self.give_up_and_wait(guard, Duration::MAX);
        kernel::settle();
        mutex.lock()
    }

    /// As [`Condvar::wait`], but waits for the notification not longer than `timeout`; for the mutex as long as it takes.
    /// No time keeps the mutex and does not wait.
    ///
    /// # Errors
    /// [`TimedOut`], beside the mutex, if there was no notification in time.
    ///
    /// # Panics
    /// As [`Condvar::wait`].
    pub fn wait_timeout<T>(
        &'static self,
        guard: MutexGuard<T>,
        timeout: Duration,
    ) -> (MutexGuard<T>, Result<(), TimedOut>) {
        if timeout.is_zero() {
            return (guard, Err(TimedOut));
        }
        let (mutex, generation) = self.give_up_and_wait(guard, timeout);
        let woken = kernel::outcome() == bluekernel_core::Outcome::Woken;
        // The time may have been over between `notify_all` and its waking this task.
        let notified = woken || lock::with(|locked| self.generations.get(locked).present() != generation);
        (mutex.lock(), if notified { Ok(()) } else { Err(TimedOut) })
    }

    /// Waits as long as `condition` holds. It is asked before the first wait, and behind each.
    ///
    /// # Panics
    /// As [`Condvar::wait`].
    pub fn wait_while<T>(
        &'static self,
        mut guard: MutexGuard<T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<T> {
        while condition(&mut guard) {
            guard = self.wait(guard);
        }
        guard
    }

    /// Waits as long as `condition` holds, but not longer than `timeout`. No time keeps the mutex and does not wait.
    ///
    /// # Errors
    /// [`TimedOut`], beside the mutex, if the condition holds still.
    ///
    /// # Panics
    /// As [`Condvar::wait`].
    pub fn wait_while_timeout<T>(
        &'static self,
        mut guard: MutexGuard<T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> (MutexGuard<T>, Result<(), TimedOut>) {
        let end = Instant::now() + timeout;
        while condition(&mut guard) {
            let left = end - Instant::now();
            if left.is_zero() {
                return (guard, Err(TimedOut));
            }
            (guard, _) = self.wait_timeout(guard, left);
        }
        (guard, Ok(()))
    }

    /// Ends the wait of the most important task, equals in the order they came; if none waits, of the first future; of
    /// nobody, if nobody waits. From any context; does not block.
    ///
    /// Called with the mutex locked it lets a more important task run that has to wait for the mutex at once: it takes two
    /// switches less to unlock before.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn notify_one(&self) {
        while asynch::with(|locked, told| {
            // First the futures that were notified by a call of `notify_all` that this one came in the midst of.
            if self.futures.step(locked, told, |_| true) {
                return true;
            }
            let generations = self.generations.get(locked);
            trace::object(locked, ObjectOp::Notify, core::ptr::from_ref(self).addr(), generations.present() as u32);
            self.notify_first(locked, told);
            false
        }) {}
    }

    /// Ends the wait of every task and future that waits now, in the order of [`Condvar::notify_one`]. From any context;
    /// does not block. Interrupts are only masked while one of them is woken.
    pub fn notify_all(&self) {
        // First those who were notified by a call that this one came in the midst of.
        while lock::with(|locked| {
            let generations = self.generations.get(locked);
            if wake_one(locked, generations) {
                return true;
            }
            generations.end();
            self.futures.begin(locked);
            trace::object(locked, ObjectOp::Notify, core::ptr::from_ref(self).addr(), generations.present() as u32);
            false
        }) {}
        wake_all(&self.generations, |generations| generations);
        self.futures.tell_all(|_, _| true);
    }

    /// Ends the wait of the first task; if none waits, of the first future.
    #[inline(always)]
    fn notify_first(&self, locked: Locked<'_>, told: &Told) {
        let list = self.generations.get(locked).list();
        if list.is_empty() {
            self.futures.tell(locked, told);
        } else {
            kernel::wake_first(locked, list);
        }
    }

    /// Gives the mutex up and makes the task wait, in one step. Not inlined, so that what it keeps is kept before the lock.
    /// Returns the mutex, and the generation it waits in.
    #[inline(never)]
    fn give_up_and_wait<T>(&'static self, guard: MutexGuard<T>, timeout: Duration) -> (&'static Mutex<T>, u64) {
        let mutex = guard.mutex();
        let generation = lock::with_mask(|locked, mask| {
            let generations = self.generations.get_static(locked);
            // Whoever cannot wait keeps the mutex.
            kernel::block(locked, mask, Some(generations.list()), timeout, BlockReason::Condition);
            guard.give_up(locked);
            generations.present()
        });
        (mutex, generation)
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}
