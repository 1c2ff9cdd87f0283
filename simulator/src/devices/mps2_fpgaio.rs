//! FPGA system control and I/O of the MPS2 images (Arm DAI 0385, table "FPGA system control and I/O"): two user LEDs,
//! two buttons, counters of 1 Hz, 100 Hz and of the peripheral clock behind a prescaler.
//!
//! MISC drives chip selects and the display's lines, none of which is modelled: it reads as written.

use serde::{Deserialize, Serialize};

use super::{Context, Device};
use crate::clock::{Picoseconds, SECOND};

const LED0: u32 = 0x00;
const BUTTON: u32 = 0x08;
const CLK1HZ: u32 = 0x10;
const CLK100HZ: u32 = 0x14;
const COUNTER: u32 = 0x18;
const PRESCALE: u32 = 0x1C;
const PSCNTR: u32 = 0x20;
const MISC: u32 = 0x4C;

/// A counter that steps at a fixed rate from the time it was last written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Clock {
    value: u32,
    since: Picoseconds,
}

impl Clock {
    fn read(&self, now: Picoseconds, period: Picoseconds) -> u32 {
        self.value.wrapping_add((now.saturating_sub(self.since) / period) as u32)
    }
}

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mps2FpgaIo {
    led: u32,
    button: u32,
    hertz_1: Clock,
    hertz_100: Clock,
    /// COUNTER and PSCNTR at tick `since`.
    counter: u32,
    pscntr: u32,
    since: u64,
    prescale: u32,
    misc: u32,
}

impl Mps2FpgaIo {
    /// The LEDs that are on, bit n for LED n.
    #[must_use]
    pub fn leds(&self) -> u32 {
        self.led
    }

    /// Presses (1) and releases (0) the buttons, bit n for button n.
    pub fn set_buttons(&mut self, pressed: u32) {
        self.button = pressed & 0b11;
    }

    /// PSCNTR counts down; the clock after 0 reloads it from PRESCALE and steps COUNTER.
    fn counters_at(&self, tick: u64) -> (u32, u32) {
        let elapsed = tick.saturating_sub(self.since);
        match elapsed.checked_sub(u64::from(self.pscntr) + 1) {
            None => (self.counter, self.pscntr - elapsed as u32),
            Some(beyond) => {
                let period = u64::from(self.prescale) + 1;
                let steps = (beyond / period) as u32;
                (self.counter.wrapping_add(1).wrapping_add(steps), self.prescale - (beyond % period) as u32)
            }
        }
    }

    fn settle(&mut self, tick: u64) {
        (self.counter, self.pscntr) = self.counters_at(tick);
        self.since = tick;
    }
}

impl Device for Mps2FpgaIo {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            LED0 => self.led,
            BUTTON => self.button,
            CLK1HZ => self.hertz_1.read(context.now, SECOND),
            CLK100HZ => self.hertz_100.read(context.now, SECOND / 100),
            COUNTER => self.counters_at(context.ticks()).0,
            PRESCALE => self.prescale,
            PSCNTR => self.counters_at(context.ticks()).1,
            MISC => self.misc,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        self.settle(context.ticks());
        let clock = Clock { value, since: context.now };
        match offset {
            LED0 => self.led = value & 0b11,
            BUTTON => {}
            CLK1HZ => self.hertz_1 = clock,
            CLK100HZ => self.hertz_100 = clock,
            COUNTER => self.counter = value,
            PRESCALE => self.prescale = value,
            PSCNTR => self.pscntr = value,
            MISC => self.misc = value,
            _ => context.unmodelled(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    /// DAI 0385: offsets, and everything 0 after reset.
    #[test]
    fn reset_values() {
        let mut bench = Bench::<Mps2FpgaIo>::new();
        for offset in [LED0, BUTTON, CLK1HZ, CLK100HZ, COUNTER, PRESCALE, PSCNTR, MISC] {
            assert_eq!(bench.read(offset), 0, "offset {offset:#x}");
        }
        assert_eq!(bench.unmodelled, 0);
        bench.read(0x28);
        assert_eq!(bench.unmodelled, 1);
    }

    #[test]
    fn leds_and_buttons_are_two() {
        let mut bench = Bench::<Mps2FpgaIo>::new();
        bench.write(LED0, 0xFF);
        assert_eq!((bench.read(LED0), bench.device.leds()), (3, 3));
        bench.device.set_buttons(0b10);
        bench.write(BUTTON, 0);
        assert_eq!(bench.read(BUTTON), 0b10);
    }

    /// 25,000,000 ticks a second.
    #[test]
    fn slow_clocks() {
        let mut bench = Bench::<Mps2FpgaIo>::new();
        bench.at(24_999_999);
        assert_eq!((bench.read(CLK1HZ), bench.read(CLK100HZ)), (0, 99));
        bench.at(25_000_000);
        assert_eq!((bench.read(CLK1HZ), bench.read(CLK100HZ)), (1, 100));
        bench.write(CLK1HZ, 41);
        assert_eq!(bench.at(50_000_000).read(CLK1HZ), 42);
        assert_eq!(bench.read(CLK100HZ), 200);
    }

    /// PRESCALE 5, PSCNTR 7: 7 6 5 4 3 2 1 0 5 4 3 2 1 0 5, a count at each reload.
    #[test]
    fn prescaled_counter() {
        let mut bench = Bench::<Mps2FpgaIo>::new();
        bench.write(PRESCALE, 5).write(COUNTER, 100).write(PSCNTR, 7);
        let mut seen = Vec::new();
        for tick in 0..15 {
            bench.at(tick);
            seen.push((bench.read(PSCNTR), bench.read(COUNTER)));
        }
        let down = [7, 6, 5, 4, 3, 2, 1, 0, 5, 4, 3, 2, 1, 0, 5];
        let count = [100, 100, 100, 100, 100, 100, 100, 100, 101, 101, 101, 101, 101, 101, 102];
        assert_eq!(seen, down.into_iter().zip(count).collect::<Vec<_>>());
    }

    #[test]
    fn without_prescaler_it_counts_each_clock() {
        let mut bench = Bench::<Mps2FpgaIo>::new();
        assert_eq!(bench.at(1_000_000).read(COUNTER), 1_000_000);
        assert_eq!(bench.read(PSCNTR), 0);
    }
}
