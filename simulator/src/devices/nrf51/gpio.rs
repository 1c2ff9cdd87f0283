//! GPIO (RM 14): a port of 32 pins.
//!
//! | offset | register | |
//! |---|---|---|
//! | 0x504, 0x508, 0x50C | OUT, OUTSET, OUTCLR | the output driver's levels; all three read as OUT |
//! | 0x510 | IN | the levels of pins whose input is connected |
//! | 0x514, 0x518, 0x51C | DIR, DIRSET, DIRCLR | 1 is an output; all three read as DIR |
//! | 0x700 + 4 n | PIN_CNF n | 17:16 SENSE, 10:8 DRIVE, 3:2 PULL (1 down, 3 up), 1 INPUT (1 disconnects), 0 DIR |
//!
//! The level of a pin is that of the first of these that there is:
//!
//! | who | when |
//! |---|---|
//! | the output driver | DIR is 1, and DRIVE does not disconnect this level |
//! | the world outside | [`Signal::Drive`] |
//! | the board's resistor | behind a button: the level at which it is not pressed |
//! | the chip's resistor | PULL |
//! | nobody | low |
//!
//! Every change is told by [`Signal::Pin`]. Not modelled: what peripherals drive (a pin given to the UART has the level that
//! the others give it), and SENSE, whose DETECT signal wakes the chip and makes GPIOTE's PORT event.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, ResetCause, Setup, Signal};

const OUT: u32 = 0x504;
const OUTSET: u32 = 0x508;
const OUTCLR: u32 = 0x50C;
const IN: u32 = 0x510;
const DIR: u32 = 0x514;
const DIRSET: u32 = 0x518;
const DIRCLR: u32 = 0x51C;
const PIN_CNF: u32 = 0x700;
const PIN_CNF_END: u32 = PIN_CNF + 4 * PINS as u32 - 1;

const PINS: u8 = 32;
const PORT: u8 = 0;

const CNF_INPUT: u32 = 1 << 1;
const CNF_SENSE: u32 = 0b11 << 16;
/// But for DIR, which is the register's of that name.
const CNF_BITS: u32 = 0x3_070E;
const PULL_UP: u32 = 0b11;

/// What firmware has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Registers {
    out: u32,
    dir: u32,
    /// PIN_CNF without DIR.
    configuration: [u32; PINS as usize],
}

impl Default for Registers {
    fn default() -> Self {
        Self { out: 0, dir: 0, configuration: [CNF_INPUT; PINS as usize] }
    }
}

impl Registers {
    fn of(&self, pin: u8) -> u32 {
        self.configuration[usize::from(pin % PINS)]
    }

    /// The level that the output driver forces on a pin.
    fn driven(&self, pin: u8) -> Option<bool> {
        let high = self.out >> pin & 1 != 0;
        // DRIVE: 4 and 5 disconnect a 0, 6 and 7 a 1.
        let connected = match self.of(pin) >> 8 & 0b111 {
            4 | 5 => high,
            6 | 7 => !high,
            _ => true,
        };
        (self.dir >> pin & 1 != 0 && connected).then_some(high)
    }
}

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nrf51Gpio {
    registers: Registers,
    /// What the world outside drives.
    outside: [Option<bool>; PINS as usize],
    /// What the board's resistors pull to.
    resistors: [Option<bool>; PINS as usize],
    /// The levels that were told.
    levels: u32,
}

impl Nrf51Gpio {
    /// The port, with the board's buttons not pressed.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        let mut this = Self::default();
        for button in &setup.board.buttons {
            if let Some(resistor) = pin_of(&button.pin).and_then(|pin| this.resistors.get_mut(pin)) {
                *resistor = Some(!button.active_high);
            }
        }
        this.levels = this.present_levels();
        this
    }

    fn level(&self, pin: u8) -> bool {
        let index = usize::from(pin);
        let strong = self.registers.driven(pin).or(self.outside[index]).or(self.resistors[index]);
        strong.unwrap_or_else(|| self.registers.of(pin) >> 2 & 0b11 == PULL_UP)
    }

    fn present_levels(&self) -> u32 {
        (0..PINS).fold(0, |levels, pin| levels | u32::from(self.level(pin)) << pin)
    }

    /// The pins whose input is connected.
    fn inputs(&self) -> u32 {
        (0..PINS).filter(|&pin| self.registers.of(pin) & CNF_INPUT == 0).fold(0, |pins, pin| pins | 1 << pin)
    }

    /// Tells which levels have changed.
    fn settle(&mut self, context: &mut Context<'_>) {
        let levels = self.present_levels();
        let changed = std::mem::replace(&mut self.levels, levels) ^ levels;
        for pin in (0..PINS).filter(|pin| changed >> pin & 1 != 0) {
            context.signal(Signal::Pin { port: PORT, pin, level: levels >> pin & 1 != 0 });
        }
    }
}

/// 12 for `P0.12`.
fn pin_of(name: &str) -> Option<usize> {
    name.strip_prefix("P0.")?.parse().ok()
}

impl Device for Nrf51Gpio {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            OUT | OUTSET | OUTCLR => self.registers.out,
            IN => self.levels & self.inputs(),
            DIR | DIRSET | DIRCLR => self.registers.dir,
            PIN_CNF..=PIN_CNF_END => {
                let pin = ((offset - PIN_CNF) / 4) as u8;
                self.registers.of(pin) | self.registers.dir >> pin & 1
            }
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let registers = &mut self.registers;
        match offset {
            OUT => registers.out = value,
            OUTSET => registers.out |= value,
            OUTCLR => registers.out &= !value,
            IN => {}
            DIR => registers.dir = value,
            DIRSET => registers.dir |= value,
            DIRCLR => registers.dir &= !value,
            PIN_CNF..=PIN_CNF_END => {
                let pin = (offset - PIN_CNF) / 4;
                registers.configuration[pin as usize] = value & CNF_BITS;
                registers.dir = registers.dir & !(1 << pin) | (value & 1) << pin;
                if value & CNF_SENSE != 0 {
                    context.unmodelled();
                }
            }
            _ => context.unmodelled(),
        }
        self.settle(context);
    }

    /// What is wired to the pins stays.
    fn reset(&mut self, _: ResetCause, context: &mut Context<'_>) -> bool {
        self.registers = Registers::default();
        self.settle(context);
        true
    }

    fn listens(&self, signal: Signal) -> bool {
        matches!(signal, Signal::Drive { port: PORT, .. })
    }

    fn hear(&mut self, signal: Signal, context: &mut Context<'_>) {
        let Signal::Drive { port: PORT, pin, level } = signal else { return };
        if let Some(outside) = self.outside.get_mut(usize::from(pin)) {
            *outside = level;
            self.settle(context);
        }
    }

    fn pin_level(&self, port: u8, pin: u8) -> Option<bool> {
        (port == PORT && pin < PINS).then(|| self.levels >> pin & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;
    use crate::testing::microbit;

    const CONNECTED: u32 = 0;
    const PULL_DOWN_CONNECTED: u32 = 1 << 2;
    const PULL_UP_CONNECTED: u32 = 3 << 2;

    fn bench() -> Bench<Nrf51Gpio> {
        Bench::of(Nrf51Gpio::default(), 16_000_000)
    }

    fn configure(bench: &mut Bench<Nrf51Gpio>, pin: u32, value: u32) {
        bench.write(PIN_CNF + 4 * pin, value);
    }

    fn drive(bench: &mut Bench<Nrf51Gpio>, pin: u8, level: Option<bool>) {
        bench.hear(Signal::Drive { port: 0, pin, level });
    }

    /// RM 14.2: registers, their reset values, and the bits that can be written.
    #[test]
    fn registers() {
        for (offset, reset, ones) in [
            (0x504, 0, u32::MAX),
            (0x508, 0, u32::MAX),
            (0x50C, 0, 0),
            (0x510, 0, 0),
            (0x514, 0, u32::MAX),
            (0x518, 0, u32::MAX),
            (0x51C, 0, 0),
            (0x700, 2, 0x3_070F),
            (0x77C, 2, 0x3_070F),
        ] {
            let mut bench = bench();
            assert_eq!(bench.read(offset), reset, "{offset:#x} after reset");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), ones, "{offset:#x} with ones");
            assert_eq!(bench.unmodelled, u32::from(offset >= 0x700), "{offset:#x}: SENSE");
            bench.read(0x500);
            bench.write(0x780, 0);
            assert_eq!(bench.unmodelled, 2 + u32::from(offset >= 0x700));
        }
    }

    #[test]
    fn outputs_are_set_and_cleared_by_bits() {
        let mut bench = bench();
        bench.write(DIR, 0b111).write(OUTSET, 0b101).write(OUTCLR, 0b001).write(DIRCLR, 0b010);
        assert_eq!((bench.read(OUT), bench.read(DIR)), (0b100, 0b101));
        assert_eq!(bench.read(PIN_CNF), 0b11, "DIR is in both registers");
        let pin = |pin, level| Signal::Pin { port: 0, pin, level };
        assert_eq!(bench.signals, [pin(0, true), pin(2, true), pin(0, false)]);
        assert_eq!((bench.device.pin_level(0, 2), bench.device.pin_level(1, 2)), (Some(true), None));
        assert_eq!((bench.device.pin_level(0, 31), bench.device.pin_level(0, 32)), (Some(false), None));
    }

    #[test]
    fn an_input_shows_what_is_outside_once_it_is_connected() {
        let mut bench = bench();
        drive(&mut bench, 31, Some(true));
        assert_eq!((bench.read(IN), bench.device.pin_level(0, 31)), (0, Some(true)));
        configure(&mut bench, 31, CONNECTED);
        assert_eq!(bench.read(IN), 1 << 31);
        drive(&mut bench, 31, None);
        assert_eq!(bench.read(IN), 0);
        configure(&mut bench, 31, PULL_UP_CONNECTED);
        assert_eq!(bench.read(IN), 1 << 31);
        configure(&mut bench, 31, PULL_DOWN_CONNECTED);
        assert_eq!(bench.read(IN), 0);
    }

    /// RM 14.2, PIN_CNF.DRIVE: S0S1, H0S1, S0H1, H0H1, D0S1, D0H1, S0D1, H0D1.
    #[test]
    fn drive_can_disconnect_one_level() {
        for drive_mode in 0..8 {
            for high in [false, true] {
                let mut bench = bench();
                drive(&mut bench, 3, Some(!high));
                bench.write(OUT, u32::from(high) << 3);
                configure(&mut bench, 3, drive_mode << 8 | 1);
                let disconnected = if high { drive_mode >= 6 } else { drive_mode == 4 || drive_mode == 5 };
                assert_eq!(bench.read(IN) >> 3 & 1 != 0, high != disconnected, "DRIVE {drive_mode}, OUT {high}");
            }
        }
    }

    #[test]
    fn a_button_that_is_not_pressed_is_high_and_stays_wired_through_a_reset() {
        let board = microbit();
        let mut bench = Bench::of(Nrf51Gpio::new(Setup { name: "GPIO", board: &board }), 16_000_000);
        configure(&mut bench, 17, CONNECTED);
        assert_eq!(bench.read(IN), 1 << 17);
        drive(&mut bench, 17, Some(false));
        assert_eq!(bench.read(IN), 0);
        assert!(bench.reset(ResetCause::Pin));
        configure(&mut bench, 17, CONNECTED);
        assert_eq!(bench.read(IN), 0, "still pressed");
    }
}
