//! The kernel's mask is PRIMASK: while it is closed, no exception of configurable priority comes. The switch and the idle
//! loop use the macros.

use core::arch::asm;

/// Closes the mask; returns its state before.
#[inline(always)]
pub(super) fn close() -> u32 {
    let previous: u32;
    // SAFETY: closing the mask has no effect on memory safety.
    unsafe {
        asm!("mrs {}, primask", "cpsid i", out(reg) previous, options(nostack, preserves_flags));
    }
    previous
}

/// Gives the mask the state that it had before.
///
/// # Safety
/// As of [`crate::Port::unmask`].
#[inline(always)]
pub(super) unsafe fn restore(previous: u32) {
    // SAFETY: by contract this restores what `close` found.
    unsafe {
        asm!("msr primask, {}", in(reg) previous, options(nostack, preserves_flags));
    }
}

/// Whether that state is an open mask.
#[inline(always)]
pub(super) fn was_open(previous: u32) -> bool {
    previous & 1 == 0
}

/// Whether the mask is open.
#[inline(always)]
pub(super) fn is_open() -> bool {
    let primask: u32;
    // SAFETY: reads a register. Not `nomem`: it must stay behind what closed or opened the mask.
    unsafe { asm!("mrs {}, primask", out(reg) primask, options(nostack, preserves_flags)) };
    was_open(primask)
}

/// Calls `f` with the mask open, and closes it.
#[inline(always)]
pub(super) fn opened<R>(f: impl FnOnce() -> R) -> R {
    // SAFETY: as of `opened_for_a_moment`.
    unsafe { asm!("cpsie i", options(nostack, preserves_flags)) };
    let result = f();
    // SAFETY: closing the mask has no effect on memory safety.
    unsafe { asm!("cpsid i", options(nostack, preserves_flags)) };
    result
}

/// Opens the mask and closes it. ISB: a pending exception is taken before it is closed again.
#[inline(always)]
pub(super) fn opened_for_a_moment() {
    // SAFETY: the kernel's state is whole where this is called, by the contract of `Port::let_handlers_in`.
    unsafe { asm!("cpsie i", "isb", "cpsid i", options(nostack, preserves_flags)) };
}

/// No interrupt needs a priority of its own.
#[inline(always)]
pub(super) fn init() {}

/// Closes the mask.
macro_rules! close {
    () => {
        "cpsid  i"
    };
}

/// Opens it.
macro_rules! open {
    () => {
        "cpsie  i"
    };
}

/// Opens everything.
macro_rules! open_all {
    () => {
        "cpsie  i"
    };
}
