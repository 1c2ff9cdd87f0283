//! System control (DS, "System Control"): identification, the clock tree ([`tree`]), and the clock and the reset of every
//! peripheral ([`gates`]).
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x000 to 0x01C | DID0, DID1, DC0, DC1 to DC4 | what chip it is |
//! | 0x030, 0x034 | PBORCTL, LDOPCTL | 15:0, 5:0 |
//! | 0x040, 0x044, 0x048 | SRCR0 to SRCR2 | see [`gates`] |
//! | 0x050 to 0x058 | RIS, IMC, MISC | 6 PLL locked, 1 brown-out |
//! | 0x05C | RESC | 5 LDO, 4 software, 3 watchdog, 2 brown-out, 1 power-on, 0 pin |
//! | 0x060 | RCC | 27 ACG, 26:23 SYSDIV, 22 USESYSDIV, 20 USEPWMDIV, 19:17 PWMDIV, 13 PWRDN, 11 BYPASS, 9:6 XTAL, 5:4 OSCSRC, 1 IOSCDIS, 0 MOSCDIS |
//! | 0x064 | PLLCFG | 15:5 F, 4:0 R |
//! | 0x070 | RCC2 | 31 USERCC2, 28:23 SYSDIV2, 13 PWRDN2, 11 BYPASS2, 6:4 OSCSRC2 |
//! | 0x100 to 0x128 | RCGCn, SCGCn, DCGCn | see [`gates`] |
//! | 0x144 | DSLPCLKCFG | 28:23 DSDIVORIDE, 6:4 DSOSCSRC |
//!
//! After reset the core runs from the internal oscillator, which has 12 MHz +-30% on a chip, and 12 MHz here; QEMU has 12.5
//! MHz, and takes RCC's reset value for 0x078E3AC0. The PLL locks 0.5 ms after it is switched on or its input has changed,
//! which is the most that DS allows it, and until then the core goes on with the oscillator (DS, "PLL Operation"). The main
//! oscillator runs at once, and the internal one is not switched off.
//!
//! Listed as not modelled, and in effect as well as can be: a PLL with another input than the crystal of XTAL, an
//! oscillator that is not there, and clocks that sleep would switch off (ACG). What the voltage registers and
//! DSLPCLKCFG are set to has no effect. There is no brown-out.
//!
//! A peripheral is reset when its bit in SRCRn is set; holding the bit does not hold the peripheral. One whose clock is off
//! reads 0 and takes no stores, and the access is listed; a chip raises a bus fault.

mod gates;
#[cfg(test)]
mod tests;
mod tree;

use bluekernel_boards::model::Board;
use serde::{Deserialize, Serialize};

use super::super::{CORE_CLOCK, ClockChange, Context, Device, ResetCause};
use crate::clock::{ClockDomain, MILLISECOND, Picoseconds};
use gates::Gates;
use tree::{Fitted, Tree};

const PBORCTL: u32 = 0x030;
const LDOPCTL: u32 = 0x034;
const RIS: u32 = 0x050;
const IMC: u32 = 0x054;
const MISC: u32 = 0x058;
const RESC: u32 = 0x05C;
const RCC: u32 = 0x060;
const PLLCFG: u32 = 0x064;
const RCC2: u32 = 0x070;
const DSLPCLKCFG: u32 = 0x144;

/// DID0 (class Fury, revision A2), DID1 (LM3S6965 in an LQFP of 100 pins), DC0 (256 and 64 KiB), 0x00C, DC1 to DC4.
const IDENTITY: [Option<u32>; 8] = [
    Some(0x1001_0002),
    Some(0x1073_402E),
    Some(0x00FF_007F),
    None,
    Some(0x0011_33FF),
    Some(0x030F_5317),
    Some(0x0F0F_87FF),
    Some(0x5000_007F),
];

const PBORCTL_RESET: u32 = 0x7FFD;
const RCC_RESET: u32 = 0x078E_3AD1;
const RCC_BITS: u32 = 0x0FDE_2BF3;
const RCC_ACG: u32 = 1 << 27;
const RCC2_RESET: u32 = 0x0780_2810;
const RCC2_BITS: u32 = 0x9F80_2870;
const DSLPCLKCFG_RESET: u32 = 0x0780_0000;
const DSLPCLKCFG_BITS: u32 = 0x1F80_0070;

const INT_PLL: u32 = 1 << 6;
const INT_BITS: u32 = INT_PLL | 1 << 1;

const RESC_EXT: u32 = 1 << 0;
const RESC_POR: u32 = 1 << 1;
const RESC_WDT: u32 = 1 << 3;
const RESC_SW: u32 = 1 << 4;
const RESC_BITS: u32 = 0x3F;

const PLL_LOCK: Picoseconds = MILLISECOND / 2;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StellarisSysctl {
    fitted: Fitted,
    pborctl: u32,
    ldopctl: u32,
    ris: u32,
    imc: u32,
    resc: u32,
    rcc: u32,
    rcc2: u32,
    dslpclkcfg: u32,
    /// Until when the PLL locks, while it does.
    locking: Option<Picoseconds>,
    locked: bool,
    gates: Gates,
}

impl StellarisSysctl {
    /// The system control of a board's chip, behind power-on.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let oscillators = board.chip.oscillators;
        Self::reset_state(Fitted {
            internal: oscillators.hsi.unwrap_or(board.chip.reset_hz),
            slow: oscillators.lsi.unwrap_or(30_000),
            crystal: board.hse_hz,
        })
    }

    fn reset_state(fitted: Fitted) -> Self {
        Self {
            fitted,
            pborctl: PBORCTL_RESET,
            ldopctl: 0,
            ris: 0,
            imc: 0,
            resc: RESC_POR,
            rcc: RCC_RESET,
            rcc2: RCC2_RESET,
            dslpclkcfg: DSLPCLKCFG_RESET,
            locking: None,
            locked: false,
            gates: Gates::default(),
        }
    }

    fn tree(&self) -> Tree {
        Tree::new(self.fitted, self.rcc, self.rcc2)
    }

    fn change(&self) -> ClockChange {
        let (numerator, denominator) = self.tree().core(self.tree().asks_for_pll() && self.locked);
        ClockChange { name: CORE_CLOCK, numerator, denominator }
    }

    /// Brings the PLL and the core to what RCC and RCC2 say.
    fn write_clocks(&mut self, rcc: u32, rcc2: u32, context: &mut Context<'_>) {
        let before = self.tree();
        (self.rcc, self.rcc2) = (rcc, rcc2);
        let after = self.tree();
        if !after.pll_is_on() {
            (self.locking, self.locked) = (None, false);
        } else if !before.pll_is_on() || before.pll_input() != after.pll_input() {
            (self.locking, self.locked) = (Some(context.now.saturating_add(PLL_LOCK)), false);
        }
        if !after.permitted() || rcc & RCC_ACG != 0 {
            context.unmodelled();
        }
        context.set_clock(self.change());
    }
}

impl Device for StellarisSysctl {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        let other = match offset {
            PBORCTL => Some(self.pborctl),
            LDOPCTL => Some(self.ldopctl),
            RIS => Some(self.ris),
            IMC => Some(self.imc),
            MISC => Some(self.ris & self.imc),
            RESC => Some(self.resc),
            RCC => Some(self.rcc),
            PLLCFG => Some(self.tree().pllcfg()),
            RCC2 => Some(self.rcc2),
            DSLPCLKCFG => Some(self.dslpclkcfg),
            _ => IDENTITY.get((offset / 4) as usize).copied().flatten().or_else(|| self.gates.read(offset)),
        };
        other.unwrap_or_else(|| {
            context.unmodelled();
            0
        })
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            PBORCTL => self.pborctl = value & 0xFFFF,
            LDOPCTL => self.ldopctl = value & 0x3F,
            IMC => self.imc = value & INT_BITS,
            MISC => self.ris &= !value,
            RESC => self.resc = value & RESC_BITS,
            RCC => self.write_clocks(RCC_RESET & !RCC_BITS | value & RCC_BITS, self.rcc2, context),
            RCC2 => self.write_clocks(self.rcc, value & RCC2_BITS, context),
            DSLPCLKCFG => self.dslpclkcfg = value & DSLPCLKCFG_BITS,
            // For reading.
            RIS | PLLCFG => {}
            _ if IDENTITY.get((offset / 4) as usize).is_some_and(Option::is_some) => {}
            _ => {
                if !self.gates.write(offset, value, context) {
                    context.unmodelled();
                }
            }
        }
    }

    fn deadline(&self, _: &ClockDomain) -> Option<Picoseconds> {
        self.locking
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        if self.locking.take_if(|at| *at <= context.now).is_some() {
            self.locked = true;
            self.ris |= INT_PLL;
            context.set_clock(self.change());
        }
    }

    fn lines(&self) -> u32 {
        u32::from(self.ris & self.imc != 0)
    }

    fn line(&self, _: &str) -> Option<u8> {
        Some(0)
    }

    /// RESC collects the causes until firmware clears them; power-on leaves its own only.
    fn reset(&mut self, cause: ResetCause, context: &mut Context<'_>) -> bool {
        let mut new = Self::reset_state(self.fitted);
        match cause {
            ResetCause::Power => {}
            ResetCause::Pin => new.resc = self.resc | RESC_EXT,
            ResetCause::Software => new.resc = self.resc | RESC_SW,
            ResetCause::Watchdog => new.resc = self.resc | RESC_WDT,
            ResetCause::Peripheral => new.resc = self.resc,
        }
        self.gates.reset(context);
        *self = new;
        context.set_clock(self.change());
        true
    }

    fn clocks(&self) -> Option<Vec<ClockChange>> {
        Some(vec![self.change()])
    }

    fn gate(&self, name: &str) -> Option<u16> {
        gates::by_name(name)
    }
}
