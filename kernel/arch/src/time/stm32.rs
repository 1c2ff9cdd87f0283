//! A 32-bit general-purpose timer of an STM32 (TIM2, TIM5) as clock and alarm.
//!
//! The counter runs freely up and is never written after the start; a compare channel is the alarm. The time's upper
//! half is kept in software and grows whenever the time is read. It is read at least every 2^31 ticks, since the alarm is
//! never set farther ahead; so the update event, which could count the periods, is not needed, and neither is a look at
//! its flag each time the counter is read.
//!
//! The compare channel compares for equality: an alarm for a moment that has come already, or comes while it is being
//! set, would be a period late. So the counter is looked at once more afterwards.
//!
//! Sections and tables are those of ST's RM0090 (STM32F4).
#![expect(unsafe_code, reason = "registers of the timer and of its clock")]

use super::TimeDriver;
use super::counter::{Extended, FARTHEST};
use crate::controller;

/// CR1 (18.4.1): bit 0 enables the counter, which then counts up.
const CR1: usize = 0x00;
/// DIER (18.4.4): which events ask for an interrupt.
const DIER: usize = 0x0c;
/// SR (18.4.5): which events happened. A 0 takes one back, a 1 changes nothing.
const SR: usize = 0x10;
/// EGR (18.4.6): makes an event happen.
const EGR: usize = 0x14;
/// CNT (18.4.10): the counter.
const CNT: usize = 0x24;
/// PSC (18.4.11): input clocks a tick, less 1; an update event makes it count.
const PSC: usize = 0x28;
/// ARR (18.4.12): the counter's last value before 0.
const ARR: usize = 0x2c;
/// CCR1 (18.4.13): what channel 1 compares the counter with, at once where it has no preload (CCMR1 after reset).
const CCR1: usize = 0x34;

/// CR1.CEN.
const ENABLE: u32 = 1 << 0;
/// EGR.UG: an update.
const UPDATE: u32 = 1 << 0;
/// DIER.CC1IE, SR.CC1IF, EGR.CC1G: channel 1.
const CHANNEL_1: u32 = 1 << 1;

/// RCC APB1RSTR (7.3.8): a bit holds a peripheral in reset.
const APB1RSTR: usize = 0x20;
/// RCC APB1ENR (7.3.13): a bit lets a peripheral's clock through.
const APB1ENR: usize = 0x40;

/// A clock and an alarm of one 32-bit timer on APB1.
pub struct Stm32Timer {
    timer: usize,
    rcc: usize,
    /// Its bit in APB1ENR and APB1RSTR.
    bit: u32,
    /// Its external interrupt.
    interrupt: u16,
    /// Input clocks a tick, less 1.
    prescaler: u16,
    time: Extended,
}

// SAFETY: `time` is touched by `now` alone, which the trait allows under the kernel's mask only.
unsafe impl Sync for Stm32Timer {}

impl Stm32Timer {
    /// The timer at the address `timer`, whose external interrupt is `interrupt`, and whose clock is bit `enable` of
    /// APB1ENR in the clock controller at `rcc`. Once the firmware's `main` has returned, that clock has `clock_hz`; the
    /// kernel's has `hz`.
    ///
    /// # Panics
    /// If no prescaler (1 to 65536) makes the one from the other; at compile time, where the driver is a static.
    ///
    /// # Safety
    /// It is such a timer and nobody else uses it, `rcc` is a clock controller with the layout of the STM32F4's, and the
    /// driver is called under the kernel's mask.
    #[must_use]
    pub const unsafe fn new(timer: usize, interrupt: u16, rcc: usize, enable: u32, clock_hz: u32, hz: u32) -> Self {
        assert!(hz > 0 && clock_hz.is_multiple_of(hz), "the kernel's clock is a whole part of the timer's");
        let divider = clock_hz / hz;
        assert!(divider >= 1 && divider <= 1 << 16, "the prescaler divides by 1 to 65536");
        assert!(enable < 32, "a register has 32 bits");
        Self { timer, rcc, bit: 1 << enable, interrupt, prescaler: (divider - 1) as u16, time: Extended::new() }
    }

    #[inline(always)]
    fn write(&self, register: usize, value: u32) {
        write(self.timer + register, value);
    }
}

#[inline(always)]
fn write(address: usize, value: u32) {
    // SAFETY: by the contract of `Stm32Timer::new` this is a register of the timer or of its clock.
    unsafe { (address as *mut u32).write_volatile(value) }
}

#[inline(always)]
fn read(address: usize) -> u32 {
    // SAFETY: as above; reading has no side effect.
    unsafe { (address as *const u32).read_volatile() }
}

impl TimeDriver for Stm32Timer {
    fn reset(&self) {
        let (enable, reset) = (self.rcc + APB1ENR, self.rcc + APB1RSTR);
        write(enable, read(enable) | self.bit);
        // The clock comes through some cycles later (errata sheet ES0182, "Delay after an RCC peripheral clock enabling");
        // a read waits long enough.
        let _ = read(enable);
        write(reset, read(reset) | self.bit);
        write(reset, read(reset) & !self.bit);
        self.write(PSC, self.prescaler.into());
        self.write(ARR, u32::MAX);
        self.write(EGR, UPDATE);
        self.write(SR, 0);
    }

    fn start(&self) {
        self.write(CCR1, FARTHEST as u32);
        self.write(DIER, CHANNEL_1);
        self.write(CR1, ENABLE);
        controller::enable(self.interrupt);
    }

    #[inline(always)]
    fn now(&self) -> u64 {
        self.time.at(read(self.timer + CNT))
    }

    #[inline]
    fn set_alarm(&self, at: u64) {
        let at = at.min(self.now() + FARTHEST);
        self.write(CCR1, at as u32);
        if self.now() >= at {
            self.write(EGR, CHANNEL_1);
        }
    }

    #[inline(always)]
    fn acknowledge(&self) {
        self.write(SR, !CHANNEL_1);
    }
}

#[cfg(test)]
mod tests {
    use super::{APB1ENR, APB1RSTR, ARR, CCR1, CHANNEL_1, CNT, CR1, DIER, EGR, FARTHEST, PSC, SR, Stm32Timer, UPDATE};
    use crate::time::TimeDriver;
    use core::sync::atomic::{AtomicU32, Ordering};
    use std::boxed::Box;

    /// The registers of a timer, which count when they are told to, or of a clock controller.
    struct Registers([AtomicU32; 32]);

    impl Registers {
        fn new() -> &'static Self {
            Box::leak(Box::new(Self([const { AtomicU32::new(0) }; 32])))
        }

        fn base(&'static self) -> usize {
            self.0.as_ptr().expose_provenance()
        }

        fn get(&self, register: usize) -> u32 {
            self.0[register / 4].load(Ordering::Relaxed)
        }

        fn set(&self, register: usize, value: u32) {
            self.0[register / 4].store(value, Ordering::Relaxed);
        }

        fn count(&self, ticks: u32) {
            self.0[CNT / 4].fetch_add(ticks, Ordering::Relaxed);
        }
    }

    /// TIM5 with 84 MHz, counting microseconds. Other peripherals' clocks run already, and one is held in reset.
    fn reset() -> (Stm32Timer, &'static Registers, &'static Registers) {
        let (timer, rcc) = (Registers::new(), Registers::new());
        rcc.set(APB1ENR, 1 << 17);
        rcc.set(APB1RSTR, 1 << 21);
        // SAFETY: both are memory that nobody else touches.
        let driver = unsafe { Stm32Timer::new(timer.base(), 50, rcc.base(), 3, 84_000_000, 1_000_000) };
        driver.reset();
        (driver, timer, rcc)
    }

    fn started() -> (Stm32Timer, &'static Registers) {
        let (driver, timer, _) = reset();
        driver.start();
        timer.set(EGR, 0);
        (driver, timer)
    }

    #[test]
    fn it_gets_its_clock_and_comes_out_of_reset_alone() {
        let (_, _, rcc) = reset();
        assert_eq!((rcc.get(APB1ENR), rcc.get(APB1RSTR)), (1 << 17 | 1 << 3, 1 << 21));
    }

    #[test]
    fn it_stands_at_nought_until_it_is_started() {
        let (driver, timer, _) = reset();
        assert_eq!((driver.now(), timer.get(CR1)), (0, 0));
        // 84 clocks a tick, and the update that makes the prescaler take it; its flag is taken back.
        assert_eq!((timer.get(PSC), timer.get(ARR), timer.get(EGR), timer.get(SR)), (83, u32::MAX, UPDATE, 0));
        driver.start();
        assert_eq!((driver.now(), timer.get(CR1), timer.get(DIER)), (0, 1, CHANNEL_1));
        assert_eq!(u64::from(timer.get(CCR1)), FARTHEST);
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
        assert_eq!((timer.get(CCR1), timer.get(EGR)), (1_075, 0));
        // 10 ticks before the counter starts anew, for 5 ticks after it.
        timer.set(CNT, u32::MAX - 9);
        driver.set_alarm((1 << 32) + 5);
        assert_eq!((timer.get(CCR1), timer.get(EGR)), (5, 0));
    }

    #[test]
    fn an_alarm_for_now_or_before_comes_at_once() {
        let (driver, timer) = started();
        timer.count(1_000);
        for at in [0, 999, 1_000] {
            timer.set(EGR, 0);
            driver.set_alarm(at);
            assert_eq!(timer.get(EGR), CHANNEL_1, "for {at}");
        }
    }

    #[test]
    fn a_far_alarm_comes_after_half_a_period() {
        let (driver, timer) = started();
        timer.count(1_000);
        for at in [1_000 + FARTHEST + 1, 1 << 32, u64::MAX] {
            driver.set_alarm(at);
            assert_eq!((u64::from(timer.get(CCR1)), timer.get(EGR)), (1_000 + FARTHEST, 0), "for {at}");
        }
    }

    #[test]
    fn the_alarms_flag_alone_is_taken_back() {
        let (driver, timer) = started();
        driver.acknowledge();
        // A 1 changes nothing in SR.
        assert_eq!(timer.get(SR), !CHANNEL_1);
    }
}
