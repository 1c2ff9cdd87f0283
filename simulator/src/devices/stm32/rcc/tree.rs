//! The clock tree (RM 7.2): what frequencies follow from PLLCFGR and CFGR, and which of them the chip cannot stand.
//!
//! ```text
//! HSI ─┬──────────────────────────┐
//!      └┐                         ├─ SW ─ sysclk ─ / HPRE ─ hclk ─┬─ / PPRE1 ─ apb1 ─ x1 or x2 ─ apb1-timer
//! HSE ──┼─────────────────────────┤                               └─ / PPRE2 ─ apb2 ─ x1 or x2 ─ apb2-timer
//!       └─ PLLSRC ─ / M x N ─ / P ┘
//! ```

use super::super::super::{CORE_CLOCK, ClockChange};

const MEGAHERTZ: u64 = 1_000_000;

/// A frequency, `numerator / denominator` hertz in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hertz {
    numerator: u64,
    denominator: u64,
}

impl Hertz {
    /// A frequency that a board or chip file gives.
    pub(super) fn new(hertz: u64) -> Self {
        Self { numerator: hertz.max(1), denominator: 1 }
    }

    fn times(self, factor: u64) -> Self {
        Self { numerator: self.numerator.saturating_mul(factor), ..self }.reduced()
    }

    fn over(self, divisor: u64) -> Self {
        Self { denominator: self.denominator.saturating_mul(divisor), ..self }.reduced()
    }

    fn reduced(self) -> Self {
        let (mut divisor, mut rest) = (self.numerator, self.denominator);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Self { numerator: self.numerator / divisor, denominator: self.denominator / divisor }
    }

    fn within(self, range: std::ops::RangeInclusive<u64>) -> bool {
        let scaled = |hertz: u64| u128::from(hertz) * u128::from(self.denominator);
        (scaled(*range.start())..=scaled(*range.end())).contains(&u128::from(self.numerator))
    }

    fn named(self, name: &'static str) -> ClockChange {
        ClockChange { name, numerator: self.numerator, denominator: self.denominator }
    }
}

/// The factors of a PLL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pll {
    pub(super) m: u64,
    pub(super) n: u64,
    /// P of the main PLL; the PLL of I2S has R in its place.
    pub(super) divider: u64,
}

impl Pll {
    /// The main PLL (RM 7.3.2).
    pub(super) fn main(pllcfgr: u32) -> Self {
        Self { divider: 2 * (u64::from(pllcfgr >> 16 & 0b11) + 1), ..Self::with(pllcfgr, pllcfgr) }
    }

    /// The PLL of I2S, which has the main PLL's input divider (RM 7.3.23).
    pub(super) fn i2s(pllcfgr: u32, plli2scfgr: u32) -> Self {
        Self { divider: u64::from(plli2scfgr >> 28 & 0b111), ..Self::with(pllcfgr, plli2scfgr) }
    }

    fn with(pllcfgr: u32, n: u32) -> Self {
        Self { m: u64::from(pllcfgr & 0x3F), n: u64::from(n >> 6 & 0x1FF), divider: 0 }
    }

    /// Whether anything can come out: there is no frequency with a factor of 0.
    pub(super) fn runs(self) -> bool {
        self.m != 0 && self.n != 0 && self.divider != 0
    }

    /// Whether the factors and frequencies are those that the manual allows.
    pub(super) fn permitted(self, input: Hertz) -> bool {
        let factors = (2..=63).contains(&self.m) && (50..=432).contains(&self.n) && self.divider >= 2;
        factors
            && input.over(self.m).within(MEGAHERTZ..=2 * MEGAHERTZ)
            && input.times(self.n).over(self.m).within(100 * MEGAHERTZ..=432 * MEGAHERTZ)
    }

    pub(super) fn output(self, input: Hertz) -> Hertz {
        input.times(self.n.max(1)).over(self.m.max(1) * self.divider.max(1))
    }
}

/// The frequencies behind the switch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    sysclk: Hertz,
    hclk: Hertz,
    /// Frequency, and what it was divided by.
    apb1: (Hertz, u64),
    apb2: (Hertz, u64),
}

impl Tree {
    pub(super) fn new(sysclk: Hertz, cfgr: u32) -> Self {
        let hclk = sysclk.over(ahb_divider(cfgr >> 4 & 0xF));
        let apb = |prescaler| {
            let divider = apb_divider(prescaler);
            (hclk.over(divider), divider)
        };
        Self { sysclk, hclk, apb1: apb(cfgr >> 10 & 0b111), apb2: apb(cfgr >> 13 & 0b111) }
    }

    pub(super) fn clocks(&self) -> [ClockChange; 5] {
        // RM 7.2: timers run at the bus clock if that is not divided, at twice of it otherwise.
        let timer = |(bus, divider): (Hertz, u64)| if divider == 1 { bus } else { bus.times(2) };
        [
            self.hclk.named(CORE_CLOCK),
            self.apb1.0.named("apb1"),
            timer(self.apb1).named("apb1-timer"),
            self.apb2.0.named("apb2"),
            timer(self.apb2).named("apb2-timer"),
        ]
    }

    /// Whether the chip is good for it (DS table 14; RM 7.3.2 and 7.3.3).
    pub(super) fn permitted(&self) -> bool {
        self.sysclk.within(0..=168 * MEGAHERTZ)
            && self.apb1.0.within(0..=42 * MEGAHERTZ)
            && self.apb2.0.within(0..=84 * MEGAHERTZ)
    }
}

/// HPRE (RM 7.3.3): there is no division by 32.
fn ahb_divider(hpre: u32) -> u64 {
    match hpre {
        0..=7 => 1,
        8..=11 => 2 << (hpre - 8),
        _ => 64 << (hpre.min(15) - 12),
    }
}

/// PPRE1 and PPRE2.
fn apb_divider(ppre: u32) -> u64 {
    match ppre {
        0..=3 => 1,
        _ => 2 << (ppre.min(7) - 4),
    }
}
