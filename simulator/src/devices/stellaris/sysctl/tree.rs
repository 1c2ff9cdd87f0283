//! The clock tree: what RCC and RCC2 make of the oscillators (DS, figure "Main Clock Tree").
//!
//! ```text
//! main oscillator ──▶ 0
//! internal, 12 MHz ─▶ 1  OSCSRC ─┬─────────────────────────▶ BYPASS 1
//! internal / 4 ─────▶ 2          └▶ PLL, 400 MHz ─▶ / 2 ───▶ BYPASS 0 ──▶ / (SYSDIV + 1) ──▶ core and peripherals
//! internal, 30 kHz ─▶ 3
//! ```

use serde::{Deserialize, Serialize};

/// DS, register PLLCFG: F in bits 15:5 and R in bits 4:0, by XTAL, as QEMU has them. Firmware can read them.
const PLLCFG: [u32; 16] = [
    0x3200, 0x1B20, 0x1900, 0xF42B, 0x37E3, 0x1B21, 0x0C80, 0x98EE, 0xD5B4, 0x0A00, 0x4E27, 0x1902, 0xEC1C, 0x1B23,
    0x0640, 0xB11C,
];
/// DS, register RCC, field XTAL, in hertz.
const CRYSTALS: [u64; 16] = [
    1_000_000, 1_843_200, 2_000_000, 2_457_600, 3_579_545, 3_686_400, 4_000_000, 4_096_000, 4_915_200, 5_000_000,
    5_120_000, 6_000_000, 6_144_000, 7_372_800, 8_000_000, 8_192_000,
];
/// What the PLL makes of the crystal that XTAL says. A chip's is off by up to 0.06 % with some of them.
const PLL_HERTZ: u64 = 400_000_000;
/// XTAL's first crystal that the PLL can use.
const FIRST_FOR_PLL: usize = 4;

/// DS, register DC1, MINSYSDIV: no divisor below that of 50 MHz.
const LEAST_PLL_DIVIDER: u64 = 4;

const RCC_USESYSDIV: u32 = 1 << 22;
const RCC2_USERCC2: u32 = 1 << 31;
const PWRDN: u32 = 1 << 13;
const BYPASS: u32 = 1 << 11;

/// The oscillators, in hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fitted {
    pub(super) internal: u64,
    pub(super) slow: u64,
    pub(super) crystal: Option<u64>,
}

/// The tree as two registers set it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    fitted: Fitted,
    rcc: u32,
    rcc2: u32,
}

impl Tree {
    pub(super) fn new(fitted: Fitted, rcc: u32, rcc2: u32) -> Self {
        Self { fitted, rcc, rcc2 }
    }

    fn extended(self) -> bool {
        self.rcc2 & RCC2_USERCC2 != 0
    }

    /// The register whose PWRDN and BYPASS count.
    fn control(self) -> u32 {
        if self.extended() { self.rcc2 } else { self.rcc }
    }

    pub(super) fn pll_is_on(self) -> bool {
        self.control() & PWRDN == 0
    }

    pub(super) fn asks_for_pll(self) -> bool {
        self.control() & BYPASS == 0
    }

    fn source(self) -> u32 {
        if self.extended() { self.rcc2 >> 4 & 0b111 } else { self.rcc >> 4 & 0b11 }
    }

    fn xtal(self) -> usize {
        (self.rcc >> 6 & 0xF) as usize
    }

    pub(super) fn pllcfg(self) -> u32 {
        PLLCFG[self.xtal()]
    }

    /// What the PLL's output depends on: it locks anew with another.
    pub(super) fn pll_input(self) -> (u32, usize) {
        (self.source(), self.xtal())
    }

    /// The oscillator: numerator and denominator of hertz. `None` where there is none.
    fn oscillator(self) -> Option<(u64, u64)> {
        match self.source() {
            0 => self.fitted.crystal.map(|hertz| (hertz, 1)),
            1 => Some((self.fitted.internal, 1)),
            2 => Some((self.fitted.internal, 4)),
            3 => Some((self.fitted.slow, 1)),
            _ => None,
        }
    }

    /// The core's clock from the PLL, or from the oscillator itself. Without an oscillator it goes on with the internal one.
    pub(super) fn core(self, from_pll: bool) -> (u64, u64) {
        let (numerator, denominator) = self.oscillator().unwrap_or((self.fitted.internal, 1));
        let field = if self.extended() { self.rcc2 >> 23 & 0x3F } else { self.rcc >> 23 & 0xF };
        let divider = u64::from(field) + 1;
        if from_pll {
            let divider = CRYSTALS[self.xtal()] * divider.max(LEAST_PLL_DIVIDER);
            return (numerator.saturating_mul(PLL_HERTZ / 2), denominator * divider);
        }
        (numerator, denominator * if self.rcc & RCC_USESYSDIV != 0 { divider } else { 1 })
    }

    /// Whether the chip is made for the clock that is asked for: the PLL needs the crystal that XTAL says.
    pub(super) fn permitted(self) -> bool {
        let Some(oscillator) = self.oscillator() else { return false };
        if !self.asks_for_pll() {
            return true;
        }
        let fits = self.xtal() >= FIRST_FOR_PLL && oscillator == (CRYSTALS[self.xtal()], 1);
        self.pll_is_on() && fits
    }
}
