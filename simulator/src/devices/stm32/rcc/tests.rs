//! The clock controller's registers, start-up times, tree, gates and resets. A tick is one of 16 MHz.

use super::super::super::testing::Bench;
use super::super::super::{CORE_CLOCK, Gate};
use super::*;
use crate::testing::stm32f4_discovery;

const MICROSECOND: u64 = 16;
const MILLISECOND: u64 = 16_000;
const MEGAHERTZ: u64 = 1_000_000;

const CR_HSIRDY: u32 = 1 << 1;
const CR_HSERDY: u32 = 1 << 17;
const CR_PLLRDY: u32 = 1 << 25;
const CR_PLLI2SRDY: u32 = 1 << 27;
const SW_HSE: u32 = 0b01;
const SW_PLL: u32 = 0b10;
/// AHB undivided, APB1 by 4, APB2 by 2.
const PRESCALERS: u32 = 0b101 << 10 | 0b100 << 13;

fn bench_with(hse: Option<u64>) -> Bench<Stm32f4Rcc> {
    let mut board = stm32f4_discovery();
    board.hse_hz = hse;
    Bench::of(Stm32f4Rcc::new(&board), 16_000_000)
}

fn bench() -> Bench<Stm32f4Rcc> {
    bench_with(Some(8_000_000))
}

fn pll(m: u32, n: u32, p: u32) -> u32 {
    m | n << 6 | (p / 2 - 1) << 16 | 7 << 24
}

/// The usual way to 168 MHz: 8 MHz / 8 * 336 / 2.
const USUAL: [u32; 3] = [8, 336, 2];

/// With the PLL locked on the crystal.
fn locked(m: u32, n: u32, p: u32) -> Bench<Stm32f4Rcc> {
    let mut bench = bench();
    bench.write(CR, CR_RESET | CR_HSEON).write(PLLCFGR, pll(m, n, p) | PLLCFGR_SRC_HSE);
    bench.at(2 * MILLISECOND).write(CR, CR_RESET | CR_HSEON | CR_PLLON).at(3 * MILLISECOND);
    assert_eq!(bench.read(CR) & CR_PLLRDY, CR_PLLRDY);
    bench
}

/// The frequencies that were told last: numerator, denominator of hertz.
fn told(bench: &Bench<Stm32f4Rcc>) -> [(u64, u64); 5] {
    let frequency = |name| {
        let change = bench.clocks.iter().rev().find(|change| change.name == name).expect(name);
        (change.numerator, change.denominator)
    };
    [CORE_CLOCK, "apb1", "apb1-timer", "apb2", "apb2-timer"].map(frequency)
}

fn megahertz(frequencies: [u64; 5]) -> [(u64, u64); 5] {
    frequencies.map(|frequency| (frequency * MEGAHERTZ, 1))
}

/// RM 7.3.1 to 7.3.24: offset, reset value, bits that a store changes. Of CR these are all that can be written
/// but HSION, since the core runs from the HSI; those of CSR that clear the flags have a test of their own.
#[test]
fn register_table() {
    for (offset, reset, writable) in [
        (0x00, 0x0000_0083, 0x050D_00F8),
        (0x04, 0x2400_3010, 0x0F43_7FFF),
        (0x08, 0x0000_0000, 0xFFFF_FCF3),
        (0x0C, 0x0000_0000, 0x0000_3F00),
        (0x10, 0x0000_0000, 0x2260_11FF),
        (0x14, 0x0000_0000, 0x0000_00F1),
        (0x18, 0x0000_0000, 0x0000_0001),
        (0x20, 0x0000_0000, 0x36FE_C9FF),
        (0x24, 0x0000_0000, 0x0007_5933),
        (0x30, 0x0010_0000, 0x7E74_11FF),
        (0x34, 0x0000_0000, 0x0000_00F1),
        (0x38, 0x0000_0000, 0x0000_0001),
        (0x40, 0x0000_0000, 0x36FE_C9FF),
        (0x44, 0x0000_0000, 0x0007_5F33),
        (0x50, 0x7E67_91FF, 0x7E67_91FF),
        (0x54, 0x0000_00F1, 0x0000_00F1),
        (0x58, 0x0000_0001, 0x0000_0001),
        (0x60, 0x36FE_C9FF, 0x36FE_C9FF),
        (0x64, 0x0007_5F33, 0x0007_5F33),
        (0x70, 0x0000_0000, 0x0000_0000),
        (0x74, 0x0E00_0000, 0x0E00_0001),
        (0x80, 0x0000_0000, 0xCFFF_FFFF),
        (0x84, 0x2000_3000, 0x7000_7FC0),
    ] {
        let mut bench = bench();
        assert_eq!(bench.read(offset), reset, "{offset:#x}");
        assert_eq!(bench.unmodelled, 0, "{offset:#x}");
        bench.write(offset, !reset);
        assert_eq!(bench.read(offset), reset ^ writable, "{offset:#x}");
    }
    for reserved in [0x1C, 0x28, 0x2C, 0x3C, 0x48, 0x5C, 0x68, 0x78, 0x7C, 0x88] {
        let mut bench = bench();
        bench.write(reserved, 0).read(reserved);
        assert_eq!(bench.unmodelled, 2, "{reserved:#x}");
    }
}

/// RM 7.3: "word, half-word and byte access".
#[test]
fn narrow_stores_leave_the_other_bytes() {
    let mut bench = bench();
    assert_eq!(bench.device.narrow_store(), NarrowStore::Lanes);
    bench.write(0x40, 0x0002_0001).write_lanes(0x40, 0x0000_4000, 0xFF00);
    assert_eq!(bench.read(0x40), 0x0002_4001);
    bench.write_lanes(CR, CR_HSEON, 0x00FF_0000);
    assert_eq!(bench.read(CR), 0x0001_0083);
    bench.write_lanes(CSR, 1, 0xFF);
    assert_eq!(bench.read(CSR), 0x0E00_0001, "no byte with RMVF");
}

/// DS tables 32 and 34 to 37: HSE 2 ms, PLL at most 300 us, LSI at most 40 us, HSI at most 4 us.
#[test]
fn oscillators_take_their_time() {
    let mut bench = bench();
    bench.write(CR, CR_RESET | CR_HSEON).write(CSR, CSR_LSION);
    assert_eq!(bench.at(40 * MICROSECOND - 1).read(CSR) & 0b11, 0b01);
    assert_eq!(bench.at(40 * MICROSECOND).read(CSR) & 0b11, 0b11);
    assert_eq!(bench.at(2 * MILLISECOND - 1).read(CR) & CR_HSERDY, 0);
    assert_eq!(bench.at(2 * MILLISECOND).read(CR) & CR_HSERDY, CR_HSERDY);
    // The core goes over to the HSE, the HSI is switched off and on again.
    bench.write(CFGR, SW_HSE).write(CR, CR_HSEON);
    assert_eq!(bench.read(CR) & (CR_HSIRDY | CR_HSION), 0);
    bench.write(CR, CR_RESET | CR_HSEON);
    assert_eq!(bench.at(2 * MILLISECOND + 4 * MICROSECOND - 1).read(CR) & CR_HSIRDY, 0);
    assert_eq!(bench.at(2 * MILLISECOND + 4 * MICROSECOND).read(CR) & CR_HSIRDY, CR_HSIRDY);
    bench.write(CR, CR_RESET | CR_HSEON | CR_PLLON | CR_PLLI2SON);
    let begin = 2 * MILLISECOND + 4 * MICROSECOND;
    assert_eq!(bench.at(begin + 300 * MICROSECOND - 1).read(CR) & (CR_PLLRDY | CR_PLLI2SRDY), 0);
    let both = CR_PLLRDY | CR_PLLI2SRDY;
    assert_eq!(bench.at(begin + 300 * MICROSECOND).read(CR) & both, both);
}

#[test]
fn without_a_crystal_the_hse_is_never_ready() {
    let mut bench = bench_with(None);
    bench.write(PLLCFGR, pll(8, 336, 2) | PLLCFGR_SRC_HSE).write(CR, CR_RESET | CR_HSEON | CR_PLLON);
    assert_eq!(bench.at(10_000 * MILLISECOND).read(CR), CR_RESET | CR_HSIRDY | CR_HSEON | CR_PLLON);
    assert_eq!(bench.due(), None);
}

/// RM 7.2.3: the PLL is configured, then enabled; its input must run.
#[test]
fn a_pll_locks_once_its_input_is_ready() {
    let mut bench = bench();
    bench.write(PLLCFGR, pll(8, 336, 2) | PLLCFGR_SRC_HSE).write(CR, CR_RESET | CR_PLLON);
    bench.at(MILLISECOND).write(CR, CR_RESET | CR_PLLON | CR_HSEON);
    let lock = 3 * MILLISECOND + 300 * MICROSECOND;
    assert_eq!(bench.at(lock - 1).read(CR) & CR_PLLRDY, 0);
    assert_eq!(bench.at(lock).read(CR) & CR_PLLRDY, CR_PLLRDY);
    bench.write(CR, CR_RESET | CR_PLLON);
    assert_eq!(bench.read(CR) & CR_PLLRDY, 0, "its input is gone");
}

#[test]
fn the_usual_way_to_168_megahertz() {
    let [m, n, p] = USUAL;
    let mut bench = locked(m, n, p);
    assert_eq!(bench.clocks, [], "nothing has changed yet");
    bench.write(CFGR, PRESCALERS);
    assert_eq!(told(&bench), megahertz([16, 4, 8, 8, 16]));
    bench.write(CFGR, PRESCALERS | SW_PLL);
    assert_eq!(told(&bench), megahertz([168, 42, 84, 84, 168]));
    assert_eq!(bench.read(CFGR), PRESCALERS | SW_PLL | 0b10 << 2);
    assert_eq!(bench.unmodelled, 0);
}

/// RM 7.3.2: VCO = input * N / M, output = VCO / P. 8 MHz * 201 / 7 / 6 is no whole number of hertz.
#[test]
fn frequencies_are_exact_ratios() {
    let mut bench = locked(7, 201, 6);
    bench.write(CFGR, SW_PLL);
    assert_eq!(told(&bench)[0], (8_000_000 * 201 / 6, 7), "in lowest terms: 8000000 * 201 / 6 = 268000000");
    bench.write(CFGR, SW_PLL | 0b1000 << 4);
    assert_eq!(told(&bench)[0], (134_000_000, 7));
}

/// RM 7.3.3: the codes of HPRE and PPRE; RM 7.2: timers run at twice a bus clock that is divided.
#[test]
fn prescalers() {
    let hpre = [(0b0111, 1), (0b1000, 2), (0b1001, 4), (0b1010, 8), (0b1011, 16), (0b1100, 64), (0b1101, 128)];
    for (code, divider) in hpre.into_iter().chain([(0b1110, 256), (0b1111, 512)]) {
        let mut bench = bench();
        bench.write(CFGR, code << 4);
        assert_eq!(told(&bench), [(16_000_000 / divider, 1); 5], "HPRE {code:#b}");
    }
    for (code, divider) in [(0b011, 1), (0b100, 2), (0b101, 4), (0b110, 8), (0b111, 16)] {
        let timer = if divider == 1 { 16_000_000 } else { 32_000_000 / divider };
        let (bus, core) = ((16_000_000 / divider, 1), (16_000_000, 1));
        let mut bench = bench();
        bench.write(CFGR, code << 10);
        assert_eq!(told(&bench), [core, bus, (timer, 1), core, core], "PPRE1 {code:#b}");
        bench.write(CFGR, code << 13);
        assert_eq!(told(&bench), [core, core, core, bus, (timer, 1)], "PPRE2 {code:#b}");
    }
}

/// RM 7.2.6: "If a clock source that is not yet ready is selected, the switch occurs when the clock source is ready."
#[test]
fn a_switch_waits_for_its_source() {
    let mut bench = bench();
    bench.write(CR, CR_RESET | CR_HSEON).write(CFGR, SW_HSE);
    assert_eq!(bench.at(2 * MILLISECOND - 1).read(CFGR), SW_HSE, "SWS is still 0");
    assert_eq!(told(&bench)[0], (16_000_000, 1));
    assert_eq!(bench.at(2 * MILLISECOND).read(CFGR), SW_HSE | 0b01 << 2);
    assert_eq!(told(&bench)[0], (8_000_000, 1));
}

/// RM 7.3.1: HSION, HSEON and PLLON cannot be cleared while the system clock needs them, directly or not.
#[test]
fn a_clock_in_use_cannot_be_switched_off() {
    let mut bench = bench();
    assert_eq!(bench.write(CR, 0x80).read(CR), 0x83);
    let [m, n, p] = USUAL;
    let mut bench = locked(m, n, p);
    bench.write(CFGR, PRESCALERS | SW_PLL).write(CR, 0x80);
    assert_eq!(bench.read(CR), 0x80 | CR_PLLON | CR_PLLRDY | CR_HSEON | CR_HSERDY, "the HSI is not in use");
}

/// RM 7.3.2: factors can be written only while the PLL is off; M and SRC only while both PLLs are.
#[test]
fn a_pll_that_is_on_keeps_its_factors() {
    let mut bench = bench();
    bench.write(CR, CR_RESET | CR_PLLON).write(PLLCFGR, 0);
    assert_eq!(bench.read(PLLCFGR), PLLCFGR_RESET);
    bench.write(CR, CR_RESET | CR_PLLI2SON).write(PLLCFGR, pll(2, 100, 8) | PLLCFGR_SRC_HSE).write(PLLI2SCFGR, 0);
    assert_eq!(bench.read(PLLCFGR), 1 << 29 | pll(16, 100, 8));
    assert_eq!(bench.read(PLLI2SCFGR), PLLI2SCFGR_RESET);
}

/// RM 7.3.1: "The HSEBYP bit can be written only if the HSE oscillator is disabled."
#[test]
fn the_bypass_is_chosen_before() {
    let mut bench = bench();
    bench.write(CR, CR_RESET | CR_HSEON).write(CR, CR_RESET | CR_HSEON | CR_HSEBYP);
    assert_eq!(bench.read(CR) & CR_HSEBYP, 0);
    bench.write(CR, CR_RESET | CR_HSEBYP).write(CR, CR_RESET | CR_HSEON);
    assert_eq!(bench.read(CR) & (CR_HSEBYP | CR_HSEON), CR_HSEON, "both at once, while it was off");
}

/// RM 7.3.2 and 7.3.3: VCO input 1 to 2 MHz, output 100 to 432 MHz, M 2 to 63, N 50 to 432; SYSCLK at most 168 MHz, APB1
/// 42 MHz, APB2 84 MHz.
#[test]
fn what_the_chip_is_not_made_for_is_listed() {
    for (m, n, listed) in [
        (16, 192, 0), // 1 MHz, 192 MHz
        (17, 192, 1), // 0.94 MHz
        (8, 216, 0),  // 2 MHz, 432 MHz
        (8, 217, 1),  // 434 MHz
        (7, 100, 1),  // 2.3 MHz
        (16, 100, 0), // 100 MHz
        (16, 99, 1),  // 99 MHz
        (8, 49, 1),   // N
        (1, 100, 1),  // M
    ] {
        let mut bench = bench();
        bench.write(PLLCFGR, pll(m, n, 8)).write(CR, CR_RESET | CR_PLLON);
        assert_eq!(bench.unmodelled, listed, "M {m}, N {n}");
        assert_eq!(bench.at(MILLISECOND).read(CR) & CR_PLLRDY, CR_PLLRDY, "it does what it can");
    }
    for (n, cfgr, listed) in [
        (336, PRESCALERS, 0),
        (337, PRESCALERS, 1),                    // SYSCLK 168.5 MHz
        (168, 0b100 << 10, 0),                   // 84, 42, 84 MHz
        (169, 0b101 << 10, 1),                   // APB2 84.5 MHz
        (169, 0b100 << 10 | 0b100 << 13, 1),     // APB1 42.25 MHz
        (169, 0b101 << 10 | 0b100 << 13, 0),     // 84.5, 21.1, 42.25 MHz
        (168, 0b101 << 10 | 0b100 << 13 | 1, 0), // SW 3
    ] {
        let mut bench = locked(8, n, 2);
        bench.write(CFGR, cfgr | SW_PLL);
        let expected = if cfgr & 1 != 0 { 1 } else { listed };
        assert_eq!(bench.unmodelled, expected, "N {n}, CFGR {cfgr:#x}");
    }
    // A switch that is still to come is told by the store that asks for it.
    let mut bench = bench();
    bench
        .write(CR, CR_RESET | CR_HSEON)
        .write(PLLCFGR, pll(8, 400, 2) | PLLCFGR_SRC_HSE)
        .write(CFGR, PRESCALERS | SW_PLL);
    assert_eq!(bench.unmodelled, 1);
}

/// RM 7.3.2: M and N of 0 are wrong, too, and no frequency follows from them.
#[test]
fn a_pll_without_factors_never_locks() {
    for factors in [pll(0, 336, 2), pll(8, 0, 2)] {
        let mut bench = bench();
        bench.write(PLLCFGR, factors).write(CR, CR_RESET | CR_PLLON).write(CFGR, PRESCALERS | SW_PLL);
        assert_eq!(bench.at(10 * MILLISECOND).read(CR) & CR_PLLRDY, 0);
        assert!(bench.unmodelled > 0);
    }
}

#[test]
fn what_is_not_modelled_is_listed() {
    for (offset, value) in [(CR, 0x89), (SSCGR, SSCGR_SSCGEN), (0x60, 0x36FE_C9FE)] {
        let mut bench = bench();
        bench.write(offset, value);
        assert_eq!(bench.unmodelled, 1, "{offset:#x}");
    }
}

/// RM 7.3.4: a flag is set if its interrupt is enabled, and cleared by a bit 16 places above.
#[test]
fn ready_interrupts() {
    let mut bench = bench();
    assert_eq!(bench.device.line("RCC"), Some(0));
    bench.write(CIR, Source::Hse.flag() << 8).write(CR, CR_RESET | CR_HSEON).write(CSR, CSR_LSION);
    assert_eq!((bench.at(2 * MILLISECOND - 1).device.lines(), bench.read(CIR)), (0, 0x0800));
    assert_eq!((bench.at(2 * MILLISECOND).device.lines(), bench.read(CIR)), (1, 0x0808));
    bench.write(CIR, 0x0800 | 1 << 16);
    assert_eq!(bench.device.lines(), 1, "another's bit");
    bench.write(CIR, 0x0800 | 1 << 19);
    assert_eq!((bench.device.lines(), bench.read(CIR)), (0, 0x0800));
}

/// RM 7.3.13: USART2EN is bit 17 of APB1ENR.
#[test]
fn enables_open_gates() {
    let mut bench = bench();
    let [usart2, tim2] = ["APB1ENR.17", "APB1ENR.0"].map(|name| bench.device.gate(name).expect(name));
    bench.write(0x40, 1 << 17 | 1).write(0x40, 1).write(0x40, 1);
    assert_eq!(bench.gates, [(tim2, Gate::Open), (usart2, Gate::Open), (usart2, Gate::Closed)]);
}

/// RM 7.3.8: a peripheral has the place in RSTR that it has in ENR.
#[test]
fn resets_go_through_the_same_gates() {
    let mut bench = bench();
    let usart2 = bench.device.gate("APB1ENR.17").unwrap();
    bench.write(0x20, 1 << 17).write(0x20, 1 << 17).write(0x20, 0);
    assert_eq!(bench.gates, [(usart2, Gate::Reset)]);
    assert_eq!(bench.read(0x40), 0, "a reset enables nothing");
}

#[test]
fn gates_have_the_names_of_enables() {
    let device = bench().device;
    let gates = ["AHB1ENR.0", "AHB2ENR.7", "AHB3ENR.0", "APB1ENR.28", "APB2ENR.14"].map(|name| device.gate(name));
    assert!(gates.iter().all(Option::is_some));
    for (index, gate) in gates.iter().enumerate() {
        assert!(!gates[..index].contains(gate), "each is another");
    }
    for name in ["APB1ENR.16", "APB1ENR.32", "APB1ENR.x", "APB1ENR", "APB1LPENR.17", "APB3ENR.0", ""] {
        assert_eq!(device.gate(name), None, "{name}");
    }
}

/// Every peripheral of the chip's file has a clock and an enable of this controller.
#[test]
fn the_chips_file_names_what_there_is() {
    let (board, device) = (stm32f4_discovery(), bench().device);
    let clocks = device.clocks().unwrap();
    assert_eq!(clocks.last(), Some(&ClockChange { name: "lsi", numerator: 32_000, denominator: 1 }));
    for peripheral in &board.chip.peripherals {
        let clock = peripheral.clock.as_deref().unwrap_or(CORE_CLOCK);
        assert!(clocks.iter().any(|change| change.name == clock), "{}", peripheral.name);
        let enable = peripheral.enable.as_deref();
        assert!(enable.is_none_or(|enable| device.gate(enable).is_some()), "{}", peripheral.name);
    }
}

/// RM 7.3.21: RMVF clears the flags and reads 0. A reset by the chip itself is output on the reset pin (RM 7.1.1).
#[test]
fn the_status_register_tells_the_cause_of_a_reset() {
    let mut bench = bench();
    assert_eq!(bench.write(CSR, CSR_RMVF).read(CSR), 0);
    for (cause, flags) in [
        (ResetCause::Software, CSR_SFTRSTF | CSR_PINRSTF),
        (ResetCause::Watchdog, CSR_IWDGRSTF | CSR_PINRSTF),
        (ResetCause::Pin, CSR_PINRSTF),
        (ResetCause::Power, 0x0E00_0000),
    ] {
        assert!(bench.reset(cause));
        assert_eq!(bench.read(CSR), flags, "{cause:?}");
        bench.write(CSR, CSR_RMVF);
    }
    bench.reset(ResetCause::Software);
    bench.reset(ResetCause::Watchdog);
    assert_eq!(bench.read(CSR), CSR_SFTRSTF | CSR_IWDGRSTF | CSR_PINRSTF, "flags add up until they are removed");
}

#[test]
fn a_reset_brings_clocks_and_gates_back() {
    let [m, n, p] = USUAL;
    let mut bench = locked(m, n, p);
    let tim2 = bench.device.gate("APB1ENR.0").unwrap();
    bench.write(0x40, 1).write(CFGR, PRESCALERS | SW_PLL);
    bench.gates.clear();
    bench.reset(ResetCause::Software);
    assert_eq!(told(&bench), megahertz([16; 5]));
    assert_eq!(bench.gates, [(tim2, Gate::Closed)]);
    for (offset, reset) in [(CR, 0x83), (PLLCFGR, PLLCFGR_RESET), (CFGR, 0), (0x40, 0)] {
        assert_eq!(bench.read(offset), reset, "{offset:#x}");
    }
    assert_eq!(bench.due(), None);
}

/// RM 7.3.20: BDCR is written only with PWR's DBP set; RTCSEL once; a reset of the backup domain clears all but BDRST.
#[test]
fn the_backup_domain_is_protected() {
    let mut bench = bench();
    assert_eq!(bench.write(BDCR, 0x8105).read(BDCR), 0);
    assert!(bench.device.listens(Signal::BackupAccess { open: true }));
    bench.hear(Signal::BackupAccess { open: true }).write(BDCR, 0x8105);
    assert_eq!(bench.read(BDCR), 0x8105, "the LSE has no crystal, so it is not ready");
    bench.reset(ResetCause::Software);
    assert_eq!(bench.write(BDCR, 0).read(BDCR), 0x8105, "it outlives a reset, and is closed again");
    bench.hear(Signal::BackupAccess { open: true }).write(BDCR, 0x0200);
    assert_eq!(bench.read(BDCR), 0x0104, "RTCSEL stays, and so does LSEBYP while the LSE is on");
    bench.write(BDCR, backup::BDRST | 0x8200);
    assert_eq!((bench.read(BDCR), &bench.signals[..]), (backup::BDRST, &[Signal::BackupReset][..]));
    assert_eq!(bench.write(BDCR, 0x0200).read(BDCR), 0x0200);
}
