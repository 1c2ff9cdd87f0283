//! Interrupts. `#[bluekernel::interrupt]` binds a handler to one of the board's names.
//!
//! Every interrupt of the board is masked by the kernel's lock, so a handler may call whatever does not wait. A task
//! that it wakes runs when the last active handler has returned. A name that the board does not have does not compile:
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

use crate::trace;

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
#[inline]
pub fn set_priority(number: u16, priority: u8) {
    #[cfg(target_os = "none")]
    controller::set_priority(number, priority);
    #[cfg(not(target_os = "none"))]
    let _ = (number, priority);
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
