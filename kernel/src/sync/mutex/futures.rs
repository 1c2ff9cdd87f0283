//! Futures that lock.
//!
//! The owner is the task that polls the future: so tasks that wait for the mutex hand their priority on to it, and the guard
//! stays in it, held over an `await` or not: it is not `Send`, and neither is a future that has it. A future that finds the
//! mutex locked does not wait in the mutex' list, since its task goes on with others: it raises nobody, and is in no chain of
//! owners. Also if its own task is the owner: then another future of that task has the guard, and will drop it. To the
//! protocol all this is a lock that was free, and an unlock.

use super::{Mutex, MutexGuard};
use crate::asynch::{self, Waiters};
use crate::kernel;

impl<T> Mutex<T> {
    /// Locks the mutex; the future is ready when it is locked. Tasks that wait come first, and a mutex that none of them waits
    /// for is anybody's until the future is polled. A future that is dropped before it is ready has locked nothing, and lets
    /// the next one be told. From any context; does not block. Outside of a task it is never ready.
    ///
    /// The owner is the task that polls the future. While it has the guard, over an `await` too, it runs with the priority of
    /// the most important *task* that waits for the mutex: all of its futures do. A future that waits raises nobody.
    ///
    /// Of two futures of one task the second one waits for the first. A future that has the guard and locks again is never
    /// ready. A *call* that waits ([`Mutex::lock`]) in a task one of whose futures has the guard could never end, and is a
    /// [`Deadlock`](crate::Deadlock).
    ///
    /// ```standalone_crate
    /// use bluekernel::{Duration, Mutex, block_on, sleep_async};
    ///
    /// static TOTAL: Mutex<u32> = Mutex::new(0);
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn adding() {
    ///     block_on(async {
    ///         let mut total = TOTAL.lock_async().await;
    ///         sleep_async(Duration::from_millis(1)).await;
    ///         *total += 1;
    ///     });
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    /// A future that has the guard over an `await` stays in its task, as the guard does:
    /// ```compile_fail,E0277
    /// fn send<T: Send>(_: T) {}
    /// static TOTAL: bluekernel::Mutex<u32> = bluekernel::Mutex::new(0);
    /// send(async {
    ///     let total = TOTAL.lock_async().await;
    ///     bluekernel::sleep_async(bluekernel::Duration::ZERO).await;
    ///     drop(total);
    /// });
    /// ```
    pub fn lock_async(&'static self) -> impl Future<Output = MutexGuard<T>> + Send
    where
        T: Send,
    {
        asynch::until(&self.lock.futures, |locked, _| {
            let id = kernel::executing(locked)?;
            self.attempt(locked, id).ok().map(|()| MutexGuard::new(self))
        })
    }

    /// Those that wait for it.
    pub(in crate::sync) fn futures(&self) -> &Waiters {
        &self.lock.futures
    }

    /// Somebody has used that the mutex is free, and has not locked it: the next future may do the same.
    pub(in crate::sync) fn tell_next(&self) {
        asynch::with(|locked, told| {
            if self.owner(locked).is_none() {
                self.lock.futures.tell(locked, told);
            }
        });
    }
}
