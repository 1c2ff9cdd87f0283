//! Reset and clock control of the STM32F405 and F407 (RM 7): the clock tree, and the clock and the reset of every
//! peripheral.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x00 | CR | 27:26 PLLI2S, 25:24 PLL and 17:16 HSE (RDY, ON), 19 CSSON, 18 HSEBYP, 7:3 HSITRIM, 1:0 HSI (RDY, ON) |
//! | 0x04 | PLLCFGR | 27:24 Q, 22 SRC, 17:16 P, 14:6 N, 5:0 M |
//! | 0x08 | CFGR | 31:16 clock outputs, RTC and I2S; 15:13 PPRE2, 12:10 PPRE1, 7:4 HPRE, 3:2 SWS, 1:0 SW |
//! | 0x0C | CIR | 23 and 21:16 clear, 13:8 enable, 7 and 5:0 flag |
//! | 0x10 to 0x64 | RSTR, ENR, LPENR | see [`gates`] |
//! | 0x70 | BDCR | see [`backup`]: 16 BDRST, 15 RTCEN, 9:8 RTCSEL, 2 LSEBYP, 1:0 LSE (RDY, ON) |
//! | 0x74 | CSR | 31:25 reset flags, 24 RMVF, 1:0 LSI (RDY, ON) |
//! | 0x80 | SSCGR | 31 SSCGEN, 30 SPREADSEL, 27:13 INCSTEP, 12:0 MODPER |
//! | 0x84 | PLLI2SCFGR | 30:28 R, 14:6 N |
//!
//! An oscillator is ready some time after it is switched on ([`oscillators`]), the HSE only on a board with a crystal or
//! clock, the LSE never: no board's file has one. A PLL locks once its input is ready. Off is off at once, and a new
//! prescaler is in effect at once. What silicon ignores is ignored: clearing the enable of a clock in use, changing a PLL
//! that is on, stores to BDCR before PWR has opened the backup domain.
//!
//! Listed as not modelled is what the chip is not made for: a PLL's factors and frequencies outside the manual's limits,
//! SYSCLK above 168 MHz, APB1 above 42, APB2 above 84, SW 3; all of them take effect as well as they can. A PLL with a
//! factor of 0 never locks. Listed, too: trimming the HSI, spreading the PLL's spectrum, and switching off clocks in Sleep
//! mode. The limit of 144 MHz in regulator scale 2 is not looked at.
//!
//! A peripheral is reset when its bit in RSTR is set; holding the bit does not hold the peripheral. HSICAL, undefined after
//! reset, is 0. The clock outputs lead nowhere, and the clock security system finds no fault.

mod backup;
mod gates;
mod oscillators;
#[cfg(test)]
mod tests;
mod tree;

use bluekernel_boards::model::Board;
use serde::{Deserialize, Serialize};

use super::super::{ClockChange, Context, Device, NarrowStore, ResetCause, Signal};
use crate::clock::{ClockDomain, Picoseconds};
use backup::Backup;
use gates::Gates;
use oscillators::{Oscillators, Source};
use tree::{Hertz, Pll, Tree};

const CR: u32 = 0x00;
const PLLCFGR: u32 = 0x04;
const CFGR: u32 = 0x08;
const CIR: u32 = 0x0C;
const BDCR: u32 = 0x70;
const CSR: u32 = 0x74;
const SSCGR: u32 = 0x80;
const PLLI2SCFGR: u32 = 0x84;

const CR_HSION: u32 = 1 << 0;
const CR_HSITRIM: u32 = 0x1F << 3;
const CR_HSEON: u32 = 1 << 16;
const CR_HSEBYP: u32 = 1 << 18;
const CR_PLLON: u32 = 1 << 24;
const CR_PLLI2SON: u32 = 1 << 26;
const CR_BITS: u32 = 0x050D_00F9;
const CR_RESET: u32 = 0x81;

const PLLCFGR_BITS: u32 = 0x0F43_7FFF;
const PLLCFGR_RESET: u32 = 0x2400_3010;
const PLLCFGR_SRC_HSE: u32 = 1 << 22;
/// M and SRC, which both PLLs share.
const PLLCFGR_SHARED: u32 = PLLCFGR_SRC_HSE | 0x3F;

const CFGR_SW: u32 = 0b11;
/// All but SWS.
const CFGR_BITS: u32 = 0xFFFF_FCF3;

const CIR_ENABLES: u32 = 0x3F00;

const CSR_LSION: u32 = 1 << 0;
const CSR_RMVF: u32 = 1 << 24;
const CSR_BORRSTF: u32 = 1 << 25;
const CSR_PINRSTF: u32 = 1 << 26;
const CSR_PORRSTF: u32 = 1 << 27;
const CSR_SFTRSTF: u32 = 1 << 28;
const CSR_IWDGRSTF: u32 = 1 << 29;

const SSCGR_BITS: u32 = 0xCFFF_FFFF;
const SSCGR_SSCGEN: u32 = 1 << 31;

const PLLI2SCFGR_BITS: u32 = 0x7000_7FC0;
const PLLI2SCFGR_RESET: u32 = 0x2000_3000;

/// The frequencies of the oscillators on a board, in hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fitted {
    hsi: u64,
    hse: Option<u64>,
    lsi: u64,
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32f4Rcc {
    fitted: Fitted,
    oscillators: Oscillators,
    /// What drives SYSCLK, in CFGR.SWS.
    sysclk: Source,
    /// CR and CFGR without the bits that hardware sets.
    cr: u32,
    cfgr: u32,
    pllcfgr: u32,
    plli2scfgr: u32,
    sscgr: u32,
    interrupt_enables: u32,
    interrupt_flags: u32,
    gates: Gates,
    lsi_on: bool,
    reset_flags: u32,
    backup: Backup,
}

impl Stm32f4Rcc {
    /// The clock controller of a board's chip, behind power-on.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let oscillators = board.chip.oscillators;
        Self::reset_state(Fitted {
            hsi: oscillators.hsi.unwrap_or(board.chip.reset_hz),
            hse: board.hse_hz,
            lsi: oscillators.lsi.unwrap_or(32_000),
        })
    }

    fn reset_state(fitted: Fitted) -> Self {
        Self {
            fitted,
            oscillators: Oscillators::default(),
            sysclk: Source::Hsi,
            cr: CR_RESET,
            cfgr: 0,
            pllcfgr: PLLCFGR_RESET,
            plli2scfgr: PLLI2SCFGR_RESET,
            sscgr: 0,
            interrupt_enables: 0,
            interrupt_flags: 0,
            gates: Gates::default(),
            lsi_on: false,
            reset_flags: CSR_PORRSTF | CSR_PINRSTF | CSR_BORRSTF,
            backup: Backup::default(),
        }
    }

    fn pll_input(&self) -> Source {
        if self.pllcfgr & PLLCFGR_SRC_HSE != 0 { Source::Hse } else { Source::Hsi }
    }

    /// The frequency of a source, as it is or would be; that of a missing crystal is never in use.
    fn frequency(&self, source: Source) -> Hertz {
        match source {
            Source::Hse => Hertz::new(self.fitted.hse.unwrap_or(1)),
            Source::Pll => Pll::main(self.pllcfgr).output(self.frequency(self.pll_input())),
            _ => Hertz::new(self.fitted.hsi),
        }
    }

    /// What CFGR.SW asks for.
    fn requested(&self) -> Option<Source> {
        [Source::Hsi, Source::Hse, Source::Pll].get((self.cfgr & CFGR_SW) as usize).copied()
    }

    /// The enables in CR that cannot be cleared, since SYSCLK needs the clock.
    fn in_use(&self) -> u32 {
        let bit = |source| if source == Source::Hse { CR_HSEON } else { CR_HSION };
        if self.sysclk == Source::Pll { CR_PLLON | bit(self.pll_input()) } else { bit(self.sysclk) }
    }

    /// Brings the oscillators to what the registers say, and SYSCLK to the source that is asked for, once that is ready.
    fn settle(&mut self, context: &mut Context<'_>) {
        let now = context.now;
        let crystal = self.fitted.hse.is_some();
        self.oscillators.set(Source::Hsi, self.cr & CR_HSION != 0, true, now);
        self.oscillators.set(Source::Hse, self.cr & CR_HSEON != 0, crystal, now);
        self.oscillators.set(Source::Lsi, self.lsi_on, true, now);
        self.oscillators.set(Source::Lse, self.backup.lse_on(), false, now);
        let fed = self.oscillators.ready(self.pll_input());
        let (main, i2s) = (Pll::main(self.pllcfgr), Pll::i2s(self.pllcfgr, self.plli2scfgr));
        self.oscillators.set(Source::Pll, self.cr & CR_PLLON != 0, fed && main.runs(), now);
        self.oscillators.set(Source::PllI2s, self.cr & CR_PLLI2SON != 0, fed && i2s.runs(), now);
        if let Some(source) = self.requested().filter(|source| self.oscillators.ready(*source)) {
            self.sysclk = source;
        }
    }

    fn tell_clocks(&self, context: &mut Context<'_>) {
        for change in Tree::new(self.frequency(self.sysclk), self.cfgr).clocks() {
            context.set_clock(change);
        }
    }

    /// Lists a tree that the chip is not made for, be it only asked for yet.
    fn check_tree(&self, context: &mut Context<'_>) {
        let permitted = |source| Tree::new(self.frequency(source), self.cfgr).permitted();
        if !self.requested().is_some_and(permitted) {
            context.unmodelled();
        }
    }

    fn write_control(&mut self, value: u32, context: &mut Context<'_>) {
        let mut new = context.merge(self.cr, value) & CR_BITS | self.cr & self.in_use();
        if self.cr & CR_HSEON != 0 {
            new = new & !CR_HSEBYP | self.cr & CR_HSEBYP;
        }
        let (changed, set) = (self.cr ^ new, new & !self.cr);
        let input = self.frequency(self.pll_input());
        let (main, i2s) = (Pll::main(self.pllcfgr), Pll::i2s(self.pllcfgr, self.plli2scfgr));
        let wrong = set & CR_PLLON != 0 && !main.permitted(input) || set & CR_PLLI2SON != 0 && !i2s.permitted(input);
        if wrong || changed & CR_HSITRIM != 0 {
            context.unmodelled();
        }
        self.cr = new;
        self.check_tree(context);
    }

    fn write_pll(&mut self, value: u32, context: &mut Context<'_>) {
        let locked = match (self.cr & CR_PLLON != 0, self.cr & CR_PLLI2SON != 0) {
            (true, _) => u32::MAX,
            (false, true) => PLLCFGR_SHARED,
            (false, false) => 0,
        };
        let new = context.merge(self.pllcfgr, value) & PLLCFGR_BITS | PLLCFGR_RESET & !PLLCFGR_BITS;
        self.pllcfgr = self.pllcfgr & locked | new & !locked;
    }

    fn write_interrupts(&mut self, value: u32, context: &mut Context<'_>) {
        self.interrupt_enables = context.merge(self.interrupt_enables, value) & CIR_ENABLES;
        self.interrupt_flags &= !(value & context.lanes) >> 16;
    }

    /// A bit behind the enable of a source that is ready.
    fn ready_bit(&self, source: Source, bit: u8) -> u32 {
        u32::from(self.oscillators.ready(source)) << bit
    }

    fn read_control(&self) -> u32 {
        let high_speed = self.ready_bit(Source::Hsi, 1) | self.ready_bit(Source::Hse, 17);
        self.cr | high_speed | self.ready_bit(Source::Pll, 25) | self.ready_bit(Source::PllI2s, 27)
    }

    fn status(&self) -> u32 {
        match self.sysclk {
            Source::Hse => 0b01 << 2,
            Source::Pll => 0b10 << 2,
            _ => 0,
        }
    }
}

impl Device for Stm32f4Rcc {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            CR => self.read_control(),
            PLLCFGR => self.pllcfgr,
            CFGR => self.cfgr | self.status(),
            CIR => self.interrupt_enables | self.interrupt_flags,
            BDCR => self.backup.read() | self.ready_bit(Source::Lse, 1),
            CSR => self.reset_flags | u32::from(self.lsi_on) | self.ready_bit(Source::Lsi, 1),
            SSCGR => self.sscgr,
            PLLI2SCFGR => self.plli2scfgr,
            _ => self.gates.read(offset).unwrap_or_else(|| {
                context.unmodelled();
                0
            }),
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            CR => self.write_control(value, context),
            PLLCFGR => self.write_pll(value, context),
            CFGR => {
                self.cfgr = context.merge(self.cfgr, value) & CFGR_BITS;
                self.check_tree(context);
            }
            CIR => self.write_interrupts(value, context),
            BDCR => self.backup.write(value, context),
            CSR => {
                self.lsi_on = context.merge(u32::from(self.lsi_on), value) & CSR_LSION != 0;
                if value & context.lanes & CSR_RMVF != 0 {
                    self.reset_flags = 0;
                }
            }
            SSCGR => {
                self.sscgr = context.merge(self.sscgr, value) & SSCGR_BITS;
                if self.sscgr & SSCGR_SSCGEN != 0 {
                    context.unmodelled();
                }
            }
            PLLI2SCFGR if self.cr & CR_PLLI2SON == 0 => {
                self.plli2scfgr = context.merge(self.plli2scfgr, value) & PLLI2SCFGR_BITS;
            }
            PLLI2SCFGR => {}
            _ => {
                if !self.gates.write(offset, value, context) {
                    context.unmodelled();
                }
                return;
            }
        }
        self.settle(context);
        if offset == CFGR {
            self.tell_clocks(context);
        }
    }

    fn deadline(&self, _: &ClockDomain) -> Option<Picoseconds> {
        self.oscillators.due()
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        let ready = self.oscillators.advance(context.now);
        self.interrupt_flags |= ready & self.interrupt_enables >> 8;
        let before = self.sysclk;
        self.settle(context);
        if self.sysclk != before {
            self.tell_clocks(context);
        }
    }

    fn lines(&self) -> u32 {
        u32::from(self.interrupt_flags & self.interrupt_enables >> 8 != 0)
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    fn listens(&self, signal: Signal) -> bool {
        matches!(signal, Signal::BackupAccess { .. })
    }

    fn hear(&mut self, signal: Signal, _: &mut Context<'_>) {
        if let Signal::BackupAccess { open } = signal {
            self.backup.set_open(open);
        }
    }

    /// The flags in CSR and the backup domain outlive all but power. Whatever resets the chip pulls the reset pin (RM
    /// 7.1.1), so PINRSTF comes with every cause.
    fn reset(&mut self, cause: ResetCause, context: &mut Context<'_>) -> bool {
        let mut new = Self::reset_state(self.fitted);
        let flag = match cause {
            ResetCause::Software => CSR_SFTRSTF,
            ResetCause::Watchdog => CSR_IWDGRSTF,
            ResetCause::Peripheral | ResetCause::Power | ResetCause::Pin => 0,
        };
        if cause != ResetCause::Power {
            new.reset_flags = self.reset_flags | CSR_PINRSTF | flag;
            new.backup = self.backup.clone();
            new.backup.set_open(false);
        }
        self.gates.reset(context);
        *self = new;
        self.settle(context);
        self.tell_clocks(context);
        true
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }

    fn clocks(&self) -> Option<Vec<ClockChange>> {
        let mut clocks = Tree::new(self.frequency(self.sysclk), self.cfgr).clocks().to_vec();
        clocks.push(ClockChange { name: "lsi", numerator: self.fitted.lsi, denominator: 1 });
        Some(clocks)
    }

    fn gate(&self, name: &str) -> Option<u16> {
        gates::by_name(name)
    }
}
