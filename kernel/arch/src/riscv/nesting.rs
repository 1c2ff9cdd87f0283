//! A handler runs with the mask open: others may interrupt it.

use core::arch::asm;

/// mie.MTIE (Priv 3.1.9).
pub(super) const MTIE: usize = 1 << 7;

/// mstatus.MPP and mstatus.MPIE as a trap from machine mode with an open mask leaves them (Priv 3.1.6.1).
pub(super) const TRAPPED: usize = 3 << 11 | 1 << 7;

/// Calls `handler` with the mask open, but for the timer's interrupt: the alarm is the least important of all.
///
/// What traps overwrite that come meanwhile is as before: mepc, and what mstatus says of this trap. In handler context, with
/// the mask closed.
#[inline(always)]
pub(super) fn open(handler: impl FnOnce()) {
    let (interrupted, enabled): (usize, usize);
    // SAFETY: a trap has saved all that a handler may change, and mscratch says that none of the stacks in use is a task's.
    unsafe {
        asm!(
            "csrr {interrupted}, mepc",
            "csrrc {enabled}, mie, {mtie}",
            "csrsi mstatus, 8",
            interrupted = out(reg) interrupted,
            enabled = out(reg) enabled,
            mtie = in(reg) MTIE,
            options(nostack),
        );
    }
    handler();
    // SAFETY: closing the mask has no effect on memory safety, and the registers are what they were.
    unsafe {
        asm!(
            "csrci mstatus, 8",
            "csrs mie, {enabled}",
            "csrw mepc, {interrupted}",
            "csrs mstatus, {trapped}",
            interrupted = in(reg) interrupted,
            enabled = in(reg) enabled & MTIE,
            trapped = in(reg) TRAPPED,
            options(nostack),
        );
    }
}
