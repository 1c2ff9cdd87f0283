//! Futures that wait for the value.

use super::{Once, OnceCell};
use crate::asynch;

impl<T: Send + Sync> OnceCell<T> {
    /// The value; the future is ready when somebody has made it. A future that is dropped leaves no trace. From any context;
    /// does not block.
    ///
    /// ```standalone_crate
    /// use bluekernel::{OnceCell, block_on};
    ///
    /// static RATE: OnceCell<u32> = OnceCell::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn waiting() {
    ///     assert_eq!(block_on(RATE.get_async()), &9_600);
    /// }
    ///
    /// #[bluekernel::task(priority = 4, stack = 1024)]
    /// fn configuring() {
    ///     assert_eq!(RATE.set(9_600), Ok(()));
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn get_async(&'static self) -> impl Future<Output = &'static T> + Send {
        asynch::until(&self.futures, |_, _| self.get())
    }

    /// The value; `make` makes it if it is not there. If somebody else is making it, the future waits, in the order of
    /// [`Mutex::lock_async`](crate::Mutex::lock_async). One that is dropped before it is ready has made nothing. From any
    /// context; does not block, if `make` does not.
    pub async fn get_or_init_async(&'static self, make: impl FnOnce() -> T) -> &'static T {
        match self.get() {
            Some(value) => value,
            None => {
                let making = self.making.lock_async().await;
                self.make(making, make)
            }
        }
    }
}

impl Once {
    /// Does it, if it is not done; if somebody else is doing it, the future waits until it is done, as that of
    /// [`OnceCell::get_or_init_async`]. From any context; does not block, if `f` does not.
    pub async fn call_once_async(&'static self, f: impl FnOnce()) {
        self.0.get_or_init_async(f).await;
    }
}
