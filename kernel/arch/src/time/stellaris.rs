//! Two general-purpose timer modules of a Stellaris as one clock: the first runs freely, the second is the alarm.
//!
//! A module (LM3S6965 Data Sheet, "General-Purpose Timers") is a down-counter of 32 bits that begins again at its interval
//! behind 0. One cannot be both clock and alarm without drift: to move the alarm its counter must start anew, and the
//! ticks between reading and starting it are lost. So the clock's counter is never touched after the start: with the
//! interval 2^32 - 1 its period is exactly 2^32 ticks. The alarm is a one-shot timer.
//!
//! The upper half of the 64-bit time is kept in software and grows whenever the time is read. It is read at least
//! every 2^31 ticks, since the alarm is never set farther ahead.
#![expect(unsafe_code, reason = "registers of the timers and of their clocks")]

use super::TimeDriver;
use super::counter::{Extended, FARTHEST};
use crate::controller;

/// GPTMCFG: 0 is one counter of 32 bits.
const CFG: usize = 0x00;
/// GPTMTAMR: the mode.
const TAMR: usize = 0x04;
/// GPTMCTL: bit 0 enables the counter, which then starts at its interval.
const CTL: usize = 0x0c;
/// GPTMIMR: which events interrupt.
const IMR: usize = 0x18;
/// GPTMICR: takes them back.
const ICR: usize = 0x24;
/// GPTMTAILR: the interval.
const TAILR: usize = 0x28;
/// GPTMTAR: the counter.
const TAR: usize = 0x48;

/// GPTMTAMR.
const ONE_SHOT: u32 = 1;
const PERIODIC: u32 = 2;
/// GPTMCTL.TAEN.
const ENABLE: u32 = 1 << 0;
/// GPTMIMR.TATOIM, GPTMICR.TATOCINT: the counter came to 0.
const TIME_OUT: u32 = 1 << 0;

/// System Control, RCGC1: a bit lets a peripheral's clock through.
const RCGC1: usize = 0x104;

/// A clock and an alarm of two timer modules, which count the core's clock.
pub struct StellarisTimer {
    clock: usize,
    alarm: usize,
    /// External interrupt of the alarm.
    interrupt: u16,
    /// System Control.
    control: usize,
    /// The two modules' bits in RCGC1.
    bits: u32,
    time: Extended,
}

// SAFETY: `time` is touched by `now` alone, which the trait allows under the kernel's mask only.
unsafe impl Sync for StellarisTimer {}

impl StellarisTimer {
    /// The modules at the addresses `clock` and `alarm`; `interrupt` is the external interrupt of the alarm's timer A. Their
    /// clocks are the bits `clock_enable` and `enable` of RCGC1 in the System Control at `control`.
    ///
    /// # Panics
    /// If a register has no such bits; at compile time, where the driver is a static.
    ///
    /// # Safety
    /// Both are such modules that nobody else uses, `control` is a System Control, and the driver is called under the
    /// kernel's mask.
    #[must_use]
    pub const unsafe fn new(
        clock: usize,
        clock_enable: u32,
        alarm: usize,
        enable: u32,
        interrupt: u16,
        control: usize,
    ) -> Self {
        assert!(clock_enable < 32 && enable < 32, "a register has 32 bits");
        Self { clock, alarm, interrupt, control, bits: 1 << clock_enable | 1 << enable, time: Extended::new() }
    }
}

#[inline(always)]
fn write(base: usize, register: usize, value: u32) {
    // SAFETY: by the contract of `StellarisTimer::new` this is a register of a module or of its clock.
    unsafe { ((base + register) as *mut u32).write_volatile(value) }
}

#[inline(always)]
fn read(base: usize, register: usize) -> u32 {
    // SAFETY: as above; reading has no side effect.
    unsafe { ((base + register) as *const u32).read_volatile() }
}

impl TimeDriver for StellarisTimer {
    fn reset(&self) {
        write(self.control, RCGC1, read(self.control, RCGC1) | self.bits);
        // The clocks come through three cycles later (Data Sheet, RCGC1); two reads wait long enough.
        let _ = read(self.control, RCGC1);
        let _ = read(self.control, RCGC1);
        for (module, mode) in [(self.clock, PERIODIC), (self.alarm, ONE_SHOT)] {
            write(module, CTL, 0);
            write(module, CFG, 0);
            write(module, TAMR, mode);
            write(module, IMR, 0);
            write(module, ICR, TIME_OUT);
            write(module, TAILR, u32::MAX);
        }
    }

    fn start(&self) {
        write(self.clock, CTL, ENABLE);
        write(self.alarm, TAILR, FARTHEST as u32);
        write(self.alarm, IMR, TIME_OUT);
        write(self.alarm, CTL, ENABLE);
        controller::enable(self.interrupt);
    }

    #[inline(always)]
    fn now(&self) -> u64 {
        // The counter counts down, so its complement counts up.
        self.time.at(!read(self.clock, TAR))
    }

    #[inline]
    fn set_alarm(&self, at: u64) {
        // A moment that has passed gives 1: the next tick.
        let ahead = at.saturating_sub(self.now()).clamp(1, FARTHEST);
        write(self.alarm, CTL, 0);
        write(self.alarm, TAILR, ahead as u32);
        write(self.alarm, CTL, ENABLE);
    }

    #[inline(always)]
    fn acknowledge(&self) {
        write(self.alarm, ICR, TIME_OUT);
        // Read back, so that the request is gone when the handler returns: the write may still be under way.
        let _ = read(self.alarm, IMR);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::boxed::Box;

    /// The registers of a module, which counts when it is told to, or of System Control.
    struct Registers([AtomicU32; 0x108 / 4]);

    impl Registers {
        fn new() -> &'static Self {
            Box::leak(Box::new(Self([const { AtomicU32::new(0) }; 0x108 / 4])))
        }

        fn base(&'static self) -> usize {
            self.0.as_ptr().expose_provenance()
        }

        fn get(&self, register: usize) -> u32 {
            self.0[register / 4].load(Ordering::Relaxed)
        }

        /// Counts down, where the interval is 2^32 - 1.
        fn count(&self, ticks: u32) {
            self.0[TAR / 4].fetch_sub(ticks, Ordering::Relaxed);
        }
    }

    /// Driver, clock, alarm, System Control; another peripheral's clock runs already.
    fn reset() -> (StellarisTimer, [&'static Registers; 3]) {
        let [clock, alarm, control] = core::array::from_fn(|_| Registers::new());
        control.0[RCGC1 / 4].store(1 << 4, Ordering::Relaxed);
        clock.0[TAR / 4].store(u32::MAX, Ordering::Relaxed);
        // SAFETY: all are memory that nobody else touches.
        let driver = unsafe { StellarisTimer::new(clock.base(), 17, alarm.base(), 16, 19, control.base()) };
        driver.reset();
        (driver, [clock, alarm, control])
    }

    fn started() -> (StellarisTimer, [&'static Registers; 3]) {
        let (driver, registers) = reset();
        driver.start();
        (driver, registers)
    }

    #[test]
    fn the_modules_get_their_clocks() {
        let (_, [_, _, control]) = reset();
        assert_eq!(control.get(RCGC1), 1 << 4 | 1 << 16 | 1 << 17);
    }

    #[test]
    fn it_stands_at_nought_until_it_is_started() {
        let (driver, [clock, alarm, _]) = reset();
        assert_eq!((driver.now(), clock.get(CTL), alarm.get(CTL)), (0, 0, 0));
        assert_eq!((clock.get(TAMR), clock.get(TAILR), alarm.get(TAMR)), (PERIODIC, u32::MAX, ONE_SHOT));
        driver.start();
        assert_eq!((driver.now(), clock.get(CTL), clock.get(IMR)), (0, ENABLE, 0));
        assert_eq!((alarm.get(CTL), alarm.get(IMR), u64::from(alarm.get(TAILR))), (ENABLE, TIME_OUT, FARTHEST));
    }

    #[test]
    fn the_clock_goes_on_where_the_counter_starts_anew() {
        let (driver, [clock, ..]) = started();
        clock.count(u32::MAX);
        assert_eq!(driver.now(), (1 << 32) - 1);
        clock.count(1);
        assert_eq!(driver.now(), 1 << 32);
        // Many turns, each looked at no more often than the driver promises.
        for half in 3..40_u64 {
            clock.count(1 << 31);
            assert_eq!(driver.now(), half << 31);
        }
    }

    #[test]
    fn an_alarm_counts_from_now_and_the_past_is_the_next_tick() {
        let (driver, [clock, alarm, _]) = started();
        clock.count(1_000);
        driver.set_alarm(1_075);
        assert_eq!((alarm.get(TAILR), alarm.get(CTL)), (75, ENABLE));
        for at in [0, 999, 1_000, 1_001] {
            driver.set_alarm(at);
            assert_eq!(alarm.get(TAILR), 1, "for {at}");
        }
        for at in [1_000 + FARTHEST + 1, u64::MAX] {
            driver.set_alarm(at);
            assert_eq!(u64::from(alarm.get(TAILR)), FARTHEST, "for {at}");
        }
    }
}
