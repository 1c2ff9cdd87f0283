//! BlueKernel: a small pre-emptive real-time kernel.
//!
//! ```no_run,standalone_crate
//! #![cfg_attr(target_os = "none", no_std, no_main)]
//! # mod board {}
//! # /*
//! mod board; // generated from the board's data: interrupts, clock
//! # */
//! use bluekernel::{Duration, Semaphore, println, sleep};
//!
//! static READY: Semaphore = Semaphore::new(0, 10);
//!
//! #[bluekernel::task(priority = 5, stack = 1024)]
//! fn producer() {
//!     loop {
//!         sleep(Duration::from_millis(10));
//!         let _ = READY.give();
//!     }
//! }
//!
//! #[bluekernel::task(priority = 6, stack = 1024)]
//! fn consumer() {
//!     loop {
//!         READY.take();
//!         println!("ready");
//!     }
//! }
//!
//! #[bluekernel::main]
//! fn main() {}
//! ```
//!
//! # Tasks
//! The most important ready task runs: priority 0 to 31, 31 the most important. Tasks of equal priority run in the order
//! in which they became ready, each until it waits, yields or a more important one becomes ready. Nothing is allocated:
//! tasks, their stacks and all objects are statics.
//!
//! # Contexts
//! *Tasks* may call everything. *Interrupt handlers* may call everything that cannot wait: [`Semaphore::give`],
//! [`Semaphore::try_take`], [`Channel::try_send`], [`Channel::try_receive`], [`EventFlags::set`], [`Signal::signal`],
//! [`Watch::send`], [`Condvar::notify_one`], [`Instant::now`], [`println!`], the marks of [`trace`]. *`main`* runs before the first task and may call what a handler may; the kernel's time
//! begins when it returns ([`Instant::START`] is now until then), so it may set the processor's clocks. A call that would
//! have to wait anywhere but in a task, or inside a critical section, panics. [`contexts`] has the whole table.
//! [`Semaphore::try_take`], [`Channel::try_send`], [`Channel::try_receive`], all other calls whose names begin with `try_`
//! except [`Mutex::try_lock`], the drop of a [`PoolBox`], everything of a [`Timer`], [`Instant::now`], [`println!`], the
//! marks of [`trace`]. *`main`* runs before the first task and may call what a handler may; the kernel's time begins when it returns ([`Instant::START`] is now until then), so it may set the processor's clocks. A call that would
//! have to wait anywhere but in a task, or inside a critical section, panics.
//!
//! # Features
//! Off by default, and then they cost nothing: `async` (futures: `block_on`, `Semaphore::take_async`,
//! `Channel::receive_async`, ...), `executor` (tasks that run embassy's executor), `embassy-time` (the kernel's clock as the
//! driver of that crate), `embedded-hal` and `embedded-hal-async` (`Delay`), `trace`, `zero-latency` (handlers that the kernel
//! never delays: [`interrupt`](mod@interrupt)).
#![no_std]

#[cfg(any(test, not(target_os = "none")))]
#[cfg_attr(test, macro_use)]
extern crate std;

mod asynch;
mod board;
mod clock;
pub mod contexts;
#[cfg(feature = "cpu-time")]
pub mod cpu_time;
#[cfg(feature = "critical-section")]
mod critical;
#[cfg(feature = "defmt")]
mod deferred;
#[cfg(any(feature = "embedded-hal", feature = "embedded-hal-async"))]
mod delay;
mod error;
pub mod fault;
#[cfg(feature = "alloc")]
pub mod heap;
mod inspection;
pub mod interrupt;
mod kernel;
mod lock;
#[cfg(feature = "log")]
pub mod logger;
mod periodic;
mod print;
pub mod rt;
pub mod rtt;
mod semihosting;
#[cfg(feature = "round-robin")]
mod slice;
pub mod stack;
mod sync;
mod table;
pub mod task;
mod text;
mod time;
pub mod timer;
pub mod trace;
#[cfg(zero_latency)]
mod unmasked;
pub mod watchdog;

#[cfg(feature = "executor")]
pub use asynch::executor;
#[cfg(feature = "async")]
pub use asynch::{block_on, sleep_async, sleep_until_async};
pub use bluekernel_macros::{interrupt, main, slot, task};
#[cfg(any(feature = "embedded-hal", feature = "embedded-hal-async"))]
pub use delay::Delay;
pub use error::{AllocTimedOut, CeilingError, Deadlock, Full, LockError, NotSent, SendTimedOut, TimedOut, TooLong};
pub use periodic::{Periodic, PeriodicStatistics};
#[doc(hidden)]
pub use print::__print;
pub use semihosting::exit;
#[cfg(feature = "round-robin")]
pub use slice::set_time_slice;
pub use sync::{
    Barrier, BarrierWaitResult, CeilingGuard, CeilingMutex, Channel, Condvar, EventFlags, MessageQueue, Mutex,
    MutexGuard, Once, OnceCell, Pipe, Pool, PoolBox, ReadGuard, Receiver, RecursiveGuard, RecursiveMutex, RwLock,
    Semaphore, Signal, Wanted, Watch, WriteGuard,
};
pub use task::yield_now;
pub use time::{Duration, Instant, sleep, sleep_until};
pub use timer::Timer;

/// The running task's number, [`bluekernel_abi::NO_TASK`] if the processor idles. From any context.
#[allow(dead_code, reason = "told in fault reports, where there are any")]
pub(crate) fn current_task() -> u8 {
    lock::with(|locked| kernel::KERNEL.get(locked).scheduler.current_number())
}

/// What the macros' expansions need. Not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use crate::inspection::{KernelRecord, TaskRecord, name_bytes};
    #[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
    pub use bluekernel_arch::riscv::{Controller, Handler, Sources};
    #[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
    pub use bluekernel_arch::time::Mtime;
    #[cfg(all(target_arch = "arm", target_os = "none"))]
    pub use bluekernel_arch::time::SysTick;
    #[cfg(target_os = "none")]
    pub use bluekernel_arch::time::{CmsdkTimer, Nrf51Timer, StellarisTimer, Stm32Timer};
    pub use bluekernel_arch::time::{Scale, TimeDriver};
}
