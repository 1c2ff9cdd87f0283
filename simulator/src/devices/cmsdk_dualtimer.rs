//! Arm CMSDK APB dual timer (Arm DDI 0479, section "APB dual-input timers"): two down counters of 16 or 32 bits, each
//! free-running, periodic or one-shot, behind a prescaler of 1, 16 or 256.
//!
//! The raw interrupt rises when a counter reaches 0. It stays at 0 for one step and then wraps to LOAD (periodic) or to
//! all ones (free-running); a one-shot counter halts there. The clock enables are taken as always on.

use serde::{Deserialize, Serialize};

use super::{Context, Device, cmsdk_id};
use crate::clock::{ClockDomain, Picoseconds};

const LOAD: u32 = 0x00;
const VALUE: u32 = 0x04;
const CONTROL: u32 = 0x08;
const INTCLR: u32 = 0x0C;
const RIS: u32 = 0x10;
const MIS: u32 = 0x14;
const BGLOAD: u32 = 0x18;
const ITCR: u32 = 0xF00;
const ITOP: u32 = 0xF04;

const ONE_SHOT: u32 = 1 << 0;
const SIZE_32: u32 = 1 << 1;
const INTEN: u32 = 1 << 5;
const PERIODIC: u32 = 1 << 6;
const ENABLE: u32 = 1 << 7;
const CONTROL_BITS: u32 = 0xEF;

/// One of the two counters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counter {
    control: u32,
    load: u32,
    raw: bool,
    /// VALUE at tick `since`, where a step of the prescaler fell.
    value: u32,
    since: u64,
}

impl Default for Counter {
    fn default() -> Self {
        Self { control: INTEN, load: 0, raw: false, value: u32::MAX, since: 0 }
    }
}

impl Counter {
    fn is(&self, bit: u32) -> bool {
        self.control & bit != 0
    }

    fn mask(&self) -> u32 {
        if self.is(SIZE_32) { u32::MAX } else { 0xFFFF }
    }

    /// Clocks of a step. The prescaler's setting 3 is undefined; here it is as 2.
    fn step(&self) -> u64 {
        match self.control >> 2 & 3 {
            0 => 1,
            1 => 16,
            _ => 256,
        }
    }

    /// What follows 0.
    fn wrap(&self) -> u32 {
        if self.is(PERIODIC) { self.load & self.mask() } else { self.mask() }
    }

    fn value_at(&self, tick: u64) -> u32 {
        let low = u64::from(self.value & self.mask());
        let steps = if self.is(ENABLE) { tick.saturating_sub(self.since) / self.step() } else { 0 };
        let low = match steps.checked_sub(low + 1) {
            None => low - steps,
            Some(_) if self.is(ONE_SHOT) => 0,
            Some(beyond) => u64::from(self.wrap()) - beyond % (u64::from(self.wrap()) + 1),
        };
        (self.value & !self.mask()) | low as u32
    }

    /// The first step that reaches 0 after `since`.
    fn next_zero(&self) -> Option<u64> {
        if !self.is(ENABLE) {
            return None;
        }
        let low = u64::from(self.value & self.mask());
        let steps = if low > 0 {
            low
        } else if self.is(ONE_SHOT) || self.wrap() == 0 {
            return None;
        } else {
            u64::from(self.wrap()) + 1
        };
        Some(self.since + steps * self.step())
    }

    /// Makes `tick` the point from which the counter is computed, and keeps the prescaler's phase.
    fn settle(&mut self, tick: u64) {
        self.value = self.value_at(tick);
        self.since = if self.is(ENABLE) { tick - tick.saturating_sub(self.since) % self.step() } else { tick };
    }

    fn read(&self, register: u32, tick: u64) -> Option<u32> {
        Some(match register {
            LOAD | BGLOAD => self.load,
            VALUE => self.value_at(tick),
            CONTROL => self.control,
            INTCLR => 0,
            RIS => u32::from(self.raw),
            MIS => u32::from(self.raw && self.is(INTEN)),
            _ => return None,
        })
    }

    fn write(&mut self, register: u32, value: u32, tick: u64) -> bool {
        self.settle(tick);
        match register {
            LOAD => {
                self.load = value;
                self.value = value;
                self.since = tick;
                // "If the load register is set to 0 an interrupt is generated immediately."
                if value & self.mask() == 0 && self.is(ENABLE) && self.is(PERIODIC | ONE_SHOT) {
                    self.raw = true;
                }
            }
            BGLOAD => self.load = value,
            CONTROL => {
                self.control = value & CONTROL_BITS;
                self.since = tick;
            }
            INTCLR => self.raw = false,
            VALUE | RIS | MIS => {}
            _ => return false,
        }
        true
    }
}

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CmsdkDualTimer {
    counters: [Counter; 2],
    test: bool,
    test_outputs: u32,
}

impl CmsdkDualTimer {
    fn interrupts(&self) -> u32 {
        if self.test {
            return self.test_outputs;
        }
        let [first, second] = &self.counters;
        u32::from(first.raw && first.is(INTEN)) | u32::from(second.raw && second.is(INTEN)) << 1
    }
}

impl Device for CmsdkDualTimer {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        let found = match offset {
            0..0x40 => self.counters[(offset >> 5) as usize].read(offset & 0x1F, context.ticks()),
            ITCR => Some(u32::from(self.test)),
            ITOP => Some(0),
            _ => cmsdk_id::register(0x23, offset),
        };
        found.unwrap_or_else(|| {
            context.unmodelled();
            0
        })
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let known = match offset {
            0..0x40 => self.counters[(offset >> 5) as usize].write(offset & 0x1F, value, context.ticks()),
            ITCR => {
                self.test = value & 1 != 0;
                true
            }
            ITOP => {
                self.test_outputs = value & 3;
                true
            }
            _ => cmsdk_id::register(0x23, offset).is_some(),
        };
        if !known {
            context.unmodelled();
        }
    }

    fn deadline(&self, clock: &ClockDomain) -> Option<Picoseconds> {
        let due = self.counters.iter().filter(|counter| !counter.raw).filter_map(Counter::next_zero).min();
        due.map(|tick| clock.time_of(tick))
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let now = context.ticks();
        for counter in &mut self.counters {
            if !counter.raw && counter.next_zero().is_some_and(|at| at <= now) {
                counter.settle(now);
                counter.raw = true;
            }
        }
    }

    /// Line 0: combined, 1: the first counter, 2: the second.
    fn lines(&self) -> u32 {
        let interrupts = self.interrupts();
        interrupts << 1 | u32::from(interrupts != 0)
    }

    fn line(&self, interrupt: &str) -> Option<u8> {
        Some(match interrupt {
            name if name.ends_with("_1") => 1,
            name if name.ends_with("_2") => 2,
            _ => 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    /// DDI 0479, table "APB dual timer register summary": LOAD 0, VALUE 0xFFFFFFFF, CONTROL 0x20; PID0 0x23.
    #[test]
    fn reset_values() {
        let mut bench = Bench::<CmsdkDualTimer>::new();
        for base in [0x00, 0x20] {
            assert_eq!(bench.read(base + LOAD), 0);
            assert_eq!(bench.read(base + VALUE), 0xFFFF_FFFF);
            assert_eq!(bench.read(base + CONTROL), 0x20);
            assert_eq!((bench.read(base + RIS), bench.read(base + MIS), bench.read(base + BGLOAD)), (0, 0, 0));
        }
        assert_eq!((bench.read(ITCR), bench.read(0xFE0), bench.unmodelled), (0, 0x23, 0));
        bench.read(0x1C);
        bench.write(0x40, 0);
        assert_eq!(bench.unmodelled, 2);
    }

    #[test]
    fn periodic_32_bit() {
        let mut bench = Bench::<CmsdkDualTimer>::new();
        bench.at(10).write(CONTROL, SIZE_32 | PERIODIC | INTEN).write(LOAD, 4);
        bench.write(CONTROL, SIZE_32 | PERIODIC | INTEN | ENABLE);
        let values: Vec<_> = (10..18).map(|tick| bench.at(tick).read(VALUE)).collect();
        assert_eq!(values, [4, 3, 2, 1, 0, 4, 3, 2]);
        assert_eq!((bench.read(RIS), bench.read(MIS), bench.device.lines()), (1, 1, 0b011));
        bench.write(INTCLR, 0);
        assert_eq!((bench.read(RIS), bench.device.lines(), bench.due()), (0, 0, Some(19)));
    }

    #[test]
    fn sixteen_bits_wrap_below_a_still_upper_half() {
        let mut bench = Bench::<CmsdkDualTimer>::new();
        bench.write(0x20 + LOAD, 0xABCD_0001).write(0x20 + CONTROL, ENABLE);
        let values: Vec<_> = (0..4).map(|tick| bench.at(tick).read(0x20 + VALUE)).collect();
        assert_eq!(values, [0xABCD_0001, 0xABCD_0000, 0xABCD_FFFF, 0xABCD_FFFE]);
        assert_eq!((bench.read(0x20 + RIS), bench.read(0x20 + MIS)), (1, 0), "raw without the enable");
        assert_eq!(bench.device.lines(), 0);
        bench.write(0x20 + CONTROL, ENABLE | INTEN);
        assert_eq!(bench.device.lines(), 0b101);
    }

    #[test]
    fn prescaler_counts_sixteen_and_two_hundred_fifty_six() {
        for (setting, divisor) in [(1_u32, 16_u64), (2, 256)] {
            let mut bench = Bench::<CmsdkDualTimer>::new();
            bench.write(LOAD, 10).write(CONTROL, SIZE_32 | PERIODIC | ENABLE | setting << 2);
            assert_eq!(bench.at(divisor - 1).read(VALUE), 10);
            assert_eq!(bench.at(divisor).read(VALUE), 9);
            assert_eq!(bench.due(), Some(10 * divisor));
            // Reading in the middle and a background load do not disturb the phase.
            bench.at(divisor + 5).write(BGLOAD, 3);
            assert_eq!(bench.due(), Some(10 * divisor));
            assert_eq!(bench.at(11 * divisor).read(VALUE), 3);
        }
    }

    #[test]
    fn one_shot_halts_until_loaded() {
        let mut bench = Bench::<CmsdkDualTimer>::new();
        bench.write(LOAD, 5).write(CONTROL, SIZE_32 | ONE_SHOT | ENABLE | INTEN);
        assert_eq!(bench.at(5).device.lines(), 0b011);
        bench.write(INTCLR, 1);
        assert_eq!((bench.at(500).read(VALUE), bench.due()), (0, None));
        bench.write(LOAD, 8);
        assert_eq!(bench.due(), Some(508));
    }

    #[test]
    fn load_zero_interrupts_at_once() {
        let mut bench = Bench::<CmsdkDualTimer>::new();
        bench.write(CONTROL, SIZE_32 | PERIODIC | ENABLE | INTEN).write(LOAD, 0);
        assert_eq!((bench.read(RIS), bench.read(VALUE)), (1, 0));
    }

    #[test]
    fn test_mode_drives_the_outputs() {
        let mut bench = Bench::<CmsdkDualTimer>::new();
        bench.write(ITOP, 0b10);
        assert_eq!(bench.device.lines(), 0);
        bench.write(ITCR, 1);
        assert_eq!(bench.device.lines(), 0b101);
    }

    #[test]
    fn both_counters_at_one_tick_fire_together() {
        let mut bench = Bench::<CmsdkDualTimer>::new();
        for base in [0x00, 0x20] {
            bench.write(base + LOAD, 50).write(base + CONTROL, SIZE_32 | PERIODIC | ENABLE | INTEN);
        }
        assert_eq!(bench.at(49).device.lines(), 0);
        assert_eq!(bench.at(50).device.lines(), 0b111);
    }
}
