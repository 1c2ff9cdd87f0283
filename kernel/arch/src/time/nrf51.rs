//! TIMER0 of an nRF51 as clock and alarm: the chip's core has no SysTick, and its other two timers have 16 bits.
//!
//! The counter runs freely up and is never written after the start. It cannot be read: the task CAPTURE copies it into a
//! compare register, which can. Another compare register is the alarm. The time's upper half is kept in software and grows
//! whenever the time is read. It is read at least every 2^31 ticks, since the alarm is never set farther ahead.
//!
//! The event COMPARE comes with the step of the counter to the register's value only: an alarm for a moment that has come
//! already, or comes while it is being set, would be a period late. So the counter is looked at once more afterwards, and
//! the interrupt then made pending by software.
//!
//! Sections are those of Nordic's nRF51 Series Reference Manual 3.0. A task is triggered, and an event taken back, by the
//! store of a word (10.1).
#![expect(unsafe_code, reason = "registers of the timer")]

use super::TimeDriver;
use super::counter::{Extended, FARTHEST};
use crate::controller;

/// Tasks (18.2): the counter runs, stands, becomes 0, is copied into CC[3].
const START: usize = 0x000;
const STOP: usize = 0x004;
const CLEAR: usize = 0x00c;
const CAPTURE_3: usize = 0x04c;
/// Event: the counter has come to CC[0].
const COMPARE_0: usize = 0x140;
/// Which events clear or stop the counter.
const SHORTS: usize = 0x200;
/// Which events interrupt: a 1 adds one, or takes one away.
const INTENSET: usize = 0x304;
const INTENCLR: usize = 0x308;
/// 0: a timer, which counts 16 MHz.
const MODE: usize = 0x504;
/// 3: 32 bits.
const BITMODE: usize = 0x508;
/// The counter counts 16 MHz / 2^PRESCALER, up to 9.
const PRESCALER: usize = 0x510;
/// What the counter is compared with, or copied into.
const CC_0: usize = 0x540;
const CC_3: usize = 0x54c;

/// COMPARE[0] in INTENSET and INTENCLR.
const INTERRUPT_0: u32 = 1 << 16;
/// What drives the timer (18.1.1).
const CLOCK_HZ: u32 = 16_000_000;

/// A clock and an alarm of TIMER0.
pub struct Nrf51Timer {
    timer: usize,
    /// Its external interrupt.
    interrupt: u16,
    prescaler: u8,
    time: Extended,
}

// SAFETY: `time` is touched by `now` alone, which the trait allows under the kernel's mask only.
unsafe impl Sync for Nrf51Timer {}

impl Nrf51Timer {
    /// The timer at the address `timer`, whose external interrupt is `interrupt`, counting `hz`.
    ///
    /// # Panics
    /// If that is not 16 MHz divided by 1, 2, 4, up to 512; at compile time, where the driver is a static.
    ///
    /// # Safety
    /// It is a timer of 32 bits that nobody else uses, and the driver is called under the kernel's mask.
    #[must_use]
    pub const unsafe fn new(timer: usize, interrupt: u16, hz: u32) -> Self {
        assert!(hz > 0 && CLOCK_HZ.is_multiple_of(hz), "the kernel's clock is a whole part of 16 MHz");
        let divider = CLOCK_HZ / hz;
        assert!(divider.is_power_of_two() && divider <= 512, "the prescaler divides by 1, 2, 4, up to 512");
        Self { timer, interrupt, prescaler: divider.trailing_zeros() as u8, time: Extended::new() }
    }

    #[inline(always)]
    fn write(&self, register: usize, value: u32) {
        // SAFETY: by the contract of `new` this is a register of the timer.
        unsafe { ((self.timer + register) as *mut u32).write_volatile(value) }
    }

    #[inline(always)]
    fn read(&self, register: usize) -> u32 {
        // SAFETY: as above; reading has no side effect.
        unsafe { ((self.timer + register) as *const u32).read_volatile() }
    }
}

impl TimeDriver for Nrf51Timer {
    fn reset(&self) {
        self.write(STOP, 1);
        self.write(MODE, 0);
        self.write(BITMODE, 3);
        self.write(PRESCALER, self.prescaler.into());
        self.write(SHORTS, 0);
        self.write(INTENCLR, u32::MAX);
        self.write(CLEAR, 1);
    }

    fn start(&self) {
        self.write(CC_0, FARTHEST as u32);
        self.write(COMPARE_0, 0);
        self.write(INTENSET, INTERRUPT_0);
        self.write(START, 1);
        controller::enable(self.interrupt);
    }

    #[inline(always)]
    fn now(&self) -> u64 {
        self.write(CAPTURE_3, 1);
        self.time.at(self.read(CC_3))
    }

    #[inline]
    fn set_alarm(&self, at: u64) {
        let at = at.min(self.now() + FARTHEST);
        self.write(CC_0, at as u32);
        if self.now() >= at {
            controller::pend(self.interrupt);
        }
    }

    #[inline(always)]
    fn acknowledge(&self) {
        self.write(COMPARE_0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::boxed::Box;

    /// The registers of a timer. What CAPTURE copies is put into CC[3] by the test.
    struct Registers([AtomicU32; 0x550 / 4]);

    impl Registers {
        fn get(&self, register: usize) -> u32 {
            self.0[register / 4].load(Ordering::Relaxed)
        }

        fn set(&self, register: usize, value: u32) {
            self.0[register / 4].store(value, Ordering::Relaxed);
        }

        /// The counter goes on.
        fn count(&self, ticks: u32) {
            self.0[CC_3 / 4].fetch_add(ticks, Ordering::Relaxed);
        }
    }

    const INTERRUPT: u16 = 8;

    /// A timer that was used before, and counts microseconds now.
    fn reset() -> (Nrf51Timer, &'static Registers) {
        let timer = Box::leak(Box::new(Registers([const { AtomicU32::new(0) }; 0x550 / 4])));
        timer.set(SHORTS, 1);
        timer.set(MODE, 1);
        // SAFETY: this is memory that nobody else touches.
        let driver = unsafe { Nrf51Timer::new(timer.0.as_ptr().expose_provenance(), INTERRUPT, 1_000_000) };
        driver.reset();
        (driver, timer)
    }

    fn started() -> (Nrf51Timer, &'static Registers) {
        let (driver, timer) = reset();
        driver.start();
        (driver, timer)
    }

    #[test]
    fn it_stands_at_nought_until_it_is_started() {
        let (driver, timer) = reset();
        assert_eq!((timer.get(STOP), timer.get(CLEAR), timer.get(START), driver.now()), (1, 1, 0, 0));
        assert_eq!((timer.get(MODE), timer.get(BITMODE), timer.get(PRESCALER), timer.get(SHORTS)), (0, 3, 4, 0));
        assert_eq!(timer.get(INTENCLR), u32::MAX);
        driver.start();
        assert_eq!((timer.get(START), timer.get(INTENSET), driver.now()), (1, INTERRUPT_0, 0));
        assert_eq!(u64::from(timer.get(CC_0)), FARTHEST);
    }

    #[test]
    fn the_counter_is_captured_before_it_is_read() {
        let (driver, timer) = started();
        timer.count(77);
        assert_eq!((driver.now(), timer.get(CAPTURE_3)), (77, 1));
    }

    #[test]
    fn the_clock_goes_on_where_the_counter_starts_anew() {
        let (driver, timer) = started();
        timer.count(u32::MAX);
        assert_eq!(driver.now(), (1 << 32) - 1);
        timer.count(1);
        assert_eq!(driver.now(), 1 << 32);
        // Many periods, each looked at no more often than the driver promises.
        for half in 3..40_u64 {
            timer.count(1 << 31);
            assert_eq!(driver.now(), half << 31);
        }
    }

    #[test]
    fn an_alarm_is_where_the_counter_will_be() {
        let (driver, timer) = started();
        timer.count(1_000);
        driver.set_alarm(1_075);
        assert_eq!(timer.get(CC_0), 1_075);
        // 10 ticks before the counter starts anew, for 5 ticks after it.
        timer.set(CC_3, u32::MAX - 9);
        driver.set_alarm((1 << 32) + 5);
        assert_eq!(timer.get(CC_0), 5);
    }

    #[test]
    fn a_far_alarm_comes_after_half_a_period() {
        let (driver, timer) = started();
        timer.count(1_000);
        for at in [1_000 + FARTHEST + 1, 1 << 32, u64::MAX] {
            driver.set_alarm(at);
            assert_eq!(u64::from(timer.get(CC_0)), 1_000 + FARTHEST, "for {at}");
        }
    }

    #[test]
    fn the_event_is_taken_back() {
        let (driver, timer) = started();
        timer.set(COMPARE_0, 1);
        driver.acknowledge();
        assert_eq!(timer.get(COMPARE_0), 0);
    }
}
