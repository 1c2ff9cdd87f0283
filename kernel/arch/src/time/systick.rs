//! SysTick as a clock: the fallback where a chip has no better timer.
//!
//! One 24-bit counter cannot be both clock and alarm without drift: restarting it for an alarm loses the cycles in
//! between. So it is never restarted. It interrupts with a fixed period, and an alarm comes with the first of these
//! interrupts at or behind its moment. The time that is read is exact to the processor cycle all the same.
#![expect(unsafe_code, reason = "registers of the timer")]

use super::TimeDriver;
use core::cell::Cell;

/// SysTick Control and Status Register (Armv7-M ARM, B3.3.3).
const SYST_CSR: *mut u32 = 0xe000_e010 as *mut u32;
/// Reload Value Register.
const SYST_RVR: *mut u32 = 0xe000_e014 as *mut u32;
/// Current Value Register.
const SYST_CVR: *mut u32 = 0xe000_e018 as *mut u32;
/// CSR.COUNTFLAG: the counter reached 0 since this register was last read.
const COUNTFLAG: u32 = 1 << 16;
/// CSR: processor clock, interrupt, enable.
const RUN: u32 = 0b111;

/// A clock of SysTick, counting processor cycles.
pub struct SysTick {
    period: u32,
    /// Cycles up to the last time that the counter was seen to have reached 0.
    base: Cell<u64>,
}

// SAFETY: `base` is touched by `now` alone, which the trait allows under the kernel's mask only.
unsafe impl Sync for SysTick {}

impl SysTick {
    /// SysTick with an interrupt every `period` processor cycles: 2 to 2^24.
    ///
    /// # Panics
    /// If `period` is out of range; at compile time, where the driver is a static.
    ///
    /// # Safety
    /// Nobody else uses SysTick, and the driver is called under the kernel's mask.
    #[must_use]
    pub const unsafe fn new(period: u32) -> Self {
        assert!(period >= 2 && period <= 1 << 24, "SysTick counts 2 to 2^24 cycles");
        Self { period, base: Cell::new(0) }
    }
}

/// Whether the counter reached 0 since the last call.
#[inline(always)]
fn wrapped() -> bool {
    // SAFETY: reading clears COUNTFLAG, which nobody else looks at.
    unsafe { SYST_CSR.read_volatile() & COUNTFLAG != 0 }
}

#[inline(always)]
fn counter() -> u32 {
    // SAFETY: reading has no side effect.
    unsafe { SYST_CVR.read_volatile() }
}

impl TimeDriver for SysTick {
    fn reset(&self) {
        // SAFETY: SysTick is ours. Writing CVR sets it to 0 without an interrupt and clears COUNTFLAG.
        unsafe {
            SYST_CSR.write_volatile(0);
            SYST_RVR.write_volatile(self.period - 1);
            SYST_CVR.write_volatile(0);
        }
    }

    fn start(&self) {
        // SAFETY: SysTick is ours.
        unsafe { SYST_CSR.write_volatile(RUN) };
    }

    fn now(&self) -> u64 {
        // The counter goes period-1 .. 1, 0, period-1 ..; COUNTFLAG rises with the step to 0, so at 0 the period is
        // complete and counted. This runs at least once a period, since every interrupt reads the time.
        let mut base = self.base.get();
        if wrapped() {
            base += u64::from(self.period);
        }
        let mut count = counter();
        if wrapped() {
            // The step happened somewhere between the two looks at the flag: only a new look at the counter is sure
            // to be behind it.
            base += u64::from(self.period);
            count = counter();
        }
        self.base.set(base);
        if count == 0 { base } else { base + u64::from(self.period - count) }
    }

    fn set_alarm(&self, _at: u64) {
        // Every interrupt looks for what is due.
    }

    fn acknowledge(&self) {
        // The processor took the request back when it entered the handler.
    }
}
