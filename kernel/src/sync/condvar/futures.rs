//! Futures that wait for a notification.
//!
//! To be told *is* the notification here: a future is ready when it was told, and not when something holds.

use super::Condvar;
use crate::asynch::{self, Told};
use crate::asynch::{List, Listeners};
use crate::lock::Locked;
use crate::sync::MutexGuard;
use bluekernel_core::Waiter;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Waker;

impl Condvar {
    /// Gives the mutex up, waits for a notification and locks the mutex again; the future is ready with the guard. Tasks that
    /// wait are notified before futures. A future that was notified by [`Condvar::notify_one`] and is dropped before it is
    /// polled lets the next one be notified. From any context; does not block.
    ///
    /// The mutex is given up when the future is polled first, and what happens to it is as
    /// [`Mutex::lock_async`](crate::Mutex::lock_async) says. A wait may end although the condition does not hold (any more):
    /// [`Condvar::wait_while_async`] looks again.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Condvar, Mutex, block_on};
    ///
    /// static LEVEL: Mutex<u32> = Mutex::new(0);
    /// static RISEN: Condvar = Condvar::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn waiting() {
    ///     block_on(async {
    ///         let level = LEVEL.lock_async().await;
    ///         let level = RISEN.wait_while_async(level, |level| *level < 3).await;
    ///         assert!(*level >= 3);
    ///     });
    /// }
    ///
    /// #[bluekernel::task(priority = 4, stack = 1024)]
    /// fn raising() {
    ///     *LEVEL.lock() += 3;
    ///     RISEN.notify_one();
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub async fn wait_async<T: Send>(&'static self, guard: MutexGuard<T>) -> MutexGuard<T> {
        let mutex = guard.mutex();
        let mut guard = Some(guard);
        let mut notified = pin!(asynch::until(self, |_, _| Some(())).when_told());
        poll_fn(|context| {
            let notified = notified.as_mut().poll(context);
            // It waits by now, so no notification is lost in between.
            guard = None;
            notified
        })
        .await;
        mutex.lock_async().await
    }

    /// Waits as long as `condition` holds; the future is ready with the guard. It is asked before the first wait, and behind
    /// each. It waits as [`Condvar::wait_async`]. From any context; does not block.
    pub async fn wait_while_async<T: Send>(
        &'static self,
        mut guard: MutexGuard<T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<T> {
        while condition(&mut guard) {
            guard = self.wait_async(guard).await;
        }
        guard
    }
}

impl List for Condvar {
    fn wait(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>, waker: Waker) -> Option<Waker> {
        Listeners::wait(&self.futures, locked, waiter, waker)
    }

    fn leave(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>) -> bool {
        Listeners::leave(&self.futures, locked, waiter)
    }

    /// Its notification is the next one's.
    fn pass_on(&'static self, locked: Locked<'_>, told: &Told) {
        self.notify_first(locked, told);
    }
}
