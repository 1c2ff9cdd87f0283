//! The cycle counter of machine mode, the clock of the trace (Priv 3.1.10).

use core::arch::asm;

/// Processor cycles, modulo 2^32, once [`enable_cycle_counter`] was called. From any context.
#[inline(always)]
#[must_use]
pub fn cycle_counter() -> u32 {
    let cycles: usize;
    // SAFETY: reads a register.
    unsafe { asm!("csrr {}, mcycle", out(reg) cycles, options(nomem, nostack)) };
    cycles as u32
}

/// Starts the cycle counter at 0. Call it once, in start context. It runs since reset: a processor of version 1.10 of the
/// privileged architecture, such as the FE310's, has no register that would stop it.
pub fn enable_cycle_counter() {
    // SAFETY: changes nothing but the counter.
    unsafe { asm!("csrw mcycle, zero", options(nomem, nostack)) };
}
