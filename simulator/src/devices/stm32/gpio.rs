//! General-purpose I/O port (RM 8.4): sixteen pins.
//!
//! The level of a pin is that of the first of these that there is:
//!
//! | who | when |
//! |---|---|
//! | the output driver | general-purpose output; open drain only while it pulls low |
//! | the world outside | [`Signal::Drive`] |
//! | the board's resistor | behind a button: the level at which it is not pressed |
//! | the chip's resistor | PUPDR |
//! | nobody | low |
//!
//! In analog mode the input is off and reads 0. What a peripheral drives in alternate mode is not modelled: such a pin
//! has the level that the others give it. Every change is told by [`Signal::Pin`]; IDR shows it at once, where silicon
//! takes up to one more clock of the bus.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause, Setup, Signal};

const MODER: u32 = 0x00;
const OTYPER: u32 = 0x04;
const OSPEEDR: u32 = 0x08;
const PUPDR: u32 = 0x0C;
const IDR: u32 = 0x10;
const ODR: u32 = 0x14;
const BSRR: u32 = 0x18;
const LCKR: u32 = 0x1C;
const AFRL: u32 = 0x20;
const AFRH: u32 = 0x24;

const MODE_OUTPUT: u32 = 0b01;
const MODE_ANALOG: u32 = 0b11;
const PULL_UP: u32 = 0b01;
const LCKK: u32 = 1 << 16;

const PINS: u8 = 16;

/// How far the write sequence of LCKR has come (RM 8.4.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Lock {
    #[default]
    Open,
    /// The key was written as 1,
    First,
    /// then as 0,
    Second,
    /// then as 1, always with the same pins. A read completes it.
    Third,
    /// Until reset.
    Locked,
}

/// What firmware has set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Registers {
    moder: u32,
    otyper: u32,
    ospeedr: u32,
    pupdr: u32,
    odr: u32,
    /// The pins of LCKR, without the key.
    lckr: u16,
    lock: Lock,
    afrl: u32,
    afrh: u32,
}

impl Registers {
    /// Reset values, RM 8.4.1 to 8.4.4: JTAG's pins are PA13 to PA15, PB3 and PB4.
    fn of(port: u8) -> Self {
        let (moder, ospeedr, pupdr) = match port {
            0 => (0xA800_0000, 0x0C00_0000, 0x6400_0000),
            1 => (0x0000_0280, 0x0000_00C0, 0x0000_0100),
            _ => (0, 0, 0),
        };
        Self { moder, ospeedr, pupdr, ..Self::default() }
    }

    fn mode(&self, pin: u8) -> u32 {
        self.moder >> (2 * pin) & 0b11
    }

    /// The level that the output driver forces on a pin.
    fn driven(&self, pin: u8) -> Option<bool> {
        let (high, open_drain) = (self.odr >> pin & 1 != 0, self.otyper >> pin & 1 != 0);
        (self.mode(pin) == MODE_OUTPUT && !(high && open_drain)).then_some(high)
    }

    fn pulled_up(&self, pin: u8) -> bool {
        self.pupdr >> (2 * pin) & 0b11 == PULL_UP
    }

    fn write_lock(&mut self, value: u32, whole: bool) {
        if self.lock == Lock::Locked {
            return;
        }
        let (pins, key) = (value as u16, value & LCKK != 0);
        let same = std::mem::replace(&mut self.lckr, pins) == pins;
        self.lock = match self.lock {
            // "Only word access is allowed during this write sequence."
            _ if !whole => Lock::Open,
            Lock::First if same && !key => Lock::Second,
            Lock::Second if same && key => Lock::Third,
            _ if key => Lock::First,
            _ => Lock::Open,
        };
    }

    /// The read that completes the sequence does not show the key yet; the manual has a second one for that.
    fn read_lock(&mut self) -> u32 {
        let key = if self.lock == Lock::Locked { LCKK } else { 0 };
        if self.lock == Lock::Third {
            self.lock = Lock::Locked;
        }
        u32::from(self.lckr) | key
    }

    /// The bits that are locked in a register with `width` bits a pin, the first of which is `first`'s.
    fn locked(&self, first: u8, width: u8) -> u32 {
        if self.lock != Lock::Locked {
            return 0;
        }
        let pins = u32::from(self.lckr) >> first;
        let fields = (0..32 / width).filter(|field| pins >> field & 1 != 0);
        fields.fold(0, |mask, field| mask | ((1 << width) - 1) << (field * width))
    }
}

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32Gpio {
    port: u8,
    registers: Registers,
    /// What the world outside drives.
    outside: [Option<bool>; PINS as usize],
    /// What the board's resistors pull to.
    resistors: [Option<bool>; PINS as usize],
    /// The levels that were told.
    levels: u16,
}

impl Stm32Gpio {
    /// The port of a name like `GPIOD`, with the board's buttons not pressed.
    #[must_use]
    pub fn new(setup: Setup<'_>) -> Self {
        let port = port_of(setup.name).unwrap_or(0);
        let mut this = Self { port, registers: Registers::of(port), ..Self::default() };
        for button in &setup.board.buttons {
            if let Some((_, pin)) = pin_of(&button.pin).filter(|(of, _)| *of == port) {
                this.resistors[usize::from(pin)] = Some(!button.active_high);
            }
        }
        this.levels = this.present_levels();
        this
    }

    /// 0 is port A.
    pub(super) fn port(&self) -> u8 {
        self.port
    }

    /// The level of every pin.
    pub(super) fn levels(&self) -> u16 {
        self.levels
    }

    fn level(&self, pin: u8) -> bool {
        let (registers, index) = (&self.registers, usize::from(pin));
        if registers.mode(pin) == MODE_ANALOG {
            return false;
        }
        let strong = registers.driven(pin).or(self.outside[index]).or(self.resistors[index]);
        strong.unwrap_or_else(|| registers.pulled_up(pin))
    }

    fn present_levels(&self) -> u16 {
        (0..PINS).fold(0, |levels, pin| levels | u16::from(self.level(pin)) << pin)
    }

    /// Tells which levels have changed.
    fn settle(&mut self, context: &mut Context<'_>) {
        let levels = self.present_levels();
        let changed = std::mem::replace(&mut self.levels, levels) ^ levels;
        for pin in (0..PINS).filter(|pin| changed >> pin & 1 != 0) {
            context.signal(Signal::Pin { port: self.port, pin, level: levels >> pin & 1 != 0 });
        }
    }
}

/// 3 for `GPIOD`.
fn port_of(name: &str) -> Option<u8> {
    match name.strip_prefix("GPIO")?.as_bytes() {
        [letter @ b'A'..=b'K'] => Some(letter - b'A'),
        _ => None,
    }
}

/// (3, 12) for `PD12`.
fn pin_of(name: &str) -> Option<(u8, u8)> {
    let name = name.strip_prefix('P')?;
    let (letter, number) = name.split_at_checked(1)?;
    let letter = *letter.as_bytes().first()?;
    let pin = number.parse().ok().filter(|pin| *pin < PINS)?;
    letter.is_ascii_uppercase().then(|| (letter - b'A', pin))
}

impl Device for Stm32Gpio {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        let registers = &mut self.registers;
        match offset {
            MODER => registers.moder,
            OTYPER => registers.otyper,
            OSPEEDR => registers.ospeedr,
            PUPDR => registers.pupdr,
            IDR => self.levels.into(),
            ODR => registers.odr,
            BSRR => 0,
            LCKR => registers.read_lock(),
            AFRL => registers.afrl,
            AFRH => registers.afrh,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let registers = &mut self.registers;
        let (two_bits, one_bit) = (registers.locked(0, 2), registers.locked(0, 1));
        let (low, high) = (registers.locked(0, 4), registers.locked(8, 4));
        let lanes = context.lanes;
        let set = |register: &mut u32, locked: u32| *register ^= (*register ^ value) & lanes & !locked;
        match offset {
            MODER => set(&mut registers.moder, two_bits),
            OTYPER => set(&mut registers.otyper, one_bit | 0xFFFF_0000),
            OSPEEDR => set(&mut registers.ospeedr, two_bits),
            PUPDR => set(&mut registers.pupdr, two_bits),
            IDR => {}
            ODR => set(&mut registers.odr, 0xFFFF_0000),
            // "If both BSx and BRx are set, BSx has priority."
            BSRR => registers.odr = registers.odr & !(value >> 16) | value & 0xFFFF,
            LCKR => registers.write_lock(value, lanes == u32::MAX),
            AFRL => set(&mut registers.afrl, low),
            AFRH => set(&mut registers.afrh, high),
            _ => context.unmodelled(),
        }
        self.settle(context);
    }

    /// What is wired to the pins stays.
    fn reset(&mut self, _: ResetCause, context: &mut Context<'_>) -> bool {
        self.registers = Registers::of(self.port);
        self.settle(context);
        true
    }

    fn listens(&self, signal: Signal) -> bool {
        matches!(signal, Signal::Drive { port, .. } if port == self.port)
    }

    fn hear(&mut self, signal: Signal, context: &mut Context<'_>) {
        let Signal::Drive { port, pin, level } = signal else { return };
        if let Some(outside) = self.outside.get_mut(usize::from(pin)).filter(|_| port == self.port) {
            *outside = level;
            self.settle(context);
        }
    }

    fn pin_level(&self, port: u8, pin: u8) -> Option<bool> {
        (port == self.port && pin < PINS).then(|| self.levels >> pin & 1 != 0)
    }

    /// It is on the AHB.
    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }
}
