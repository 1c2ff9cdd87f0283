//! Futures that wait for a change.

use super::Receiver;
use crate::asynch;

impl<T: Send + Clone> Receiver<T> {
    /// The value, if it has changed; the future is ready when it has. All futures are told of a change, behind the tasks that
    /// wait for it, and each has the latest value when it is polled. One that is dropped has seen nothing: the receiver still
    /// knows of the change. From any context; does not block.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Watch, block_on};
    ///
    /// static LEVEL: Watch<u32> = Watch::new(0);
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn watching() {
    ///     let mut level = LEVEL.receiver();
    ///     LEVEL.send(1);
    ///     assert_eq!(block_on(level.changed_async()), 1);
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn changed_async(&mut self) -> impl Future<Output = T> + Send {
        let futures = &self.watch.futures;
        asynch::until(futures, |locked, _| self.look(locked))
    }
}
