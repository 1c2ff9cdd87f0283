//! The DWT's cycle counter, the clock of the trace. Some emulators read it as 0. Armv6-M has none (Armv6-M ARM, C1.8.1):
//! there the trace counts by the kernel's clock.

/// Debug Exception and Monitor Control Register (Armv7-M ARM, C1.6.5).
const DEMCR: *mut u32 = 0xe000_edfc as *mut u32;
/// DEMCR.TRCENA: powers the DWT.
const TRCENA: u32 = 1 << 24;
/// DWT_CTRL (C1.8.7).
const DWT_CTRL: *mut u32 = 0xe000_1000 as *mut u32;
/// DWT_CTRL.CYCCNTENA.
const CYCCNTENA: u32 = 1;
/// DWT_CYCCNT (C1.8.8).
const DWT_CYCCNT: *mut u32 = 0xe000_1004 as *mut u32;

/// Processor cycles, modulo 2^32, once [`enable_cycle_counter`] was called. From any context.
#[inline(always)]
#[must_use]
pub fn cycle_counter() -> u32 {
    // SAFETY: a read-only use of a register without side effects.
    unsafe { DWT_CYCCNT.read_volatile() }
}

/// Starts the cycle counter at 0. Call it once, in start context.
pub fn enable_cycle_counter() {
    // SAFETY: these registers change nothing but the counter.
    unsafe {
        DEMCR.write_volatile(DEMCR.read_volatile() | TRCENA);
        DWT_CYCCNT.write_volatile(0);
        DWT_CTRL.write_volatile(DWT_CTRL.read_volatile() | CYCCNTENA);
    }
}
