//! Futures that take the value.

use super::Signal;
use crate::asynch;

impl<T: Send> Signal<T> {
    /// Takes the value; the future is ready with it. Tasks that wait come first, and a value that none of them waits for is
    /// anybody's until the future is polled. A future that is dropped has taken nothing, and the value that it might have had
    /// is the next one's. From any context; does not block.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Signal, block_on};
    ///
    /// static SPEED: Signal<u32> = Signal::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn driving() {
    ///     SPEED.signal(10);
    ///     SPEED.signal(20);
    ///     assert_eq!(block_on(SPEED.wait_async()), 20);
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn wait_async(&'static self) -> impl Future<Output = T> + Send {
        asynch::until(&self.futures, |locked, _| self.take(locked))
    }
}
