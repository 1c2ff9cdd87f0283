//! Interrupts. `#[bluekernel::interrupt]` binds a handler to one of the board's names.
//!
//! Every interrupt of the board is masked by the kernel's lock, so a handler may call whatever does not wait. A task
//! that it wakes runs when the last active handler has returned.
//!
//! # Handlers that the kernel does not delay
//! With the feature `zero-latency`, on Armv7-M and Armv8-M Mainline, `#[bluekernel::interrupt(unmasked)]` binds a handler to
//! an interrupt above the kernel's mask: from its request to its first instruction it takes what the processor takes. It
//! may come anywhere, also in the middle of the kernel, so it must not call it; nobody checks that but in builds with debug
//! assertions or the feature `checks`, so it is an `unsafe fn`:
//!
//! ```
//! # mod board { bluekernel::interrupts! { 8; CAPTURE = 0, CAPTURED = 1 } }
//! # #[cfg(feature = "zero-latency")] mod program {
//! # use crate::board;
//! use bluekernel::Semaphore;
//! use board::Interrupt;
//! use core::sync::atomic::{AtomicU32, Ordering};
//!
//! static MOMENT: AtomicU32 = AtomicU32::new(0);
//! static CAPTURES: Semaphore = Semaphore::new(0, 1);
//!
//! // Nothing of the kernel is called: another interrupt is made pending, whose handler does that.
//! #[bluekernel::interrupt(unmasked)]
//! unsafe fn CAPTURE() {
//!     MOMENT.store(read_the_timer(), Ordering::Relaxed);
//!     Interrupt::CAPTURED.pend();
//! }
//!
//! #[bluekernel::interrupt]
//! fn CAPTURED() {
//!     let _ = CAPTURES.give();
//! }
//! # fn read_the_timer() -> u32 { 0 }
//! # }
//! # fn main() {}
//! ```
//!
//! Whoever binds one promises:
//! * It calls nothing of the kernel but [`enable`], [`disable`], [`pend`] and [`set_priority`] (and the same of the board's
//!   `Interrupt`): no object, no clock, no `println!`, no mark, no log, no allocation, no waker of a future.
//! * It shares data by atomics, or by critical sections of the crate `critical-section`. Those mask it as well, so they are
//!   sound, and they delay it, whoever enters one; [`masked`] does not, and so does not keep it out.
//! * It is short: what it interrupts, the kernel under its mask included, takes longer by it.
//!
//! It is not traced, and its time is that of whoever it interrupts. It comes where others wait, deep in the kernel: each
//! task's stack needs its frame on top of that, 32 bytes, or 104 where floating-point registers are in use. All other
//! interrupts get a priority that the mask delays, at the start and by [`set_priority`], also those whose vectors are not
//! bound by this attribute.
//!
//! What the feature costs, on a Cortex-M3 (tests/firmware/operations with and without it): an uncontended give, take, lock,
//! unlock, send or receive takes up to 3 instructions more, most none or one; a switch 3 to 5, there and back 8 to 15. The
//! minimal image takes 244 bytes more of flash; each such handler another 2. With `cortex-m7-r0p1` as well it
//! is up to 6 instructions, for a switch up to 10 and there and back 25; and 432 bytes.
//!
//! # Names
//! A name that the board does not have does not compile:
//!
//! ```compile_fail,E0599
//! mod board {
//!     bluekernel::interrupts! { 8; UART = 0 }
//! }
//!
//! #[bluekernel::interrupt]
//! fn UARTT() {}
//! # fn main() {}
//! ```

#[cfg(all(target_arch = "arm", target_os = "none"))]
use bluekernel_arch::cortex_m as controller;
#[cfg(not(target_os = "none"))]
use bluekernel_arch::host as controller;
#[cfg(all(any(target_arch = "riscv32", target_arch = "riscv64"), target_os = "none"))]
use bluekernel_arch::riscv as controller;

use crate::{lock, trace};

/// The exception number of external interrupt 0, on Cortex-M. On RISC-V, whose own interrupts have numbers below it, an
/// external interrupt is traced as if it were the same.
const FIRST_EXTERNAL: u16 = 16;

/// Enables an interrupt by its number. [`interrupts!`](crate::interrupts) gives it a name. From any context; does not
/// block.
#[inline]
pub fn enable(number: u16) {
    controller::enable(number);
}

/// Disables an interrupt by its number. From any context; does not block.
#[inline]
pub fn disable(number: u16) {
    controller::disable(number);
}

/// Makes an interrupt pending, as if its source had asked. From any context; does not block.
#[inline]
pub fn pend(number: u16) {
    controller::pend(number);
}

/// Sets the hardware's priority of an interrupt: 0 is the most important. Interrupts start at 0, and all are more
/// important than any task. A more important one interrupts the handler of a less important one. The host has one level: there
/// a handler is not interrupted. On RISC-V the upper three bits count, of which the last two steps are one. From any context;
/// does not block.
///
/// With the feature `zero-latency`, on Armv7-M and Armv8-M Mainline, an interrupt stays on its side of the kernel's mask:
/// one whose handler is bound `unmasked` starts at 0 and gets at most 0x1f, all others start at 0x20 and get at least that.
#[inline]
pub fn set_priority(number: u16, priority: u8) {
    #[cfg(target_os = "none")]
    controller::set_priority(number, priority);
    #[cfg(not(target_os = "none"))]
    let _ = (number, priority);
}

/// Runs `f` under the kernel's mask: no other task runs, and no handler but those that are bound `unmasked`, which a critical
/// section of the crate `critical-section` would delay. Nests, also with those. From any context; does not block.
///
/// What would have to wait in it panics, as in a critical section. It is the kernel's longest mask if it is long.
#[inline]
pub fn masked<R>(f: impl FnOnce() -> R) -> R {
    lock::with(|_| f())
}

/// Interrupt `NUMBER` has a handler: so there is no second one in the program's crate. Implemented by what
/// `#[bluekernel::interrupt]` and [`time_driver!`](crate::time_driver) make.
#[doc(hidden)]
pub trait HasOneHandler<const NUMBER: u16> {}

/// Runs a handler between its two trace events. Called by what `#[bluekernel::interrupt]` makes.
#[doc(hidden)]
#[inline(always)]
pub fn __handle(number: u16, handler: fn()) {
    enter(FIRST_EXTERNAL + number);
    handler();
    exit();
}

/// The handler of an exception begins.
#[inline(always)]
pub(crate) fn enter(exception: u16) {
    trace::isr_enter(exception);
    #[cfg(feature = "cpu-time")]
    crate::cpu_time::enter();
}

/// The handler of an exception ends.
#[inline(always)]
pub(crate) fn exit() {
    #[cfg(feature = "cpu-time")]
    crate::cpu_time::exit();
    trace::isr_exit();
}

/// Binds a handler. Called by what `#[bluekernel::interrupt]` makes, before `main`.
#[doc(hidden)]
#[cfg(not(target_os = "none"))]
pub fn __bind(number: u16, handler: fn()) {
    controller::bind(number, handler);
}

/// As [`__bind`], for a handler that the mask does not delay.
#[doc(hidden)]
#[cfg(not(target_os = "none"))]
pub fn __bind_unmasked(number: u16, handler: fn()) {
    controller::bind_unmasked(number, handler);
}

/// Nothing; or, where there are no handlers that the mask does not delay, an error of the compiler.
#[cfg(zero_latency)]
#[doc(hidden)]
#[macro_export]
macro_rules! __unmasked {
    () => {};
}

/// It is not asked for.
#[cfg(not(feature = "zero-latency"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __unmasked {
    () => {
        ::core::compile_error!(
            "#[bluekernel::interrupt(unmasked)] needs the feature `zero-latency` of bluekernel: without it, the kernel's mask \
             delays every interrupt"
        );
    };
}

/// The processor cannot do it.
#[cfg(all(feature = "zero-latency", not(zero_latency)))]
#[doc(hidden)]
#[macro_export]
macro_rules! __unmasked {
    () => {
        ::core::compile_error!(
            "#[bluekernel::interrupt(unmasked)] needs a processor that can mask by priority (BASEPRI): Armv7-M or Armv8-M \
             Mainline. The mask of this one delays every interrupt"
        );
    };
}
