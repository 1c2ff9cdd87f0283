//! CLOCK (RM 13), and what is modelled of POWER (RM 12), which has the same addresses and the same interrupt.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x000, 0x004 | HFCLKSTART, HFCLKSTOP | tasks: the 16 MHz crystal |
//! | 0x008, 0x00C | LFCLKSTART, LFCLKSTOP | tasks: the 32.768 kHz clock |
//! | 0x100, 0x104 | HFCLKSTARTED, LFCLKSTARTED | events |
//! | 0x400 | RESETREAS | w1c: 3 LOCKUP, 2 SREQ, 1 DOG, 0 RESETPIN: why there was a reset |
//! | 0x408, 0x40C | HFCLKRUN, HFCLKSTAT | was it started; 16 STATE, 0 SRC (1 is the crystal) |
//! | 0x414, 0x418 | LFCLKRUN, LFCLKSTAT | was it started; 16 STATE, 1:0 SRC |
//! | 0x41C | LFCLKSRCCOPY | LFCLKSRC when the clock was started |
//! | 0x518 | LFCLKSRC | 1:0: 0 RC oscillator, 1 crystal, 2 from the fast clock |
//! | 0x51C | GPREGRET | 7:0, outlives all resets but power-on |
//!
//! The chip runs from its 16 MHz RC oscillator and changes to the crystal when that has started; both have 16 MHz here, and
//! so have all sources of the slow clock 32.768 kHz. The crystals start in the times that the data sheet calls typical,
//! whether the board has them or not: a BBC micro:bit has none for the slow clock.
//!
//! Not modelled: calibration (CAL, DONE) and its timer (CTSTART, CTSTOP, CTTO), XTALFREQ, all other registers of POWER.

use serde::{Deserialize, Serialize};

use super::super::{ClockChange, Context, Device, ResetCause};
use super::TRIGGER;
use super::events::Events;
use crate::clock::{ClockDomain, MILLISECOND, Picoseconds};

const HFCLKSTART: u32 = 0x000;
const HFCLKSTOP: u32 = 0x004;
const LFCLKSTART: u32 = 0x008;
const LFCLKSTOP: u32 = 0x00C;
const RESETREAS: u32 = 0x400;
const HFCLKRUN: u32 = 0x408;
const HFCLKSTAT: u32 = 0x40C;
const LFCLKRUN: u32 = 0x414;
const LFCLKSTAT: u32 = 0x418;
const LFCLKSRCCOPY: u32 = 0x41C;
const LFCLKSRC: u32 = 0x518;
const GPREGRET: u32 = 0x51C;

const HFCLKSTARTED: u32 = 1 << 0;
const LFCLKSTARTED: u32 = 1 << 1;

const STATE: u32 = 1 << 16;
const SOURCE_CRYSTAL: u32 = 1;

const RESET_PIN: u32 = 1 << 0;
const RESET_DOG: u32 = 1 << 1;
const RESET_SREQ: u32 = 1 << 2;

/// Until an oscillator runs (PS 8.1): the 16 MHz crystal, the slow RC oscillator, the slow crystal. For the slow clock that
/// is made from the fast one nothing is given; it takes what the RC oscillator takes.
const FAST_CRYSTAL: Picoseconds = MILLISECOND * 4 / 10;
const SLOW_RC: Picoseconds = MILLISECOND * 39 / 100;
const SLOW_CRYSTAL: Picoseconds = 300 * MILLISECOND;

/// The slow clock, as chip files name it.
const SLOW_CLOCK: &str = "lfclk";

/// An oscillator on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Oscillator {
    #[default]
    Off,
    /// It runs from then on.
    Starting(Picoseconds),
    Running,
}

impl Oscillator {
    fn start(&mut self, at: Picoseconds) {
        if *self == Self::Off {
            *self = Self::Starting(at);
        }
    }

    /// Whether it has just come to run.
    fn settle(&mut self, now: Picoseconds) -> bool {
        let comes = matches!(self, Self::Starting(at) if *at <= now);
        if comes {
            *self = Self::Running;
        }
        comes
    }

    fn due(self) -> Option<Picoseconds> {
        match self {
            Self::Starting(at) => Some(at),
            _ => None,
        }
    }

    fn state(self) -> u32 {
        if self == Self::Running { STATE } else { 0 }
    }
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Clock {
    events: Events,
    fast: Oscillator,
    slow: Oscillator,
    slow_source: u32,
    slow_source_copy: u32,
    reset_reason: u32,
    retained: u32,
}

impl Default for Nrf51Clock {
    fn default() -> Self {
        Self {
            events: Events::new(HFCLKSTARTED | LFCLKSTARTED),
            fast: Oscillator::Off,
            slow: Oscillator::Off,
            slow_source: 0,
            slow_source_copy: 0,
            reset_reason: 0,
            retained: 0,
        }
    }
}

/// The slow clock, running or not: without an oscillator its next tick is at the end of time.
fn slow_clock(runs: bool) -> ClockChange {
    let (numerator, denominator) = if runs { (32_768, 1) } else { (1, u64::MAX) };
    ClockChange { name: SLOW_CLOCK, numerator, denominator }
}

impl Nrf51Clock {
    fn task(&mut self, task: u32, context: &mut Context<'_>) {
        match task {
            HFCLKSTART => self.fast.start(context.now + FAST_CRYSTAL),
            HFCLKSTOP => self.fast = Oscillator::Off,
            LFCLKSTART if self.slow == Oscillator::Off => {
                self.slow_source_copy = self.slow_source;
                let time = if self.slow_source == SOURCE_CRYSTAL { SLOW_CRYSTAL } else { SLOW_RC };
                self.slow.start(context.now + time);
            }
            LFCLKSTOP => {
                self.slow = Oscillator::Off;
                context.set_clock(slow_clock(false));
            }
            _ => {}
        }
    }
}

impl Device for Nrf51Clock {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        let started = |oscillator: Oscillator| u32::from(oscillator != Oscillator::Off);
        match offset {
            HFCLKSTART | HFCLKSTOP | LFCLKSTART | LFCLKSTOP => 0,
            RESETREAS => self.reset_reason,
            HFCLKRUN => started(self.fast),
            // Somebody reads this: the fast clock runs.
            HFCLKSTAT => STATE | if self.fast == Oscillator::Running { SOURCE_CRYSTAL } else { 0 },
            LFCLKRUN => started(self.slow),
            LFCLKSTAT => match self.slow.state() {
                0 => 0,
                running => running | self.slow_source_copy,
            },
            LFCLKSRCCOPY => self.slow_source_copy,
            LFCLKSRC => self.slow_source,
            GPREGRET => self.retained,
            _ => self.events.read(offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            HFCLKSTART | HFCLKSTOP | LFCLKSTART | LFCLKSTOP => {
                if value == TRIGGER {
                    self.task(offset, context);
                }
            }
            RESETREAS => self.reset_reason &= !value,
            HFCLKRUN | HFCLKSTAT | LFCLKRUN | LFCLKSTAT | LFCLKSRCCOPY => {}
            LFCLKSRC => self.slow_source = value & 0b11,
            GPREGRET => self.retained = value & 0xFF,
            _ if self.events.write(offset, value) => {}
            _ => context.unmodelled(),
        }
    }

    fn deadline(&self, _: &ClockDomain) -> Option<Picoseconds> {
        self.fast.due().into_iter().chain(self.slow.due()).min()
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        if self.fast.settle(context.now) {
            self.events.raise(HFCLKSTARTED);
        }
        if self.slow.settle(context.now) {
            context.set_clock(slow_clock(true));
            self.events.raise(LFCLKSTARTED);
        }
    }

    fn lines(&self) -> u32 {
        self.events.lines()
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn clocks(&self) -> Option<Vec<ClockChange>> {
        Some(vec![slow_clock(false)])
    }

    /// The reasons add up until firmware clears them (RM 12.1.13).
    fn reset(&mut self, cause: ResetCause, context: &mut Context<'_>) -> bool {
        let (reason, retained) = match cause {
            ResetCause::Power => (0, 0),
            ResetCause::Pin => (self.reset_reason | RESET_PIN, self.retained),
            ResetCause::Watchdog => (self.reset_reason | RESET_DOG, self.retained),
            ResetCause::Software => (self.reset_reason | RESET_SREQ, self.retained),
            ResetCause::Peripheral => (self.reset_reason, self.retained),
        };
        *self = Self { reset_reason: reason, retained, ..Self::default() };
        context.set_clock(slow_clock(false));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    const EVENT_HFCLKSTARTED: u32 = 0x100;
    const EVENT_LFCLKSTARTED: u32 = 0x104;
    const INTENSET: u32 = 0x304;

    /// Ticks are of 16 MHz.
    fn bench() -> Bench<Nrf51Clock> {
        Bench::of(Nrf51Clock::default(), 16_000_000)
    }

    /// RM 12.2 and 13.2: registers, their reset values, and the bits that can be written.
    #[test]
    fn registers() {
        let mut bench = bench();
        for (offset, reset, ones) in [
            (0x000, 0, 0),
            (0x00C, 0, 0),
            (0x100, 0, 0),
            (0x104, 0, 0),
            (0x304, 0, 3),
            (0x400, 0, 0),
            (0x408, 0, 0),
            (0x414, 0, 0),
            (0x418, 0, 0),
            (0x41C, 0, 0),
            (0x518, 0, 3),
            (0x51C, 0, 0xFF),
        ] {
            assert_eq!(bench.read(offset), reset, "{offset:#x} after reset");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), ones, "{offset:#x} with ones");
        }
        assert_eq!((bench.read(HFCLKSTAT), bench.unmodelled), (STATE, 0));
        bench.write(0x010, 1).read(0x550);
        assert_eq!(bench.unmodelled, 2, "CAL, XTALFREQ");
    }

    #[test]
    fn the_fast_crystal_takes_its_time() {
        let mut bench = bench();
        bench.write(INTENSET, HFCLKSTARTED).write(HFCLKSTART, 1);
        assert_eq!((bench.read(HFCLKRUN), bench.read(HFCLKSTAT), bench.due()), (1, STATE, Some(6400)));
        assert_eq!(bench.at(6399).read(EVENT_HFCLKSTARTED), 0);
        assert_eq!((bench.at(6400).read(EVENT_HFCLKSTARTED), bench.device.lines()), (1, 1));
        assert_eq!(bench.read(HFCLKSTAT), STATE | 1);
        bench.write(HFCLKSTOP, 1);
        assert_eq!((bench.read(HFCLKRUN), bench.read(HFCLKSTAT)), (0, STATE));
    }

    #[test]
    fn the_slow_clock_runs_when_its_oscillator_does() {
        for (source, ticks) in [(0, 6240), (1, 4_800_000), (2, 6240)] {
            let mut bench = bench();
            bench.write(LFCLKSRC, source).write(LFCLKSTART, 1).write(LFCLKSRC, 3);
            assert_eq!((bench.read(LFCLKRUN), bench.read(LFCLKSTAT), bench.due()), (1, 0, Some(ticks)));
            assert_eq!(bench.clocks, []);
            assert_eq!(bench.at(ticks).read(EVENT_LFCLKSTARTED), 1);
            assert_eq!(bench.clocks, [slow_clock(true)]);
            assert_eq!((bench.read(LFCLKSTAT), bench.read(LFCLKSRCCOPY)), (STATE | source, source));
            bench.write(LFCLKSTOP, 1);
            assert_eq!((bench.clocks[1], bench.read(LFCLKSTAT)), (slow_clock(false), 0));
        }
    }

    #[test]
    fn resets_leave_their_reason_and_what_is_retained() {
        let mut bench = bench();
        bench.write(GPREGRET, 0x5A).write(HFCLKSTART, 1).at(10_000);
        for (cause, reason) in [(ResetCause::Software, 4), (ResetCause::Watchdog, 6), (ResetCause::Pin, 7)] {
            assert!(bench.reset(cause));
            assert_eq!((bench.read(RESETREAS), bench.read(GPREGRET), bench.read(HFCLKSTAT)), (reason, 0x5A, STATE));
        }
        bench.write(RESETREAS, 5);
        assert_eq!(bench.read(RESETREAS), 2);
        assert!(bench.reset(ResetCause::Power));
        assert_eq!((bench.read(RESETREAS), bench.read(GPREGRET)), (0, 0));
        assert_eq!(bench.clocks.last(), Some(&slow_clock(false)));
    }
}
