//! General-purpose I/O (FE, "General Purpose Input/Output Controller"): 32 pins, each with an interrupt of its own.
//!
//! | offset | register | offset | register |
//! |---|---|---|---|
//! | 0x00 | input_val (read only) | 0x24 | fall_ip |
//! | 0x04 | input_en | 0x28 | high_ie |
//! | 0x08 | output_en | 0x2C | high_ip |
//! | 0x0C | output_val | 0x30 | low_ie |
//! | 0x10 | pue | 0x34 | low_ip |
//! | 0x14 | ds | 0x38 | iof_en |
//! | 0x18 | rise_ie | 0x3C | iof_sel |
//! | 0x1C | rise_ip | 0x40 | out_xor |
//! | 0x20 | fall_ie | | |
//!
//! A bit is a pin, everywhere. The level of a pin is that of the first of these that there is: the output driver, which
//! output_en switches on and out_xor turns round; the world outside ([`Signal::Drive`]); the pull-up; low. The input shows
//! it while input_en is set, and is low otherwise. What a peripheral drives by iof_en is not modelled: such a pin has the
//! level that the others give it. Every change is told by [`Signal::Pin`], and is seen at once, where silicon takes three
//! clocks.
//!
//! Events are noted in the ip registers whether they are enabled or not, until 1 is written to them; high_ip and low_ip are
//! set again at once while their level lasts, so that after reset all of low_ip is set.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause, Signal};

const INPUT_VAL: u32 = 0x00;
const RISE_IP: u32 = 0x1C;
const FALL_IP: u32 = 0x24;
const HIGH_IP: u32 = 0x2C;
const LOW_IP: u32 = 0x34;

const PINS: u8 = 32;

/// What firmware has set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Registers {
    input_en: u32,
    output_en: u32,
    output_val: u32,
    pue: u32,
    ds: u32,
    rise_ie: u32,
    fall_ie: u32,
    high_ie: u32,
    low_ie: u32,
    iof_en: u32,
    iof_sel: u32,
    out_xor: u32,
}

impl Registers {
    /// The register at an offset, of those that keep what is written.
    fn plain(&mut self, offset: u32) -> Option<&mut u32> {
        Some(match offset {
            0x04 => &mut self.input_en,
            0x08 => &mut self.output_en,
            0x0C => &mut self.output_val,
            0x10 => &mut self.pue,
            0x14 => &mut self.ds,
            0x18 => &mut self.rise_ie,
            0x20 => &mut self.fall_ie,
            0x28 => &mut self.high_ie,
            0x30 => &mut self.low_ie,
            0x38 => &mut self.iof_en,
            0x3C => &mut self.iof_sel,
            0x40 => &mut self.out_xor,
            _ => return None,
        })
    }
}

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SifiveGpio {
    registers: Registers,
    /// Events that were seen.
    rise_ip: u32,
    fall_ip: u32,
    high_ip: u32,
    low_ip: u32,
    /// Pins that the world outside drives, and to which level.
    outside: u32,
    outside_level: u32,
    /// As they were last told.
    levels: u32,
    /// The input as it was last seen.
    input: u32,
}

impl SifiveGpio {
    fn level(&self) -> u32 {
        let registers = &self.registers;
        let driven = registers.output_en & !registers.iof_en;
        let undriven = self.outside & self.outside_level | !self.outside & registers.pue;
        driven & (registers.output_val ^ registers.out_xor) | !driven & undriven
    }

    /// Tells levels that have changed, and notes what the input has seen.
    fn settle(&mut self, context: &mut Context<'_>) {
        let levels = self.level();
        let changed = std::mem::replace(&mut self.levels, levels) ^ levels;
        for pin in (0..PINS).filter(|pin| changed >> pin & 1 != 0) {
            context.signal(Signal::Pin { port: 0, pin, level: levels >> pin & 1 != 0 });
        }
        let input = levels & self.registers.input_en;
        let before = std::mem::replace(&mut self.input, input);
        self.rise_ip |= input & !before;
        self.fall_ip |= before & !input;
        self.note_levels();
    }

    fn note_levels(&mut self) {
        self.high_ip |= self.input;
        self.low_ip |= !self.input;
    }

    fn pending(&mut self, offset: u32) -> Option<&mut u32> {
        Some(match offset {
            RISE_IP => &mut self.rise_ip,
            FALL_IP => &mut self.fall_ip,
            HIGH_IP => &mut self.high_ip,
            LOW_IP => &mut self.low_ip,
            _ => return None,
        })
    }
}

impl Device for SifiveGpio {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        self.note_levels();
        if offset == INPUT_VAL {
            return self.input;
        }
        if let Some(pending) = self.pending(offset) {
            return *pending;
        }
        self.registers.plain(offset).map_or_else(
            || {
                context.unmodelled();
                0
            },
            |register| *register,
        )
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        if let Some(register) = self.registers.plain(offset) {
            *register = context.merge(*register, value);
        } else if let Some(pending) = self.pending(offset) {
            *pending &= !(value & context.lanes);
        } else if offset != INPUT_VAL {
            context.unmodelled();
        }
        self.settle(context);
    }

    /// One for each pin.
    fn lines(&self) -> u32 {
        let enables = &self.registers;
        self.rise_ip & enables.rise_ie
            | self.fall_ip & enables.fall_ie
            | (self.high_ip | self.input) & enables.high_ie
            | (self.low_ip | !self.input) & enables.low_ie
    }

    /// `GPIO7` is pin 7's.
    fn line(&self, interrupt: &str) -> Option<u8> {
        interrupt.strip_prefix("GPIO")?.parse().ok().filter(|pin| *pin < PINS)
    }

    fn reset(&mut self, _: ResetCause, context: &mut Context<'_>) -> bool {
        let (outside, outside_level, levels) = (self.outside, self.outside_level, self.levels);
        *self = Self { outside, outside_level, levels, ..Self::default() };
        self.settle(context);
        true
    }

    fn listens(&self, signal: Signal) -> bool {
        matches!(signal, Signal::Drive { port: 0, pin, .. } if pin < PINS)
    }

    fn hear(&mut self, signal: Signal, context: &mut Context<'_>) {
        let Signal::Drive { pin, level, .. } = signal else { return };
        let bit = 1 << pin;
        self.outside = self.outside & !bit | if level.is_some() { bit } else { 0 };
        self.outside_level = self.outside_level & !bit | if level == Some(true) { bit } else { 0 };
        self.settle(context);
    }

    fn pin_level(&self, port: u8, pin: u8) -> Option<bool> {
        (port == 0 && pin < PINS).then(|| self.level() >> pin & 1 != 0)
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    const INPUT_EN: u32 = 0x04;
    const OUTPUT_EN: u32 = 0x08;
    const OUTPUT_VAL: u32 = 0x0C;
    const PUE: u32 = 0x10;
    const RISE_IE: u32 = 0x18;
    const FALL_IE: u32 = 0x20;
    const HIGH_IE: u32 = 0x28;
    const LOW_IE: u32 = 0x30;
    const IOF_EN: u32 = 0x38;
    const OUT_XOR: u32 = 0x40;

    fn drive(bench: &mut Bench<SifiveGpio>, pin: u8, level: Option<bool>) {
        bench.hear(Signal::Drive { port: 0, pin, level });
    }

    /// With pin 5 as an input that the world drives low.
    fn input() -> Bench<SifiveGpio> {
        let mut bench = Bench::new();
        bench.write(INPUT_EN, 1 << 5);
        drive(&mut bench, 5, Some(false));
        bench
    }

    /// FE, GPIO, "Memory Map": offset, value after reset, and what is read after ones were written. All ones at the ip
    /// registers clear what lasts no longer.
    #[test]
    fn register_table() {
        for (offset, reset, written) in [
            (0x00, 0, 0),
            (0x04, 0, u32::MAX),
            (0x08, 0, u32::MAX),
            (0x0C, 0, u32::MAX),
            (0x10, 0, u32::MAX),
            (0x14, 0, u32::MAX),
            (0x18, 0, u32::MAX),
            (0x1C, 0, 0),
            (0x20, 0, u32::MAX),
            (0x24, 0, 0),
            (0x28, 0, u32::MAX),
            (0x2C, 0, 0),
            (0x30, 0, u32::MAX),
            (0x34, u32::MAX, u32::MAX),
            (0x38, 0, u32::MAX),
            (0x3C, 0, u32::MAX),
            (0x40, 0, u32::MAX),
        ] {
            let mut bench = Bench::<SifiveGpio>::new();
            assert_eq!(bench.read(offset), reset, "{offset:#x}");
            assert_eq!(bench.write(offset, u32::MAX).read(offset), written, "{offset:#x}");
            assert_eq!(bench.unmodelled, 0);
        }
        let mut bench = Bench::<SifiveGpio>::new();
        bench.write(0x44, 0).read(0x44);
        assert_eq!(bench.unmodelled, 2);
    }

    #[test]
    fn who_drives_a_pin() {
        let mut bench = Bench::<SifiveGpio>::new();
        let level = |bench: &Bench<SifiveGpio>| bench.device.pin_level(0, 19).unwrap();
        assert!(!level(&bench), "nobody");
        bench.write(PUE, 1 << 19);
        assert!(level(&bench), "the pull-up");
        drive(&mut bench, 19, Some(false));
        assert!(!level(&bench), "the world outside");
        bench.write(OUTPUT_VAL, 1 << 19).write(OUTPUT_EN, 1 << 19);
        assert!(level(&bench), "the output driver");
        bench.write(OUT_XOR, 1 << 19);
        assert!(!level(&bench), "turned round");
        bench.write(OUT_XOR, 0).write(IOF_EN, 1 << 19);
        assert!(!level(&bench), "a peripheral that is not modelled");
        drive(&mut bench, 19, None);
        let told = bench.signals.iter().map(|signal| match signal {
            Signal::Pin { port: 0, pin: 19, level } => *level,
            other => panic!("{other:?}"),
        });
        assert_eq!(told.collect::<Vec<_>>(), [true, false, true, false, true, false, true]);
        assert_eq!((bench.device.pin_level(0, 32), bench.device.pin_level(1, 0)), (None, None));
    }

    #[test]
    fn the_input_shows_the_level_while_it_is_on() {
        let mut bench = Bench::<SifiveGpio>::new();
        drive(&mut bench, 5, Some(true));
        assert_eq!(bench.read(INPUT_VAL), 0);
        bench.write(INPUT_EN, 1 << 5);
        assert_eq!((bench.read(INPUT_VAL), bench.read(RISE_IP)), (1 << 5, 1 << 5));
        // An output sees itself.
        bench.write(OUTPUT_EN, 1 << 5);
        assert_eq!((bench.read(INPUT_VAL), bench.read(FALL_IP)), (0, 1 << 5));
    }

    #[test]
    fn edges_are_kept_until_they_are_cleared() {
        for (enable, pending, first, second) in [(RISE_IE, RISE_IP, 1 << 5, 1 << 5), (FALL_IE, FALL_IP, 0, 1 << 5)] {
            let mut bench = input();
            bench.write(enable, 1 << 5);
            drive(&mut bench, 5, Some(true));
            assert_eq!((bench.read(pending), bench.device.lines()), (first, first));
            drive(&mut bench, 5, Some(false));
            assert_eq!((bench.read(pending), bench.device.lines()), (second, second));
            bench.write(pending, !(1 << 5));
            assert_eq!(bench.device.lines(), second, "zeros clear nothing");
            bench.write(pending, 1 << 5);
            assert_eq!((bench.read(pending), bench.device.lines()), (0, 0));
        }
    }

    #[test]
    fn levels_are_set_again_while_they_last() {
        let mut bench = input();
        bench.write(HIGH_IE, 1 << 5);
        assert_eq!((bench.read(HIGH_IP), bench.device.lines()), (0, 0));
        drive(&mut bench, 5, Some(true));
        bench.write(HIGH_IP, 1 << 5);
        assert_eq!((bench.read(HIGH_IP), bench.device.lines()), (1 << 5, 1 << 5));
        drive(&mut bench, 5, Some(false));
        assert_eq!(bench.device.lines(), 1 << 5, "kept");
        bench.write(HIGH_IP, 1 << 5);
        assert_eq!(bench.device.lines(), 0);
        bench.write(LOW_IE, 1 << 5).write(LOW_IP, 1 << 5);
        assert_eq!(bench.device.lines(), 1 << 5);
        bench.write(LOW_IE, 0);
        assert_eq!(bench.device.lines(), 0);
    }

    #[test]
    fn interrupts_by_name() {
        let gpio = SifiveGpio::default();
        assert_eq!(["GPIO0", "GPIO31", "GPIO32", "UART0"].map(|name| gpio.line(name)), [Some(0), Some(31), None, None]);
    }

    #[test]
    fn a_reset_leaves_what_the_world_drives() {
        let mut bench = Bench::<SifiveGpio>::new();
        drive(&mut bench, 7, Some(true));
        bench.write(OUTPUT_EN, 1).write(OUTPUT_VAL, 1).write(INPUT_EN, 1 << 7).write(RISE_IE, 1 << 7);
        assert!(bench.reset(ResetCause::Pin));
        assert_eq!((bench.device.pin_level(0, 0), bench.device.pin_level(0, 7)), (Some(false), Some(true)));
        assert_eq!((bench.device.lines(), bench.read(INPUT_VAL), bench.read(RISE_IP)), (0, 0, 0));
    }
}
