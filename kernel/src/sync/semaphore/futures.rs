//! Futures that take a permit.

use super::Semaphore;
use crate::asynch;

impl Semaphore {
    /// Takes a permit; the future is ready when it has one. Tasks that wait come first, and a permit that none of them
    /// waits for is anybody's until the future is polled. A future that is dropped has taken nothing, and the permit that
    /// it might have had goes to the next one. From any context; does not block.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Semaphore, block_on};
    ///
    /// static READY: Semaphore = Semaphore::new(1, 1);
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn waiting() {
    ///     block_on(READY.take_async());
    ///     assert_eq!(READY.count(), 0);
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn take_async(&'static self) -> impl Future<Output = ()> + Send {
        asynch::until(&self.futures, |locked, _| self.attempt(locked).then_some(()))
    }
}
