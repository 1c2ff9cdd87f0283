//! The kernel's mask is BASEPRI (feature `zero-latency`): while it is closed, exceptions of priority [`LEVEL`] and of less
//! important ones do not come. Those above never wait for the kernel, so their handlers must not call it.
//!
//! | priority | what has it | what delays it |
//! |---|---|---|
//! | below [`LEVEL`] | interrupts whose handlers are bound `unmasked` | PRIMASK: the critical sections of the crate `critical-section` |
//! | [`LEVEL`] and above | all other interrupts, whoever has bound their handlers | both masks |
//! | 0xff | SVCall, PendSV, SysTick | both masks |
//!
//! After a reset all interrupts have priority 0. So [`init`] gives [`LEVEL`] to every one, and then 0 to those that are
//! bound `unmasked`; [`on_its_side`] keeps them apart from then on.
//!
//! * A write that raises BASEPRI counts from the next instruction on; one that lowers it does so behind an ISB or an
//!   exception at the latest (Armv7-M ARM, B5.2.3). A Cortex-M7 r0p1 may take one more interrupt in front of that
//!   next instruction (erratum 837070): there PRIMASK is closed meanwhile (feature `cortex-m7-r0p1`).
//! * BASEPRI belongs to no task, and need not: PendSV waits for the mask to open, and SVC, which would be a HardFault
//!   under it, is executed with the mask open only.
//! * What BASEPRI holds back does not end WFI (B1.5.19). The idle loop sleeps with the mask open.

use super::nvic::{INTERRUPTS, IPR};
use core::arch::asm;

/// The most important priority that the mask delays. A chip has the upper 3 to 8 bits of a priority (Armv7-M ARM, B1.5.4),
/// so every one has this. Above it is one level, or with more bits there are some, which interrupt each other. The whole
/// of a priority must decide about that, as after a reset (AIRCR.PRIGROUP).
pub(super) const LEVEL: u8 = 0x20;

/// Closes the mask; returns its state before.
#[inline(always)]
pub(super) fn close() -> u32 {
    let previous = basepri();
    raise();
    previous
}

#[inline(always)]
fn basepri() -> u32 {
    let basepri: u32;
    // SAFETY: reads a register. Not `nomem`: it must stay behind what closed or opened the mask.
    unsafe { asm!("mrs {}, basepri", out(reg) basepri, options(nostack, preserves_flags)) };
    basepri
}

/// Raises BASEPRI. By BASEPRI_MAX, which does not lower it.
#[cfg(not(feature = "cortex-m7-r0p1"))]
#[inline(always)]
fn raise() {
    // SAFETY: closing the mask has no effect on memory safety.
    unsafe { asm!("msr basepri_max, {}", in(reg) u32::from(LEVEL), options(nostack, preserves_flags)) };
}

/// The same; PRIMASK is closed meanwhile.
#[cfg(feature = "cortex-m7-r0p1")]
#[inline(always)]
fn raise() {
    // SAFETY: as above; PRIMASK is as it was, afterwards.
    unsafe {
        asm!(
            "mrs {primask}, primask",
            "cpsid i",
            "msr basepri_max, {level}",
            "msr primask, {primask}",
            primask = out(reg) _,
            level = in(reg) u32::from(LEVEL),
            options(nostack, preserves_flags),
        );
    }
}

/// Gives the mask the state that it had before.
///
/// # Safety
/// As of [`crate::Port::unmask`].
#[inline(always)]
pub(super) unsafe fn restore(previous: u32) {
    // SAFETY: by contract this restores what `close` found.
    unsafe { asm!("msr basepri, {}", in(reg) previous, options(nostack, preserves_flags)) };
}

/// Whether that state is an open mask. The kernel does not touch PRIMASK: it is now as it was then, and while it is closed
/// no switch can come.
#[inline(always)]
pub(super) fn was_open(previous: u32) -> bool {
    previous == 0 && primask() & 1 == 0
}

#[inline(always)]
fn primask() -> u32 {
    let primask: u32;
    // SAFETY: reads a register. Not `nomem`: it must stay behind what closed or opened it.
    unsafe { asm!("mrs {}, primask", out(reg) primask, options(nostack, preserves_flags)) };
    primask
}

/// Whether both masks are open.
#[inline(always)]
pub(super) fn is_open() -> bool {
    was_open(basepri())
}

/// Closes the mask for everything. Returns whether it was not closed so yet.
#[inline(always)]
pub(super) fn close_all() -> bool {
    let previous = primask();
    // SAFETY: closing the mask has no effect on memory safety.
    unsafe { asm!("cpsid i", options(nostack, preserves_flags)) };
    previous & 1 == 0
}

/// Opens it for everything that BASEPRI lets through.
///
/// # Safety
/// As of [`crate::Port::unmask_all`].
#[inline(always)]
pub(super) unsafe fn open_all() {
    // SAFETY: by contract this matches the outermost `close_all`.
    unsafe { asm!("cpsie i", options(nostack, preserves_flags)) };
}

/// Calls `f` with the mask open, and closes it.
#[inline(always)]
pub(super) fn opened<R>(f: impl FnOnce() -> R) -> R {
    // SAFETY: the kernel's state is whole where this is called, by the contract of `Port::let_handlers_in`.
    unsafe { restore(0) };
    let result = f();
    raise();
    result
}

/// Opens the mask and closes it. ISB: a pending exception is taken before it is closed again.
#[inline(always)]
pub(super) fn opened_for_a_moment() {
    opened(|| {
        // SAFETY: a barrier.
        unsafe { asm!("isb", options(nostack, preserves_flags)) };
    });
}

unsafe extern "C" {
    /// The interrupts that are bound `unmasked`: their numbers, from the linker script.
    static __bk_unmasked_start: u16;
    static __bk_unmasked_end: u8;
}

/// Gives each interrupt its priority. What a chip does not have, ignores it.
pub(super) fn init() {
    for word in 0..usize::from(INTERRUPTS) / 4 {
        // SAFETY: inside the bank, four priorities at once. None of the kernel's interrupts is enabled yet.
        unsafe { IPR.cast::<u32>().add(word).write_volatile(u32::from_ne_bytes([LEVEL; 4])) };
    }
    let (start, end) = (&raw const __bk_unmasked_start, &raw const __bk_unmasked_end);
    for place in 0..end.addr().wrapping_sub(start.addr()) / size_of::<u16>() {
        // SAFETY: between the two symbols there are such numbers, and nothing else.
        let number = unsafe { start.add(place).read() };
        if number < INTERRUPTS {
            // SAFETY: inside the bank.
            unsafe { IPR.add(usize::from(number)).write_volatile(0) };
        }
    }
}

/// The priority nearest to `priority` that an interrupt may have whose priority is `present`.
pub(super) fn on_its_side(present: u8, priority: u8) -> u8 {
    if present < LEVEL { priority.min(LEVEL - 1) } else { priority.max(LEVEL) }
}

/// Whether a handler executes that the mask does not delay: of an interrupt, or of SysTick. Faults and NMI, which no mask
/// delays, are not meant: their handlers are the kernel's own.
#[must_use]
pub fn in_unmasked_handler() -> bool {
    /// The priority of SysTick (Armv7-M ARM, B3.2.12).
    const SYSTICK_PRIORITY: *const u8 = 0xe000_ed23 as *const u8;
    let exception: u32;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, ipsr", out(reg) exception, options(nomem, nostack, preserves_flags)) };
    let register = match exception {
        0..15 => return false,
        15 => SYSTICK_PRIORITY,
        _ => IPR.cast_const().wrapping_add(exception as usize - 16),
    };
    // SAFETY: the priority of the exception that executes; reading has no side effect.
    unsafe { register.read_volatile() < LEVEL }
}

/// Closes the mask. It is open: a handler of priority 0xff executes. r1 is free.
#[cfg(not(feature = "cortex-m7-r0p1"))]
macro_rules! close {
    () => {
        "mov    r1, #0x20
         msr    basepri, r1"
    };
}

/// The same; PRIMASK is closed meanwhile.
#[cfg(feature = "cortex-m7-r0p1")]
macro_rules! close {
    () => {
        "mov    r1, #0x20
         cpsid  i
         msr    basepri, r1
         cpsie  i"
    };
}

/// Opens it. r1 is free.
macro_rules! open {
    () => {
        "mov    r1, #0
         msr    basepri, r1"
    };
}

/// Opens both masks. r1 is free.
macro_rules! open_all {
    () => {
        concat!(open!(), "\n", "cpsie  i")
    };
}
