//! Futures that lock for reading or writing.
//!
//! They come through the gate as tasks do. One that reads only passes it, and lets the next future try; one that writes
//! keeps it, and waits behind it until the readers have left.

use super::{ReadGuard, RwLock, WriteGuard};
use crate::asynch;

impl<T: Send + Sync> RwLock<T> {
    /// Locks for reading; the future is ready when it is locked. Tasks that wait come first, and a lock that none of them
    /// waits for is anybody's until the future is polled. A future that is dropped before it is ready has locked nothing.
    /// From any context; does not block.
    ///
    /// The guard stays in the task that polls the future, over an `await` too. As for tasks: who reads must not lock again.
    ///
    /// ```standalone_crate
    /// use bluekernel::{RwLock, block_on};
    ///
    /// static LIMITS: RwLock<(u32, u32)> = RwLock::new((0, 10));
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn moving() {
    ///     block_on(async {
    ///         LIMITS.write_async().await.1 = 20;
    ///         let (one, other) = (LIMITS.read_async().await, LIMITS.read_async().await);
    ///         assert_eq!((one.1, other.1), (20, 20));
    ///     });
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub async fn read_async(&'static self) -> ReadGuard<T> {
        let guard = asynch::until(self.gate.futures(), |locked, _| self.attempt(locked)).await;
        self.gate.tell_next();
        guard
    }

    /// Locks for writing; the future is ready when it is locked. It waits as that of [`RwLock::read_async`]; but since it
    /// keeps new readers out while it waits for others to leave, it stays in its task from the first poll on, and that runs
    /// with the priority of the most important task that waits for the lock, as with
    /// [`Mutex::lock_async`](crate::Mutex::lock_async). From any context; does not block.
    pub async fn write_async(&'static self) -> WriteGuard<T> {
        let gate = self.gate.lock_async().await;
        asynch::until(&self.writer, |locked, _| (self.readers.get(locked).readers() == 0).then_some(())).await;
        WriteGuard { lock: self, _gate: gate }
    }
}
