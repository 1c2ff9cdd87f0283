//! Power, reset, clock, interrupt (FE, "Clock Generation"): what drives the core and, from the same clock, its peripherals.
//!
//! ```text
//! HFROSC / (hfroscdiv + 1) ─┬──────────────────────────────────────────────▶ 0
//!                           └▶ 0                                               pllsel ──▶ hfclk
//!                      pllrefsel ─▶ PLL or bypass ─▶ output divider or not ─▶ 1
//! HFXOSC ────────────────────▶ 1
//! ```
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x00 | hfrosccfg | 31 rdy, 30 en, 20:16 trim, 5:0 div |
//! | 0x04 | hfxosccfg | 31 rdy, 30 en |
//! | 0x08 | pllcfg | 31 lock, 18 bypass, 17 refsel, 16 sel, 11:10 q, 9:4 f, 2:0 r |
//! | 0x0C | plloutdiv | 8 by1, 5:0 div |
//! | 0xF0 | procmoncfg | not modelled |
//!
//! The PLL's input is divided by r + 1 (6 to 12 MHz), multiplied by 2 (f + 1) (384 to 768 MHz) and divided by 2^q (48 to
//! 384 MHz); the output divider divides by 2 (div + 1) unless by1 is set. FE has no figures for the oscillators' start;
//! the crystal is ready after 1 ms, the ring oscillator after 10 us, and the PLL locks in the 100 us that FE has firmware
//! wait. All of that is after power-on, too: only the ring oscillator runs then.
//!
//! Listed as not modelled, and in effect as well as can be: a PLL outside its limits, hfclk from what is not ready, and
//! switching off what hfclk comes from, which would stop a chip. Another trim than that after reset is listed and has no
//! effect. A crystal that the board does not have is never ready, and hfclk never comes from it.

use bluekernel_boards::model::Board;
use serde::{Deserialize, Serialize};

use super::super::{CORE_CLOCK, ClockChange, Context, Device, NarrowStore, ResetCause};
use crate::clock::{ClockDomain, MILLISECOND, Picoseconds};

const HFROSCCFG: u32 = 0x00;
const HFXOSCCFG: u32 = 0x04;
const PLLCFG: u32 = 0x08;
const PLLOUTDIV: u32 = 0x0C;

/// Ready, or locked.
const READY: u32 = 1 << 31;
const ENABLE: u32 = 1 << 30;
const TRIM: u32 = 0x1F << 16;
const HFROSCCFG_BITS: u32 = ENABLE | TRIM | 0x3F;
const HFROSCCFG_RESET: u32 = ENABLE | 16 << 16 | 4;
const HFXOSCCFG_RESET: u32 = ENABLE;
const PLL_SEL: u32 = 1 << 16;
const PLL_REFSEL: u32 = 1 << 17;
const PLL_BYPASS: u32 = 1 << 18;
const PLLCFG_BITS: u32 = 0x7_0FF7;
const PLLCFG_RESET: u32 = PLL_BYPASS | PLL_REFSEL | 3 << 10 | 31 << 4 | 1;
const OUT_BY_1: u32 = 1 << 8;
const PLLOUTDIV_BITS: u32 = OUT_BY_1 | 0x3F;

const MICROSECOND: Picoseconds = MILLISECOND / 1000;
const HFROSC_START: Picoseconds = 10 * MICROSECOND;
const HFXOSC_START: Picoseconds = MILLISECOND;
const PLL_LOCK: Picoseconds = 100 * MICROSECOND;

/// A frequency: numerator and denominator of hertz.
type Hertz = (u64, u64);

/// An oscillator or the PLL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    #[default]
    Off,
    /// Until this time.
    Starting(Picoseconds),
    Ready,
}

impl Source {
    fn is_ready(self) -> bool {
        self == Self::Ready
    }

    fn flag(self) -> u32 {
        if self.is_ready() { READY } else { 0 }
    }

    /// Switches it on or off; one that is on goes on.
    fn switch(&mut self, on: bool, start: Picoseconds, now: Picoseconds) {
        *self = match *self {
            _ if !on => Self::Off,
            Self::Off => Self::Starting(now.saturating_add(start)),
            under_way => under_way,
        };
    }

    fn settle(&mut self, now: Picoseconds) {
        if matches!(*self, Self::Starting(at) if at <= now) {
            *self = Self::Ready;
        }
    }

    fn due(self) -> Option<Picoseconds> {
        if let Self::Starting(at) = self { Some(at) } else { None }
    }
}

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SifivePrci {
    /// The ring oscillator before its divider, in hertz.
    ring: u64,
    /// The crystal, if the board has one.
    crystal: Option<u64>,
    hfrosccfg: u32,
    hfxosccfg: u32,
    pllcfg: u32,
    plloutdiv: u32,
    hfrosc: Source,
    hfxosc: Source,
    pll: Source,
}

impl SifivePrci {
    /// The clock controller of a board's chip, behind power-on.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let ring = board.chip.oscillators.hsi.unwrap_or(board.chip.reset_hz.saturating_mul(5));
        Self::behind_reset(ring, board.hse_hz, 0)
    }

    fn behind_reset(ring: u64, crystal: Option<u64>, now: Picoseconds) -> Self {
        let mut hfxosc = Source::Off;
        hfxosc.switch(crystal.is_some(), HFXOSC_START, now);
        Self {
            ring,
            crystal,
            hfrosccfg: HFROSCCFG_RESET,
            hfxosccfg: HFXOSCCFG_RESET,
            pllcfg: PLLCFG_RESET,
            plloutdiv: OUT_BY_1,
            hfrosc: Source::Ready,
            hfxosc,
            pll: Source::Off,
        }
    }

    fn ring_output(&self) -> Hertz {
        (self.ring, u64::from(self.hfrosccfg & 0x3F) + 1)
    }

    /// What goes into the PLL, and whether it runs.
    fn reference(&self) -> (Hertz, Source) {
        match self.crystal.filter(|_| self.pllcfg & PLL_REFSEL != 0) {
            Some(crystal) => ((crystal, 1), self.hfxosc),
            None if self.pllcfg & PLL_REFSEL != 0 => (self.ring_output(), Source::Off),
            None => (self.ring_output(), self.hfrosc),
        }
    }

    fn bypassed(&self) -> bool {
        self.pllcfg & PLL_BYPASS != 0
    }

    /// The PLL's output, and whether all of it is within the limits.
    fn pll_output(&self) -> (Hertz, bool) {
        let field = |shift: u32, mask: u32| u64::from(self.pllcfg >> shift & mask);
        let ((numerator, denominator), _) = self.reference();
        let divided = (numerator, denominator * (field(0, 0b111) + 1));
        let multiplied = (divided.0 * 2 * (field(4, 0x3F) + 1), divided.1);
        let output = (multiplied.0, multiplied.1 << field(10, 0b11));
        let within = |(numerator, denominator): Hertz, least: u64, most: u64| {
            (denominator * least * 1_000_000..=denominator * most * 1_000_000).contains(&numerator)
        };
        let good = within(divided, 6, 12) && within(multiplied, 384, 768) && within(output, 48, 384);
        (output, good && field(10, 0b11) != 0)
    }

    /// What drives the core, and whether it can.
    fn hfclk(&self) -> (Hertz, bool) {
        if self.pllcfg & PLL_SEL == 0 {
            return (self.ring_output(), self.hfrosc.is_ready());
        }
        let (reference, source) = self.reference();
        let ((numerator, denominator), ready) = if self.bypassed() {
            (reference, source.is_ready())
        } else {
            let (output, good) = self.pll_output();
            (output, good && self.pll.is_ready())
        };
        let divider = if self.plloutdiv & OUT_BY_1 != 0 { 1 } else { 2 * (u64::from(self.plloutdiv & 0x3F) + 1) };
        ((numerator, denominator * divider), ready)
    }

    fn change(&self) -> ClockChange {
        let ((numerator, denominator), _) = self.hfclk();
        ClockChange { name: CORE_CLOCK, numerator, denominator }
    }

    /// Brings everything to a time, and the PLL to what its input and its settings are.
    fn settle(&mut self, now: Picoseconds) {
        self.hfrosc.settle(now);
        self.hfxosc.settle(now);
        let (_, reference) = self.reference();
        self.pll.switch(!self.bypassed() && reference.is_ready(), PLL_LOCK, now);
        self.pll.settle(now);
    }
}

impl Device for SifivePrci {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        self.settle(context.now);
        match offset {
            HFROSCCFG => self.hfrosccfg | self.hfrosc.flag(),
            HFXOSCCFG => self.hfxosccfg | self.hfxosc.flag(),
            PLLCFG => self.pllcfg | self.pll.flag(),
            PLLOUTDIV => self.plloutdiv,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        let now = context.now;
        self.settle(now);
        match offset {
            HFROSCCFG => {
                self.hfrosccfg = context.merge(self.hfrosccfg, value) & HFROSCCFG_BITS;
                self.hfrosc.switch(self.hfrosccfg & ENABLE != 0, HFROSC_START, now);
                if (self.hfrosccfg ^ HFROSCCFG_RESET) & TRIM != 0 {
                    context.unmodelled();
                }
            }
            HFXOSCCFG => {
                self.hfxosccfg = context.merge(self.hfxosccfg, value) & ENABLE;
                self.hfxosc.switch(self.hfxosccfg & ENABLE != 0 && self.crystal.is_some(), HFXOSC_START, now);
            }
            PLLCFG => {
                let before = self.pllcfg;
                self.pllcfg = context.merge(before, value) & PLLCFG_BITS;
                // Another input or another factor, and it has to lock anew.
                if (before ^ self.pllcfg) & !(PLL_SEL | PLL_BYPASS) != 0 {
                    self.pll = Source::Off;
                }
                if !self.bypassed() && !self.pll_output().1 {
                    context.unmodelled();
                }
            }
            PLLOUTDIV => self.plloutdiv = context.merge(self.plloutdiv, value) & PLLOUTDIV_BITS,
            _ => return context.unmodelled(),
        }
        self.settle(now);
        if !self.hfclk().1 {
            context.unmodelled();
        }
        context.set_clock(self.change());
    }

    /// A flag is read when firmware asks; nothing else changes by itself, but the PLL waits for its input.
    fn deadline(&self, _: &ClockDomain) -> Option<Picoseconds> {
        [self.hfrosc, self.hfxosc, self.pll].into_iter().filter_map(Source::due).min()
    }

    fn fire(&mut self, context: &mut Context<'_>) {
        self.settle(context.now);
    }

    fn reset(&mut self, _: ResetCause, context: &mut Context<'_>) -> bool {
        *self = Self::behind_reset(self.ring, self.crystal, context.now);
        context.set_clock(self.change());
        true
    }

    fn clocks(&self) -> Option<Vec<ClockChange>> {
        Some(vec![self.change()])
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    const MHZ: u64 = 1_000_000;
    /// A tick of the bench.
    const TICKS_IN_A_MILLISECOND: u64 = 10_000;

    fn with(crystal: Option<u64>) -> Bench<SifivePrci> {
        Bench::of(SifivePrci::behind_reset(69 * MHZ, crystal, 0), 10 * MHZ)
    }

    /// HiFive1's, past the start of its crystal.
    fn bench() -> Bench<SifivePrci> {
        let mut bench = with(Some(16 * MHZ));
        bench.at(TICKS_IN_A_MILLISECOND);
        bench
    }

    /// The core's frequency in hertz.
    fn hertz(bench: &Bench<SifivePrci>) -> f64 {
        let last = bench.clocks.last().expect("a store tells the clock");
        assert_eq!(last.name, CORE_CLOCK);
        last.numerator as f64 / last.denominator as f64
    }

    /// Settings of the PLL from the crystal.
    fn pll(r: u32, f: u32, q: u32) -> u32 {
        PLL_REFSEL | q << 10 | f << 4 | r
    }

    /// FE, "Clock Generation", tables of the registers: offset, value after reset, bits that can be written.
    #[test]
    fn register_table() {
        for (offset, reset, writable) in [
            (0x00, 0xC010_0004, 0x401F_003F),
            (0x04, 0xC000_0000, 0x4000_0000),
            (0x08, 0x0006_0DF1, 0x0007_0FF7),
            (0x0C, 0x0000_0100, 0x0000_013F),
        ] {
            let mut bench = bench();
            assert_eq!(bench.read(offset), reset, "{offset:#x}");
            // The flag at the top is hardware's.
            bench.write(offset, !reset);
            assert_eq!((bench.read(offset) ^ reset) & !READY, writable, "{offset:#x}");
        }
        let mut bench = bench();
        bench.write(0x10, 0).write(0xF0, 0).read(0xF0);
        assert_eq!(bench.unmodelled, 3);
    }

    #[test]
    fn it_starts_from_the_ring_oscillator() {
        let clocks = with(None).device.clocks().unwrap();
        assert_eq!(clocks, [ClockChange { name: CORE_CLOCK, numerator: 69 * MHZ, denominator: 5 }], "13.8 MHz");
        for (div, megahertz) in [(0, 69.0), (2, 23.0), (63, 69.0 / 64.0)] {
            let mut bench = bench();
            bench.write(HFROSCCFG, ENABLE | 16 << 16 | div);
            assert_eq!((hertz(&bench), bench.unmodelled), (megahertz * 1e6, 0));
        }
    }

    #[test]
    fn the_crystal_is_ready_after_its_start() {
        let mut bench = with(Some(16 * MHZ));
        assert_eq!(bench.at(TICKS_IN_A_MILLISECOND - 1).read(HFXOSCCFG), ENABLE);
        assert_eq!(bench.at(TICKS_IN_A_MILLISECOND).read(HFXOSCCFG), ENABLE | READY);
        bench.write(PLLCFG, PLLCFG_RESET | PLL_SEL);
        assert_eq!((hertz(&bench), bench.unmodelled), (16e6, 0), "past the PLL");
        // 0x70df1 is what firmware finds then.
        assert_eq!(bench.read(PLLCFG), 0x0007_0DF1);
        bench.write(HFXOSCCFG, 0);
        assert_eq!((bench.read(HFXOSCCFG), bench.unmodelled), (0, 1), "a chip would stand still");
    }

    /// FE, "PLL": r, f, q and the frequency, by the formula in the head of this file.
    #[test]
    fn frequencies_of_the_pll() {
        for (r, f, q, divider, megahertz) in [
            (1, 31, 1, None, 256.0),
            (1, 39, 1, None, 320.0),
            (1, 47, 2, None, 192.0),
            (1, 31, 3, None, 64.0),
            (1, 31, 1, Some(0), 128.0),
            (1, 39, 1, Some(9), 16.0),
        ] {
            let mut bench = bench();
            bench.write(PLLOUTDIV, divider.unwrap_or(OUT_BY_1)).write(PLLCFG, pll(r, f, q));
            assert_eq!(bench.at(TICKS_IN_A_MILLISECOND + 999).read(PLLCFG) & READY, 0);
            assert_eq!(bench.at(TICKS_IN_A_MILLISECOND + 1000).read(PLLCFG) & READY, READY, "locked after 100 us");
            bench.write(PLLCFG, pll(r, f, q) | PLL_SEL);
            assert_eq!((hertz(&bench), bench.unmodelled), (megahertz * 1e6, 0), "{r} {f} {q} {divider:?}");
            assert_eq!(bench.read(PLLCFG) & READY, READY, "choosing it changes nothing of it");
        }
    }

    #[test]
    fn the_pll_locks_on_the_ring_oscillator_too() {
        let mut bench = bench();
        // 69 MHz / 6 / 1 * 2 * 32 / 4 = 184 MHz
        let settings = 2 << 10 | 31 << 4;
        bench.write(HFROSCCFG, ENABLE | 16 << 16 | 5).write(PLLCFG, settings).at(2 * TICKS_IN_A_MILLISECOND);
        bench.write(PLLCFG, settings | PLL_SEL);
        assert_eq!((hertz(&bench), bench.unmodelled), (184e6, 0));
    }

    #[test]
    fn outside_its_limits_a_pll_is_listed() {
        // An input of 16 and of 5.33 MHz, an oscillator of 368 and of 784 MHz, an output of 46 MHz, a divider of 1.
        for (r, f, q) in [(0, 23, 1), (2, 39, 1), (1, 22, 1), (1, 48, 1), (1, 22, 3), (1, 31, 0)] {
            let mut bench = bench();
            bench.write(PLLCFG, pll(r, f, q));
            assert_eq!(bench.unmodelled, 1, "{r} {f} {q}");
        }
    }

    #[test]
    fn what_is_not_ready_is_listed() {
        let mut bench = bench();
        bench.write(PLLCFG, pll(1, 31, 1) | PLL_SEL);
        assert_eq!((hertz(&bench), bench.unmodelled), (256e6, 1), "not locked yet");
        let mut bench = with(None);
        bench.at(10 * TICKS_IN_A_MILLISECOND).write(PLLCFG, PLLCFG_RESET | PLL_SEL);
        assert_eq!((bench.read(HFXOSCCFG), hertz(&bench), bench.unmodelled), (ENABLE, 13.8e6, 1), "no crystal");
    }

    #[test]
    fn a_reset_goes_back_to_the_ring_oscillator() {
        let mut bench = bench();
        bench.write(PLLCFG, PLLCFG_RESET | PLL_SEL).at(5 * TICKS_IN_A_MILLISECOND);
        assert!(bench.reset(ResetCause::Software));
        assert_eq!((hertz(&bench), bench.read(PLLCFG), bench.read(HFXOSCCFG)), (13.8e6, PLLCFG_RESET, ENABLE));
        assert_eq!(bench.at(6 * TICKS_IN_A_MILLISECOND).read(HFXOSCCFG), ENABLE | READY);
    }
}
