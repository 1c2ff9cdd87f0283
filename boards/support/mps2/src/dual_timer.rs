//! The CMSDK APB dual timer (Arm DDI 0479, 4.5): two 32-bit down-counters with one interrupt, `DUALTIMER`.

use crate::CLOCK_HZ;
use crate::map::MAP;
use crate::registers::Registers;
use embedded_hal::delay::DelayNs;

/// TIMERxLOAD: the counter starts from it, and again each time it passes 0.
const LOAD: usize = 0x00;
/// TIMERxVALUE: the counter.
const VALUE: usize = 0x04;
/// TIMERxCONTROL.
const CONTROL: usize = 0x08;
/// TIMERxINTCLR: any write takes the interrupt back.
const INTCLR: usize = 0x0c;
/// TIMERxMIS: 1 while the interrupt is requested.
const MIS: usize = 0x14;
/// Bytes from the first timer's registers to the second's.
const SECOND: usize = 0x20;

/// TIMERxCONTROL: 32 bits wide.
const WIDE: u32 = 1 << 1;
/// TIMERxCONTROL: the interrupt is enabled.
const INTERRUPT: u32 = 1 << 5;
/// TIMERxCONTROL: start again from LOAD rather than from all ones.
const PERIODIC: u32 = 1 << 6;
/// TIMERxCONTROL: count.
const ENABLE: u32 = 1 << 7;

/// Which of the two timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The first.
    First,
    /// The second.
    Second,
}

impl Half {
    fn registers(self) -> Registers {
        Registers::at(MAP.dual_timer + if self == Self::First { 0 } else { SECOND })
    }
}

/// Takes a timer's interrupt back: first thing in the handler of `DUALTIMER`. Never blocks.
pub fn acknowledge(half: Half) {
    half.registers().write(INTCLR, 1);
}

/// Whether a timer requests the interrupt, for a handler that serves both. Never blocks.
#[must_use]
pub fn is_pending(half: Half) -> bool {
    half.registers().read(MIS) & 1 != 0
}

/// Both timers.
pub struct DualTimer {
    /// The first.
    pub first: Timer,
    /// The second.
    pub second: Timer,
}

impl DualTimer {
    pub(crate) const fn new(base: usize) -> Self {
        Self { first: Timer(Registers::at(base)), second: Timer(Registers::at(base + SECOND)) }
    }
}

/// One timer of the two. As `embedded-hal`'s `DelayNs` it waits by polling; a task should rather sleep.
pub struct Timer(Registers);

impl Timer {
    /// Requests the interrupt every `period_us` microseconds (1 to about 171 seconds), for ever. The interrupt's line
    /// must be enabled as well, and the handler calls [`acknowledge`].
    pub fn start_periodic(&mut self, period_us: u32) {
        let cycles = u64::from(period_us.max(1)) * u64::from(CLOCK_HZ / 1_000_000);
        self.0.write(CONTROL, 0);
        // A period is the counts from LOAD down to 0, and the one that reloads.
        self.0.write(LOAD, cycles.min(1 << 32).saturating_sub(1) as u32);
        self.0.write(INTCLR, 1);
        self.0.write(CONTROL, WIDE | INTERRUPT | PERIODIC | ENABLE);
    }

    /// Stops counting; a request that was made stays until [`acknowledge`].
    pub fn stop(&mut self) {
        self.0.write(CONTROL, 0);
    }
}

impl DelayNs for Timer {
    /// Waits at least so long, by polling.
    fn delay_ns(&mut self, nanoseconds: u32) {
        self.wait(cycles(nanoseconds.into(), 1_000_000_000));
    }

    fn delay_us(&mut self, microseconds: u32) {
        self.wait(cycles(microseconds.into(), 1_000_000));
    }

    fn delay_ms(&mut self, milliseconds: u32) {
        self.wait(cycles(milliseconds.into(), 1_000));
    }
}

impl Timer {
    fn wait(&mut self, mut cycles: u64) {
        // Free-running from all ones, so that no end of it can be missed between two looks.
        self.0.write(CONTROL, 0);
        self.0.write(LOAD, u32::MAX);
        self.0.write(CONTROL, WIDE | PERIODIC | ENABLE);
        let mut last = self.0.read(VALUE);
        loop {
            let now = self.0.read(VALUE);
            // The counter counts down.
            let passed = u64::from(last.wrapping_sub(now));
            last = now;
            if passed >= cycles {
                break;
            }
            cycles -= passed;
        }
        self.stop();
    }
}

/// Clock cycles of `count` units, `per_second` of which are a second; rounded up.
fn cycles(count: u64, per_second: u64) -> u64 {
    (count * u64::from(CLOCK_HZ)).div_ceil(per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_never_short() {
        assert_eq!(cycles(40, 1_000_000_000), 1);
        assert_eq!(cycles(41, 1_000_000_000), 2);
        assert_eq!(cycles(1, 1_000_000), 25);
        assert_eq!(cycles(u32::MAX.into(), 1_000), u64::from(u32::MAX) * 25_000);
    }

    #[test]
    fn a_period_counts_the_reload() {
        let mut memory = [0; 16];
        let mut timer = Timer(Registers::fake(&mut memory));
        timer.start_periodic(1000);
        assert_eq!(timer.0.read(LOAD), 24_999);
        // 32 bits, interrupt, periodic, enabled: bits 1, 5, 6, 7; no prescaler, not one-shot.
        assert_eq!(timer.0.read(CONTROL), 0xe2);
        timer.start_periodic(u32::MAX);
        assert_eq!(timer.0.read(LOAD), u32::MAX);
        timer.stop();
        assert_eq!(timer.0.read(CONTROL), 0);
    }
}
