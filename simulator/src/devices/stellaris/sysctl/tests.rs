use super::super::super::Gate;
use super::super::super::testing::Bench;
use super::*;

const MHZ: u64 = 1_000_000;
/// Ticks of the bench until the PLL has locked: 0.5 ms.
const LOCK: u64 = 5000;

/// XTAL for 8 MHz, main oscillator.
const XTAL_8_MHZ: u32 = 14 << 6;
const PWRDN: u32 = 1 << 13;
const BYPASS: u32 = 1 << 11;
const USESYSDIV: u32 = 1 << 22;

fn with(crystal: Option<u64>) -> Bench<StellarisSysctl> {
    let fitted = Fitted { internal: 12 * MHZ, slow: 30_000, crystal };
    Bench::of(StellarisSysctl::reset_state(fitted), 10 * MHZ)
}

fn bench() -> Bench<StellarisSysctl> {
    with(Some(8 * MHZ))
}

/// The core's frequency in hertz.
fn hertz(bench: &Bench<StellarisSysctl>) -> f64 {
    let change = bench.device.change();
    assert_eq!(bench.clocks.last().copied().unwrap_or(change), change, "a change is told");
    change.numerator as f64 / change.denominator as f64
}

/// DS, table "System Control Register Map" and the registers' figures: offset, value after reset, bits that can be written.
#[test]
fn register_table() {
    for (offset, reset, writable) in [
        (0x000, 0x1001_0002, 0),
        (0x004, 0x1073_402E, 0),
        (0x008, 0x00FF_007F, 0),
        (0x010, 0x0011_33FF, 0),
        (0x014, 0x030F_5317, 0),
        (0x018, 0x0F0F_87FF, 0),
        (0x01C, 0x5000_007F, 0),
        (0x030, 0x0000_7FFD, 0x0000_FFFF),
        (0x034, 0x0000_0000, 0x0000_003F),
        (0x040, 0x0000_0000, 0x0011_0048),
        (0x044, 0x0000_0000, 0x030F_5317),
        (0x048, 0x0000_0000, 0x5000_007F),
        (0x050, 0x0000_0000, 0),
        (0x054, 0x0000_0000, 0x0000_0042),
        (0x058, 0x0000_0000, 0),
        (0x05C, 0x0000_0002, 0x0000_003F),
        (0x060, 0x078E_3AD1, 0x0FDE_2BF3),
        (0x070, 0x0780_2810, 0x9F80_2870),
        (0x100, 0x0000_0040, 0x0011_0348),
        (0x104, 0x0000_0000, 0x030F_5317),
        (0x108, 0x0000_0000, 0x5000_007F),
        (0x110, 0x0000_0040, 0x0011_0348),
        (0x114, 0x0000_0000, 0x030F_5317),
        (0x118, 0x0000_0000, 0x5000_007F),
        (0x120, 0x0000_0040, 0x0011_0348),
        (0x124, 0x0000_0000, 0x030F_5317),
        (0x128, 0x0000_0000, 0x5000_007F),
        (0x144, 0x0780_0000, 0x1F80_0070),
    ] {
        let mut bench = bench();
        assert_eq!(bench.read(offset), reset, "{offset:#x}");
        bench.write(offset, !reset);
        assert_eq!(bench.read(offset) ^ reset, writable, "{offset:#x}");
    }
    let mut bench = bench();
    bench.write(0x00C, 0).read(0x00C);
    bench.read(0x200);
    assert_eq!(bench.unmodelled, 3);
}

/// DS, register RCC, field XTAL: the PLL makes 400 MHz of each crystal; the first four are for the oscillator only.
#[test]
fn every_crystal_makes_four_hundred_megahertz() {
    let crystals = [
        (4, 3_579_545),
        (5, 3_686_400),
        (6, 4_000_000),
        (7, 4_096_000),
        (8, 4_915_200),
        (9, 5_000_000),
        (10, 5_120_000),
        (11, 6_000_000),
        (12, 6_144_000),
        (13, 7_372_800),
        (14, 8_000_000),
        (15, 8_192_000),
    ];
    for (xtal, crystal) in crystals {
        let mut bench = with(Some(crystal));
        bench.write(RCC, xtal << 6 | 3 << 23).at(LOCK);
        assert_eq!((hertz(&bench), bench.unmodelled), (400e6 / 2.0 / 4.0, 0), "XTAL {xtal}");
    }
    // 8 MHz times F = 50, divided by R + 1 = 1.
    let mut bench = bench();
    bench.write(RCC, PWRDN | BYPASS | XTAL_8_MHZ);
    assert_eq!(bench.read(PLLCFG), 50 << 5);
}

#[test]
fn it_starts_from_the_internal_oscillator() {
    let mut bench = bench();
    assert_eq!(hertz(&bench), 12e6);
    // SYSDIV is 15, and in use with USESYSDIV.
    bench.write(RCC, RCC_RESET | USESYSDIV);
    assert_eq!(hertz(&bench), 750e3);
}

#[test]
fn the_four_oscillators() {
    for (source, expected) in [(0, 8e6), (1, 12e6), (2, 3e6), (3, 30e3)] {
        let mut bench = bench();
        bench.write(RCC, PWRDN | BYPASS | XTAL_8_MHZ | source << 4);
        assert_eq!((hertz(&bench), bench.unmodelled), (expected, 0), "OSCSRC {source}");
    }
    let mut bench = with(None);
    bench.write(RCC, PWRDN | BYPASS | XTAL_8_MHZ);
    assert_eq!((hertz(&bench), bench.unmodelled), (12e6, 1), "no crystal");
}

/// As DS, "Initialization and Configuration", has it: bypass, PLL on, wait for the lock, take it. 50 MHz is 200 MHz / 4.
#[test]
fn the_pll_locks_after_its_time() {
    let mut bench = bench();
    bench.write(IMC, 1 << 6);
    bench.write(RCC, BYPASS | XTAL_8_MHZ | 3 << 23 | USESYSDIV);
    assert_eq!((hertz(&bench), bench.due()), (2e6, Some(LOCK)));
    assert_eq!((bench.at(LOCK - 1).read(RIS), bench.device.lines()), (0, 0));
    assert_eq!((bench.at(LOCK).read(RIS), bench.read(MISC), bench.device.lines()), (0x40, 0x40, 1));
    bench.write(RCC, XTAL_8_MHZ | 3 << 23 | USESYSDIV);
    assert_eq!((hertz(&bench), bench.unmodelled), (50e6, 0));
    bench.write(MISC, 1 << 6);
    assert_eq!((bench.read(RIS), bench.device.lines()), (0, 0));
}

/// "Hardware is provided to keep the PLL from being used as a system clock until the TREADY condition is met."
#[test]
fn the_core_waits_for_the_lock() {
    let mut bench = bench();
    bench.write(RCC, XTAL_8_MHZ | 4 << 23 | USESYSDIV);
    assert_eq!(hertz(&bench), 1.6e6);
    bench.at(LOCK);
    assert_eq!(hertz(&bench), 40e6);
    // Off, and on again.
    bench.write(RCC, PWRDN | XTAL_8_MHZ | 4 << 23 | USESYSDIV);
    assert_eq!((hertz(&bench), bench.due()), (1.6e6, None));
}

/// DS, registers RCC (SYSDIV) and DC1 (MINSYSDIV): the PLL's divider is always in use, and never below 4.
#[test]
fn dividers_of_the_pll() {
    for (divider, expected) in [(15, 12.5e6), (9, 20e6), (3, 50e6), (2, 50e6), (0, 50e6)] {
        let mut bench = bench();
        bench.write(RCC, XTAL_8_MHZ | divider << 23).at(LOCK);
        assert_eq!(hertz(&bench), expected, "SYSDIV {divider}");
    }
}

#[test]
fn rcc2_has_more_divisors() {
    let mut bench = bench();
    bench.write(RCC, RCC_RESET & !(0xF << 6) | XTAL_8_MHZ);
    bench.write(RCC2, 1 << 31 | 63 << 23);
    bench.at(LOCK);
    assert_eq!((hertz(&bench), bench.unmodelled), (3.125e6, 0));
    // Without USERCC2 it is RCC again, whose PLL is off.
    bench.write(RCC2, 63 << 23);
    assert_eq!(hertz(&bench), 12e6);
}

#[test]
fn a_clock_that_the_chip_is_not_made_for_is_listed() {
    let cases = [
        ("crystal of 6 MHz said, 8 MHz fitted", 11 << 6 | 5 << 23),
        ("PLL from the internal oscillator", XTAL_8_MHZ | 5 << 23 | 1 << 4),
        ("crystal too slow for the PLL", 5 << 23),
        ("PLL asked for and off", XTAL_8_MHZ | PWRDN | 5 << 23),
        ("clocks off in sleep", PWRDN | BYPASS | XTAL_8_MHZ | 1 << 27),
    ];
    for (why, rcc) in cases {
        let mut bench = bench();
        bench.write(RCC, rcc);
        assert_eq!(bench.unmodelled, 1, "{why}");
    }
}

#[test]
fn gates_by_name_and_bit() {
    let mut bench = bench();
    // Names as chip files have them; a bit that no peripheral has is no gate.
    let timer = bench.device.gate("RCGC1.16").unwrap();
    assert_eq!(
        (bench.device.gate("RCGC1.3"), bench.device.gate("RCGC3.0"), bench.device.gate("AHB1ENR.0")),
        (None, None, None)
    );
    bench.write(0x104, 1 << 16).write(0x044, 1 << 16).write(0x104, 0);
    assert_eq!(bench.gates, [(timer, Gate::Open), (timer, Gate::Reset), (timer, Gate::Closed)]);
}

#[test]
fn causes_of_reset_add_up() {
    let mut bench = bench();
    bench.write(RCC, PWRDN | BYPASS | XTAL_8_MHZ).write(0x108, 1);
    bench.gates.clear();
    assert!(bench.reset(ResetCause::Software));
    assert_eq!((bench.read(RESC), bench.read(RCC), hertz(&bench)), (0x12, 0x078E_3AD1, 12e6));
    assert_eq!(bench.gates, [(bench.device.gate("RCGC2.0").unwrap(), Gate::Closed)]);
    bench.write(RESC, 0).reset(ResetCause::Watchdog);
    assert_eq!(bench.read(RESC), 0x08);
    bench.reset(ResetCause::Pin);
    assert_eq!(bench.read(RESC), 0x09);
    bench.reset(ResetCause::Power);
    assert_eq!(bench.read(RESC), 0x02);
}
