//! Executors: tasks that poll many futures. Feature `executor`.
//!
//! An executor is [embassy's](embassy_executor), in a task of the kernel's: so `#[embassy_executor::task]`, and whatever
//! else is written for it, works, as long as no feature `platform-...` of its chooses another executor. Its tasks take turns among themselves, each from one `await` to the next, in the time of
//! the one kernel task; that one is pre-empted as any other, and its priority is that of all of them. Several kernel tasks
//! with an executor each are several priorities.
//!
//! ```standalone_crate
//! use bluekernel::{Semaphore, executor};
//!
//! static READY: Semaphore = Semaphore::new(1, 1);
//!
//! #[embassy_executor::task]
//! async fn blink() {
//!     READY.take_async().await;
//! }
//!
//! #[bluekernel::task(priority = 4, stack = 2048)]
//! fn network() {
//!     executor::run(|spawner| spawner.spawn(blink().unwrap()));
//! }
//! # #[bluekernel::main]
//! # fn main() {}
//! ```
#![expect(unsafe_code, reason = "polls the executor, and is called by it by name")]

use super::runner::{self, Runner};
use bluekernel_core::TaskId;
use embassy_executor::raw;
pub use embassy_executor::{SendSpawner, Spawner};

/// Makes the calling task an executor: runs `start`, which spawns the first tasks, and then the tasks, for ever; waits
/// while none of them can go on.
///
/// Tasks of one executor that are woken together run in no certain order. One that spawns from another kernel task or a
/// handler uses [`Spawner::make_send`].
///
/// # Panics
/// Outside of a task, and inside a critical section.
pub fn run(start: impl FnOnce(Spawner)) -> ! {
    Runner::enter(|runner| {
        let executor = raw::Executor::new(core::ptr::without_provenance_mut(usize::from(runner.task().number())));
        // What its tasks and their wakers refer to is never gone. On the host a task's panic leaves this function.
        #[cfg(not(target_os = "none"))]
        let executor: &'static raw::Executor = std::boxed::Box::leak(std::boxed::Box::new(executor));
        // SAFETY: on a target nothing leaves this function, so the variable stays where it is for ever.
        #[cfg(target_os = "none")]
        let executor: &'static raw::Executor = unsafe { &*core::ptr::from_ref(&executor) };
        start(executor.spawner());
        loop {
            // SAFETY: here alone, and no task of the executor can come here.
            unsafe { executor.poll() };
            runner.park();
        }
    })
}

/// Asked for by an executor that has something to poll.
#[unsafe(no_mangle)]
fn __pender(task: *mut ()) {
    // The number of a task that there is: `run` put it there.
    runner::notify(TaskId::new(task.addr() as u8));
}
