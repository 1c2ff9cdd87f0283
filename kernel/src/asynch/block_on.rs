//! Waiting for a future in a task.
#![expect(unsafe_code, reason = "makes a waker")]

use super::runner::{self, Runner};
use bluekernel_core::TaskId;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

/// Waits for a future: polls it in the calling task, and waits in the kernel while it cannot go on. Other tasks run
/// meanwhile.
///
/// ```standalone_crate
/// use bluekernel::{Semaphore, block_on};
///
/// static READY: Semaphore = Semaphore::new(1, 1);
///
/// #[bluekernel::task(priority = 5, stack = 1024)]
/// fn waiting() {
///     block_on(async {
///         READY.take_async().await;
///     });
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// # Panics
/// Outside of a task, and inside a critical section.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    Runner::enter(|runner| {
        let waker = waker(runner.task());
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            runner.park();
        }
    })
}

/// A static, so that its address tells these wakers from others.
static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, |_| ());

fn clone(task: *const ()) -> RawWaker {
    RawWaker::new(task, &VTABLE)
}

fn wake(task: *const ()) {
    // The number of a task that there is: `waker` put it there.
    runner::notify(TaskId::new(task.addr() as u8));
}

/// Wakes task `id`.
fn waker(id: TaskId) -> Waker {
    // SAFETY: the functions of the table take the pointer for a number; they are for any context, and nothing is owned.
    unsafe { Waker::from_raw(clone(core::ptr::without_provenance(usize::from(id.number())))) }
}

/// Whether `waker` is that of task `id`.
pub(super) fn is_of(waker: &Waker, id: TaskId) -> bool {
    core::ptr::eq(waker.vtable(), &raw const VTABLE) && waker.data().addr() == usize::from(id.number())
}
