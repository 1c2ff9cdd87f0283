//! Random number generator (RM 21): a byte after another while it runs.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x000, 0x004 | START, STOP | tasks |
//! | 0x100 | VALRDY | event: there is a new byte |
//! | 0x200 | SHORTS | 0 VALRDY stops |
//! | 0x504 | CONFIG | 0 DERCEN: bias correction |
//! | 0x508 | VALUE | 7:0 |
//!
//! The bytes come from a generator with a fixed seed, so that a run can be repeated: they are the same in every run, and go
//! on through a reset that is not a power-on. A byte takes 167 us, and 660 us with bias correction: on the chip that is an
//! average (PS 8.17; QEMU has the same figures).

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, ResetCause};
use super::TRIGGER;
use super::events::Events;
use crate::clock::{ClockDomain, MILLISECOND, Picoseconds};

const START: u32 = 0x000;
const STOP: u32 = 0x004;
const SHORTS: u32 = 0x200;
const CONFIG: u32 = 0x504;
const VALUE: u32 = 0x508;

const VALRDY: u32 = 1 << 0;

const RAW: Picoseconds = MILLISECOND * 167 / 1000;
const UNBIASED: Picoseconds = MILLISECOND * 660 / 1000;

/// The generator's state at power-on.
const SEED: u64 = 0x6E52_4635_3138_3232;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Rng {
    events: Events,
    shorts: u32,
    config: u32,
    value: u8,
    /// When the next byte is there, while it runs.
    next: Option<Picoseconds>,
    noise: u64,
}

impl Default for Nrf51Rng {
    fn default() -> Self {
        Self { events: Events::new(VALRDY), shorts: 0, config: 0, value: 0, next: None, noise: SEED }
    }
}

impl Nrf51Rng {
    fn duration(&self) -> Picoseconds {
        if self.config & 1 != 0 { UNBIASED } else { RAW }
    }

    /// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    fn draw(&mut self) -> u8 {
        self.noise = self.noise.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.noise ^ self.noise >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) as u8
    }
}

impl Device for Nrf51Rng {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            START | STOP => 0,
            SHORTS => self.shorts,
            CONFIG => self.config,
            VALUE => self.value.into(),
            _ => self.events.read(offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            START if value == TRIGGER => {
                let next = context.now + self.duration();
                self.next.get_or_insert(next);
            }
            STOP if value == TRIGGER => self.next = None,
            START | STOP | VALUE => {}
            SHORTS => self.shorts = value & 1,
            CONFIG => self.config = value & 1,
            _ if self.events.write(offset, value) => {}
            _ => context.unmodelled(),
        }
    }

    fn deadline(&self, _: &ClockDomain) -> Option<Picoseconds> {
        self.next
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        if self.next.take_if(|next| *next <= context.now).is_none() {
            return;
        }
        self.value = self.draw();
        self.events.raise(VALRDY);
        if self.shorts == 0 {
            self.next = Some(context.now + self.duration());
        }
    }

    fn lines(&self) -> u32 {
        self.events.lines()
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    /// Noise does not begin anew.
    fn reset(&mut self, cause: ResetCause, _: &mut Context<'_>) -> bool {
        let noise = if cause == ResetCause::Power { SEED } else { self.noise };
        *self = Self { noise, ..Self::default() };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    const EVENT_VALRDY: u32 = 0x100;
    const INTENSET: u32 = 0x304;

    /// A tick is a microsecond.
    fn bench() -> Bench<Nrf51Rng> {
        Bench::of(Nrf51Rng::default(), 1_000_000)
    }

    /// RM 21.2: registers, their reset values, and the bits that can be written.
    #[test]
    fn registers() {
        let mut bench = bench();
        for (offset, reset, ones) in
            [(0x000, 0, 0), (0x004, 0, 0), (0x100, 0, 0), (0x200, 0, 1), (0x304, 0, 1), (0x504, 0, 1), (0x508, 0, 0)]
        {
            assert_eq!(bench.read(offset), reset, "{offset:#x} after reset");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), ones, "{offset:#x} with ones");
        }
        assert_eq!((bench.due(), bench.unmodelled), (None, 0));
        bench.read(0x50C);
        assert_eq!(bench.unmodelled, 1);
    }

    #[test]
    fn a_byte_every_167_or_660_microseconds() {
        for (config, time) in [(0, 167), (1, 660)] {
            let mut bench = bench();
            bench.write(CONFIG, config).write(INTENSET, 1).write(START, 1);
            for count in 1..4 {
                assert_eq!(bench.at(count * time - 1).read(EVENT_VALRDY), 0);
                assert_eq!((bench.at(count * time).read(EVENT_VALRDY), bench.device.lines()), (1, 1));
                bench.write(EVENT_VALRDY, 0);
            }
            bench.write(STOP, 1);
            assert_eq!(bench.due(), None);
        }
    }

    #[test]
    fn the_shortcut_stops_it_after_one() {
        let mut bench = bench();
        bench.write(SHORTS, 1).write(START, 1).at(10_000);
        assert_eq!((bench.read(EVENT_VALRDY), bench.due()), (1, None));
    }

    /// SplitMix64 from a state of 0 gives 0xE220A8397B1DCDAF first, then 0x6E789E6AA1B965F4, as the JDK's
    /// SplittableRandom(0) does.
    #[test]
    fn the_bytes_are_those_of_splitmix() {
        let mut rng = Nrf51Rng { noise: 0, ..Nrf51Rng::default() };
        assert_eq!([rng.draw(), rng.draw()], [0xAF, 0xF4]);
    }

    #[test]
    fn every_run_has_the_same_bytes_and_a_reset_does_not_repeat_them() {
        let bytes = |bench: &mut Bench<Nrf51Rng>| -> Vec<u32> {
            bench.write(START, 1);
            (0..8).map(|_| bench.at(bench.tick + 167).read(VALUE)).collect()
        };
        let (mut one, mut other) = (bench(), bench());
        let first = bytes(&mut one);
        assert_eq!(bytes(&mut other), first);
        assert!(one.reset(ResetCause::Software) && other.reset(ResetCause::Power));
        assert_ne!(bytes(&mut one), first);
        assert_eq!(bytes(&mut other), first);
    }
}
