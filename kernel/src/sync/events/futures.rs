//! Futures that wait for flags.

use super::{EventFlags, Wanted};
use crate::asynch;

impl EventFlags {
    /// Waits for flags; the future is ready with those of the awaited ones that are set. From any context; does not block.
    ///
    /// It looks at the flags when it is polled: flags that were set and cleared again before that, by a task or by a future
    /// whose wait [clears](Wanted::clear) them, are no flags to it, and it waits on. A task's wait does not miss those. If
    /// several futures wait for a flag that the first one clears, that is the one of the most important task, equals in the
    /// order they came. A future that is dropped has cleared nothing.
    ///
    /// ```standalone_crate
    /// use bluekernel::{EventFlags, Wanted, block_on};
    ///
    /// static EVENTS: EventFlags = EventFlags::new();
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn waiting() {
    ///     EVENTS.set(0b101);
    ///     assert_eq!(block_on(EVENTS.wait_async(Wanted::any(0b11).clear())), 0b01);
    ///     assert_eq!(EVENTS.get(), 0b100);
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn wait_async(&'static self, wanted: Wanted) -> impl Future<Output = u32> + Send {
        asynch::until(&self.futures, move |locked, _| self.take(locked, &wanted)).interested_in(wanted.flags())
    }
}
