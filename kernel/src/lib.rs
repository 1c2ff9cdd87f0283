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
//! *Tasks* may call everything. *Interrupt handlers* may call everything that does not wait: what gives
//! ([`Semaphore::give`], [`EventFlags::set`], [`Signal::signal`], [`Condvar::notify_one`], [`Watch::send`], the drop of a
//! [`PoolBox`]), the calls whose names begin with `try_` (but [`CeilingMutex::try_lock`]), everything of a [`Timer`],
//! [`Instant::now`], [`println!`] and the marks of [`trace`]. *`main`* runs before the first task and may call what a
//! handler may; the kernel's time begins when it returns ([`Instant::START`] is now until then), so it may set the
//! processor's clocks. A call that would have to wait anywhere but in a task, or inside a critical section, panics.
//! [`contexts`] has the whole table, and the sentences by which each function's documentation says where it may be called.
//!
//! # Time
//! [`Duration`] and [`Instant`] count microseconds in 64 bits. A wait lasts at least as long as was asked for; a time-out of
//! no time does not wait.
//!
//! # Features
//! `critical-section`, `panic` and `fault` are on by default. What is off costs nothing, nor does what a program does not
//! call, unless the table says so. Bytes are those that the smallest program (two tasks and a semaphore, Cortex-M3, opt-level
//! "s") grows by.
//!
//! | feature | gives | costs |
//! |---|---|---|
//! | `critical-section` | the kernel's lock as the implementation behind the crate `critical-section`; off where another crate brings one | nothing |
//! | `panic` | a panic handler: where and why, on RTT channel 0 and the board's console ([`fault`]) | the texts of the panics |
//! | `fault` | the report of a fault: task, stack, registers ([`fault`]) | with `panic`, some 7 KB of flash |
//! | `keep-report` | that report after the reset: `fault::last` | 652 bytes of RAM that start-up code leaves alone |
//! | `task-names` | names in reports, and [`task::name`] | 8 bytes of flash a task, and its name |
//! | `checks` | a panic of a call that cannot wait names the call; always on with debug assertions | some 60 bytes of flash for each kind of call |
//! | `stack-guard` | the MPU of Armv7-M or the PMP of RISC-V catches a task that overruns its stack | 92 bytes of flash, larger stacks ([`task::Stack`]), a few instructions in each switch |
//! | `trace` | events on RTT channel 1 ([`trace`]) | 2.1 KB of flash and some 30 bytes an operation, 5.3 KB of RAM, some 50 instructions an event |
//! | `trace-no-interrupts` | with `trace`: interrupts are not told | less |
//! | `trace-no-jobs` | nor is periodic work | less |
//! | `trace-no-marks` | nor are marks and counters | less |
//! | `trace-no-memory` | nor are stacks and the heap | less |
//! | `trace-no-objects` | nor what is done to objects | less |
//! | `trace-no-timers` | nor are alarms and time-outs | less |
//! | `trace-calls` | with `trace`, also calls that may wait, from their beginning to their end | two events a call |
//! | `trace-polls` | also polls of an executor's futures | `trace`, `executor`, and three events a poll |
//! | `trace-filter` | with `trace`, the host can hold events back while the firmware runs | 1.3 KB of flash, some three instructions an event |
//! | `trace-uart` | the same in frames for a serial line: `trace::uart` | `trace`, and 0.5 KB of flash |
//! | `trace-flight` | the last 511 events in RAM, over a reset, for a chip that died ([`trace`]) | 1.5 KB of flash and some 80 bytes an operation, 4.2 KB of RAM, some 18 instructions an event |
//! | `small` | size before speed: the objects' operations are called, not inlined | some ten instructions an operation |
//! | `cpu-time` | how long each task, the interrupts and nobody had the processor: `cpu_time` | 160 bytes of flash, 28 of RAM, a look at the clock in each switch and handler |
//! | `round-robin` | time slices for tasks of equal priority: `set_time_slice` | 520 bytes of flash and 520 of RAM |
//! | `async` | futures: `block_on`, `sleep_async`, and the objects' operations that end in `_async` | 160 bytes of flash, 4 of RAM |
//! | `executor` | tasks that run embassy's executor: `executor::run` | `async` |
//! | `embassy-time` | the kernel's clock as the driver of that crate, at 1 MHz | `async` |
//! | `embedded-hal` | `Delay`, for drivers that wait | nothing |
//! | `embedded-hal-async` | `Delay`, for drivers that are futures | `async` |
//! | `alloc` | a heap for the crate `alloc`: `heap!` | 0.5 KB of RAM and the bytes it is given |
//! | `log` | the facade of that name over [`println!`]: `logger::init` | the texts |
//! | `defmt` | the logger of that crate, on an RTT channel of its own | 1 KB of RAM |
//! | `pac-vectors` | the vector table of a peripheral access crate (its feature `rt`), with that crate's device.x | nothing |
//! | `zero-latency` | handlers that the kernel never delays, `#[interrupt(unmasked)]`, on Armv7-M and Armv8-M Mainline ([`interrupt`](mod@interrupt)) | an instruction or two wherever the kernel masks |
//! | `cortex-m7-r0p1` | with `zero-latency`, what Arm's erratum 837070 asks for on that revision of the Cortex-M7 | three more instructions there |
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
