//! Futures that wait for the end of a task.
//!
//! They are told as the tasks that join are woken, and behind them: when the task is dormant and before another one is
//! chosen. So each of them finds it dormant; and their wakers are woken where the switch lets handlers in.

use super::{JoinError, Task};
use crate::asynch::{self, Listeners};
use crate::kernel::{self, KERNEL};
use crate::lock::Locked;
use crate::table::Tasks;
use bluekernel_abi::TaskState;
use bluekernel_core::{Table, TaskId};

/// Those who wait for the end of any task: each is interested in one, by its number.
static LISTENERS: Listeners = Listeners::new();

impl Task {
    /// Waits until it has returned; the future is ready when it has, or was never started. If the task is started again before
    /// the future is polled, the future waits on. One that is dropped leaves no trace. From any context; does not block.
    ///
    /// # Errors
    /// [`JoinError::Itself`] if the task itself polls it.
    ///
    /// ```standalone_crate
    /// #[bluekernel::task(priority = 4, stack = 1024)]
    /// fn worker() {}
    ///
    /// #[bluekernel::task(priority = 5, stack = 1024)]
    /// fn supervisor() {
    ///     assert_eq!(bluekernel::block_on(worker::task().join_async()), Ok(()));
    ///     assert!(worker::task().is_finished());
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub fn join_async(self) -> impl Future<Output = Result<(), JoinError>> + Send {
        asynch::until(&LISTENERS, move |locked, _| {
            if is_dormant(locked, self.0) {
                return Some(Ok(()));
            }
            (kernel::executing(locked) == Some(self.0)).then_some(Err(JoinError::Itself))
        })
        .interested_in(u32::from(self.number()))
    }
}

fn is_dormant(locked: Locked<'_>, id: TaskId) -> bool {
    Tasks(locked).task(id).state() == TaskState::Dormant
}

/// The running task is over: whoever waits for that is to be told before the next task is chosen.
pub(super) fn begin(locked: Locked<'_>) {
    LISTENERS.begin(locked);
    if LISTENERS.is_calling(locked) {
        KERNEL.get(locked).scheduler.tell_futures();
    }
}

/// Tells them, in the switch.
pub(crate) fn tell_all(locked: Locked<'_>) {
    LISTENERS.tell_all_in_switch(locked, |number| is_dormant(locked, TaskId::new(number as u8)));
}
