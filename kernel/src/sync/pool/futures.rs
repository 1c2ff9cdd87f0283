//! Futures that take a block.

use super::{Pool, PoolBox};
use crate::asynch;

impl<T: Send, const N: usize> Pool<T, N> {
    /// Takes a block and puts `value` into it; the future is ready with it. Tasks that wait come first, and a block that none
    /// of them waits for is anybody's until the future is polled. A future that is dropped drops the value and has taken
    /// nothing, and the block that it might have had is the next one's. From any context; does not block.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Pool, block_on};
    ///
    /// static FRAMES: Pool<[u8; 128], 2> = Pool::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn filling() {
    ///     let frame = block_on(FRAMES.alloc_async([7; 128]));
    ///     assert_eq!((frame[0], FRAMES.available()), (7, 1));
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn alloc_async(&'static self, value: T) -> impl Future<Output = PoolBox<T>> + Send {
        self.alloc_with_async(move || value)
    }

    /// As [`Pool::alloc_async`]; the value is made when there is a block for it.
    pub(crate) async fn alloc_with_async(&'static self, make: impl FnOnce() -> T) -> PoolBox<T> {
        let block = asynch::until(&self.head.futures, |locked, _| self.take(locked)).await;
        PoolBox::new(&self.head, block, make())
    }
}
