//! Two CMSDK APB timers as one clock: the first runs freely, the second is the alarm.
//!
//! A CMSDK timer (Arm DDI 0479, 3.4) is a 32-bit down-counter that reloads itself behind 0. One timer cannot be both
//! clock and alarm without drift: to move the alarm its counter must be rewritten, and the ticks between reading and
//! writing it are lost. So the clock's counter is never written after the start: reload 2^32 - 1 makes its period
//! exactly 2^32 ticks. The alarm's counter is written at will; its reload value 0 makes it stop.
//!
//! The upper half of the 64-bit time is kept in software and grows whenever the time is read. It is read at least
//! every 2^31 ticks, since the alarm is never set farther ahead.
#![expect(unsafe_code, reason = "registers of the timers")]

use super::TimeDriver;
use super::counter::{Extended, FARTHEST};
use crate::controller;

/// CTRL: bit 0 enables the counter, bit 3 its interrupt.
const CTRL: usize = 0x0;
/// VALUE: the counter.
const VALUE: usize = 0x4;
/// RELOAD.
const RELOAD: usize = 0x8;
/// INTSTATUS when read, INTCLEAR when written.
const INTCLEAR: usize = 0xc;

const ENABLE: u32 = 1 << 0;
const INTERRUPT: u32 = 1 << 3;

/// A clock and an alarm of two CMSDK APB timers with the same clock.
pub struct CmsdkTimer {
    clock: usize,
    alarm: usize,
    /// External interrupt of the alarm.
    interrupt: u16,
    time: Extended,
}

// SAFETY: `time` is touched by `now` alone, which the trait allows under the kernel's mask only.
unsafe impl Sync for CmsdkTimer {}

impl CmsdkTimer {
    /// The timers at the addresses `clock` and `alarm`; `interrupt` is the alarm's external interrupt number.
    ///
    /// # Safety
    /// Both are CMSDK APB timers that nobody else uses, and the driver is called under the kernel's mask.
    #[must_use]
    pub const unsafe fn new(clock: usize, alarm: usize, interrupt: u16) -> Self {
        Self { clock, alarm, interrupt, time: Extended::new() }
    }
}

#[inline(always)]
fn write(base: usize, register: usize, value: u32) {
    // SAFETY: by the contract of `CmsdkTimer::new` this is a timer's register.
    unsafe { ((base + register) as *mut u32).write_volatile(value) }
}

#[inline(always)]
fn read(base: usize, register: usize) -> u32 {
    // SAFETY: as above; reading VALUE has no side effect.
    unsafe { ((base + register) as *const u32).read_volatile() }
}

impl TimeDriver for CmsdkTimer {
    fn reset(&self) {
        write(self.clock, CTRL, 0);
        write(self.clock, RELOAD, u32::MAX);
        write(self.clock, VALUE, u32::MAX);
    }

    fn start(&self) {
        write(self.clock, CTRL, ENABLE);
        write(self.alarm, CTRL, 0);
        write(self.alarm, RELOAD, 0);
        write(self.alarm, INTCLEAR, 1);
        write(self.alarm, VALUE, FARTHEST as u32);
        write(self.alarm, CTRL, ENABLE | INTERRUPT);
        controller::enable(self.interrupt);
    }

    #[inline(always)]
    fn now(&self) -> u64 {
        // The counter counts down, so its complement counts up.
        self.time.at(!read(self.clock, VALUE))
    }

    #[inline]
    fn set_alarm(&self, at: u64) {
        // A moment that has passed gives 1: the next tick.
        let ahead = at.saturating_sub(self.now()).clamp(1, FARTHEST);
        write(self.alarm, VALUE, ahead as u32);
    }

    #[inline(always)]
    fn acknowledge(&self) {
        write(self.alarm, INTCLEAR, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{CTRL, CmsdkTimer, FARTHEST, RELOAD, VALUE};
    use crate::time::TimeDriver;
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::boxed::Box;

    /// The registers of a timer, which count when they are told to.
    struct Registers([AtomicU32; 4]);

    impl Registers {
        fn new() -> &'static Self {
            Box::leak(Box::new(Self([const { AtomicU32::new(0) }; 4])))
        }

        fn base(&'static self) -> usize {
            self.0.as_ptr().expose_provenance()
        }

        fn get(&self, register: usize) -> u32 {
            self.0[register / 4].load(Ordering::Relaxed)
        }

        /// Counts down as the hardware does: behind 0 comes the reload value.
        fn count(&self, ticks: u32) {
            let (value, reload) = (self.get(VALUE), self.get(RELOAD));
            let next = if ticks <= value { value - ticks } else { reload - (ticks - value - 1) };
            self.0[VALUE / 4].store(next, Ordering::Relaxed);
        }
    }

    fn reset() -> (CmsdkTimer, &'static Registers, &'static Registers) {
        let (clock, alarm) = (Registers::new(), Registers::new());
        // SAFETY: both are memory that nobody else touches.
        let timer = unsafe { CmsdkTimer::new(clock.base(), alarm.base(), 8) };
        timer.reset();
        (timer, clock, alarm)
    }

    fn started() -> (CmsdkTimer, &'static Registers, &'static Registers) {
        let (timer, clock, alarm) = reset();
        timer.start();
        (timer, clock, alarm)
    }

    #[test]
    fn it_stands_at_nought_until_it_is_started() {
        let (timer, clock, _) = reset();
        assert_eq!((timer.now(), clock.get(CTRL)), (0, 0));
        timer.start();
        assert_eq!((timer.now(), clock.get(CTRL)), (0, 1));
    }

    #[test]
    fn it_starts_at_nought_with_the_farthest_alarm() {
        let (timer, clock, alarm) = started();
        assert_eq!(timer.now(), 0);
        assert_eq!((clock.get(RELOAD), clock.get(CTRL)), (u32::MAX, 0b0001));
        assert_eq!((alarm.get(RELOAD), alarm.get(CTRL)), (0, 0b1001));
        assert_eq!(u64::from(alarm.get(VALUE)), FARTHEST);
    }

    #[test]
    fn the_clock_goes_on_where_the_counter_starts_anew() {
        let (timer, clock, _) = started();
        clock.count(u32::MAX);
        assert_eq!(timer.now(), (1 << 32) - 1);
        clock.count(1);
        assert_eq!(timer.now(), 1 << 32);
        // Many turns, each looked at no more often than the driver promises.
        for half in 3..40_u64 {
            clock.count(1 << 31);
            assert_eq!(timer.now(), half << 31);
        }
    }

    #[test]
    fn an_alarm_counts_from_now_and_the_past_is_the_next_tick() {
        let (timer, clock, alarm) = started();
        clock.count(1_000);
        timer.set_alarm(1_075);
        assert_eq!(alarm.get(VALUE), 75);
        for at in [0, 999, 1_000, 1_001] {
            timer.set_alarm(at);
            assert_eq!(alarm.get(VALUE), 1, "for {at}");
        }
        timer.set_alarm(1_000 + FARTHEST + 1);
        assert_eq!(u64::from(alarm.get(VALUE)), FARTHEST);
        timer.set_alarm(u64::MAX);
        assert_eq!(u64::from(alarm.get(VALUE)), FARTHEST);
    }
}
