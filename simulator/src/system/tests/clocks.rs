//! The STM32F4's clock tree and gates, and what they do to the core and the peripherals.

use super::*;
use crate::clock::MILLISECOND;
use crate::devices::{CORE_CLOCK, ResetCause};
use crate::testing::stm32f4_discovery;

const TIM2: u32 = 0x4000_0000;
const IWDG: u32 = 0x4000_3000;
const PWR: u32 = 0x4000_7000;
const SYSCFG: u32 = 0x4001_3800;
const EXTI: u32 = 0x4001_3C00;
const RCC: u32 = 0x4002_3800;
const SIGNATURE: u32 = 0x1FFF_7A00;
const DBGMCU: u32 = 0xE004_2000;

const CR: u32 = RCC;
const PLLCFGR: u32 = RCC + 0x04;
const CFGR: u32 = RCC + 0x08;
const APB1RSTR: u32 = RCC + 0x20;
const AHB1ENR: u32 = RCC + 0x30;
const APB1ENR: u32 = RCC + 0x40;
const APB2ENR: u32 = RCC + 0x44;
const BDCR: u32 = RCC + 0x70;
const CSR: u32 = RCC + 0x74;

const TIM_CR1: u32 = TIM2;
const TIM_CNT: u32 = TIM2 + 0x24;

/// Of the HSI, 16 MHz.
const CYCLE: Picoseconds = 62_500;
/// HPRE 1, PPRE1 4, PPRE2 2, SW PLL.
const PLL_WITH_PRESCALERS: u32 = 0b101 << 10 | 0b100 << 13 | 0b10;

fn chip() -> System {
    build(&stm32f4_discovery(), Unmodelled::Warn).unwrap()
}

fn load(system: &mut System, cycle: u64, address: u32) -> u32 {
    system.read(at(address, cycle)).unwrap()
}

fn hertz(system: &System, peripheral: &str) -> u64 {
    system.slots.iter().find(|slot| slot.name == peripheral).unwrap().clock.hertz()
}

/// From the 8 MHz crystal: M 8, N 336, P 2. The store at cycle 48000, 3 ms behind power-on, switches.
fn at_168_megahertz() -> System {
    let mut system = chip();
    store(&mut system, 0, CR, 1 << 16 | 0x81);
    store(&mut system, 1, PLLCFGR, 8 | 336 << 6 | 1 << 22 | 7 << 24);
    assert_eq!(load(&mut system, 31_999, CR) >> 17 & 1, 0);
    assert_eq!(load(&mut system, 32_000, CR) >> 17 & 1, 1, "the crystal runs after 2 ms");
    store(&mut system, 32_000, CR, 1 << 24 | 1 << 16 | 0x81);
    assert_eq!(load(&mut system, 48_000, CR) >> 25 & 1, 1);
    store(&mut system, 48_000, CFGR, PLL_WITH_PRESCALERS);
    system
}

#[test]
fn the_chip_starts_at_16_megahertz() {
    let system = chip();
    assert_eq!(system.clock.hertz(), 16_000_000);
    for clock in [CORE_CLOCK, "apb1", "apb1-timer", "apb2", "apb2-timer"] {
        assert_eq!(system.rates[clock], (16_000_000, 1), "{clock}");
    }
    assert_eq!((system.rates["lsi"], hertz(&system, "IWDG")), ((32_000, 1), 32_000));
}

#[test]
fn the_usual_sequence_leads_to_168_megahertz() {
    let mut system = at_168_megahertz();
    let rates = [(CORE_CLOCK, 168), ("apb1", 42), ("apb1-timer", 84), ("apb2", 84), ("apb2-timer", 168)];
    for (clock, megahertz) in rates {
        assert_eq!(system.rates[clock], (megahertz * 1_000_000, 1), "{clock}");
    }
    // What is behind a gate gets its clock when that opens.
    store(&mut system, 48_001, APB1ENR, 1 << 17 | 1);
    store(&mut system, 48_001, APB2ENR, 1 << 14 | 1 << 4);
    store(&mut system, 48_001, AHB1ENR, 1);
    let peripherals = [("TIM2", 84), ("USART2", 42), ("USART1", 84), ("SYSCFG", 84), ("GPIOA", 168), ("EXTI", 84)];
    for (peripheral, megahertz) in peripherals {
        assert_eq!(hertz(&system, peripheral), megahertz * 1_000_000, "{peripheral}");
    }
    assert_eq!(system.unmodelled(), []);
}

/// 48,000 cycles of 62.5 ns, then 168 of them in a microsecond.
#[test]
fn a_switch_bends_the_cores_time_and_breaks_it_nowhere() {
    let mut system = at_168_megahertz();
    assert!(system.take_attention(), "the core was told to run until a cycle whose time is another now");
    let clock = system.clock().clone();
    assert_eq!((clock.time_of(48_000), clock.ticks_at(3 * MILLISECOND)), (3 * MILLISECOND, 48_000));
    assert_eq!(clock.time_of(48_000 + 168_000), 4 * MILLISECOND);
    assert_eq!(clock.ticks_at(4 * MILLISECOND - 1), 48_000 + 167_999);
    // And back.
    store(&mut system, 48_000 + 168_000, CFGR, 0);
    assert_eq!(system.clock().time_of(48_000 + 168_000 + 16_000), 5 * MILLISECOND);
}

/// The HSE becomes ready while the core is in an instruction that takes two cycles more.
#[test]
fn what_the_core_has_counted_stays_counted() {
    let mut system = chip();
    store(&mut system, 0, CR, 1 << 16 | 0x81);
    store(&mut system, 10, CFGR, 0b01);
    let there = 2 * MILLISECOND + 2 * CYCLE;
    system.advance(there);
    assert_eq!(system.clock().ticks_at(there), 32_002);
    assert_eq!(system.clock().time_of(32_002), there, "time does not go back");
    assert_eq!(system.clock().time_of(32_002 + 8), there + MILLISECOND / 1000, "8 MHz from there on");
    assert_eq!(load(&mut system, 32_010, CFGR), 0b0101);
}

#[test]
fn a_peripheral_without_clock_is_as_good_as_absent() {
    let mut system = chip();
    store(&mut system, 1, TIM_CR1, 1);
    assert_eq!(load(&mut system, 2, TIM_CR1), 0);
    let listed: Vec<_> = system.unmodelled().into_iter().map(|it| (it.address, it.peripheral, it.write)).collect();
    let name = Some("TIM2, whose clock is off".to_owned());
    assert_eq!(listed, [(TIM_CR1.into(), name.clone(), false), (TIM_CR1.into(), name, true)]);
    store(&mut system, 3, APB1ENR, 1);
    assert_eq!(load(&mut system, 4, TIM_CR1), 0, "the store is lost, not late");
    store(&mut system, 5, TIM_CR1, 1);
    assert_eq!(load(&mut system, 6, TIM_CR1), 1);
    assert_eq!(system.unmodelled().len(), 2);
}

#[test]
fn a_counter_stands_still_behind_a_closed_gate() {
    let mut system = chip();
    store(&mut system, 0, APB1ENR, 1);
    store(&mut system, 100, TIM_CR1, 1);
    let before = load(&mut system, 600, TIM_CNT);
    store(&mut system, 600, APB1ENR, 0);
    assert_eq!(load(&mut system, 5000, TIM_CNT), 0, "a closed gate reads 0");
    store(&mut system, 100_600, APB1ENR, 1);
    assert_eq!(load(&mut system, 100_600, TIM_CNT), before);
    assert_eq!(load(&mut system, 100_700, TIM_CNT), before + 100);
}

/// 16 MHz: a cycle is a tick. Then the timer has 84 MHz, half of the core's.
#[test]
fn a_counter_goes_on_from_where_it_was_at_another_speed() {
    let mut system = chip();
    store(&mut system, 0, APB1ENR, 1);
    store(&mut system, 0, TIM_CR1, 1);
    let mut fast = at_168_megahertz();
    store(&mut fast, 48_000, APB1ENR, 1);
    store(&mut fast, 48_000, TIM_CR1, 1);
    let slow = load(&mut system, 1000, TIM_CNT);
    assert_eq!(load(&mut system, 2000, TIM_CNT) - slow, 1000);
    let first = load(&mut fast, 49_000, TIM_CNT);
    assert_eq!(load(&mut fast, 50_000, TIM_CNT) - first, 500);
    store(&mut fast, 50_000, CFGR, 0b101 << 10 | 0b100 << 13);
    let last = load(&mut fast, 50_000, TIM_CNT);
    assert_eq!(last - first, 500, "the count is what it was");
    assert_eq!(load(&mut fast, 51_000, TIM_CNT) - last, 500, "16 MHz, APB1 by 4: the timer has 8 MHz");
}

#[test]
fn a_peripheral_is_reset_alone() {
    let mut system = chip();
    store(&mut system, 0, APB1ENR, 1 << 28 | 1);
    store(&mut system, 0, TIM_CR1, 1);
    store(&mut system, 0, PWR, 1 << 8);
    store(&mut system, 100, APB1RSTR, 1);
    assert_eq!((load(&mut system, 200, TIM_CR1), load(&mut system, 200, TIM_CNT)), (0, 0));
    assert_eq!(load(&mut system, 200, PWR), 1 << 8);
    store(&mut system, 300, APB1RSTR, 0);
    store(&mut system, 300, TIM_CR1, 1);
    assert_eq!(load(&mut system, 400, TIM_CR1), 1, "its clock has run on");
}

/// RM 5.1.2 and 7.3.20: PWR's DBP opens the backup domain for RCC's BDCR.
#[test]
fn the_power_controller_opens_the_backup_domain() {
    let mut system = chip();
    store(&mut system, 0, APB1ENR, 1 << 28);
    store(&mut system, 0, BDCR, 1 << 15);
    assert_eq!(load(&mut system, 0, BDCR), 0);
    store(&mut system, 1, PWR, 1 << 14 | 1 << 8);
    store(&mut system, 1, BDCR, 1 << 15);
    assert_eq!(load(&mut system, 1, BDCR), 1 << 15);
}

/// RM 9.2.3: EXTI0 from port D.
#[test]
fn system_configuration_leads_a_line_to_a_port() {
    let mut system = chip();
    store(&mut system, 0, AHB1ENR, 1 << 3);
    store(&mut system, 0, APB2ENR, 1 << 14);
    store(&mut system, 0, SYSCFG + 0x08, 3);
    store(&mut system, 0, EXTI, 1);
    store(&mut system, 0, EXTI + 0x08, 1);
    system.drive_pin(3, 0, Some(false), 0);
    system.drive_pin(3, 0, Some(true), 7 * CYCLE);
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 6, level: true, at: 7 * CYCLE }]);
    assert_eq!(system.unmodelled(), []);
}

/// RM table 107: 512 ms from 0xFFF at 32 kHz / 4.
#[test]
fn the_watchdog_resets_the_chip_and_the_status_says_so() {
    let mut system = at_168_megahertz();
    store(&mut system, 48_000, CSR, 1 << 24);
    store(&mut system, 48_000, IWDG, 0xCCCC);
    let end = 515 * MILLISECOND;
    assert_eq!(system.next_event(), Some(end), "the watchdog's clock is not the core's");
    system.advance(end - 1);
    assert_eq!(system.take_reset_request(), None);
    system.advance(end);
    assert!(system.take_attention());
    assert_eq!(system.take_reset_request(), Some(ResetCause::Watchdog));
    let cycles = system.clock().ticks_at(end);
    system.reset(end, ResetCause::Watchdog);
    assert_eq!((system.clock().ticks_at(end), system.clock().hertz()), (cycles, 16_000_000));
    assert_eq!(load(&mut system, cycles, CSR), 1 << 29 | 1 << 26, "IWDGRSTF, PINRSTF");
    assert_eq!((load(&mut system, cycles, CR), system.next_event()), (0x83, None));
}

#[test]
fn a_reset_closes_the_gates() {
    let mut system = chip();
    store(&mut system, 0, APB1ENR, 1);
    store(&mut system, 0, TIM_CR1, 1);
    store(&mut system, 0, DBGMCU + 4, 1);
    system.reset(1000 * CYCLE, ResetCause::Software);
    assert_eq!(load(&mut system, 1001, TIM_CNT), 0);
    assert_eq!(system.unmodelled().len(), 1);
    store(&mut system, 1002, APB1ENR, 1);
    assert_eq!((load(&mut system, 1003, TIM_CR1), load(&mut system, 1003, TIM_CNT)), (0, 0));
    assert_eq!(load(&mut system, 1003, DBGMCU + 4), 1, "what belongs to the debugger stays");
}

/// RM 2.3: the signature is in memory that nobody writes.
#[test]
fn a_store_to_the_signature_is_a_bus_fault() {
    let mut system = chip();
    assert_eq!(system.write(at(SIGNATURE + 0x10, 0), 0), Err(BusError));
    assert_eq!(system.read(Access { address: SIGNATURE + 0x22, size: 2, cycle: 0, pc: 0 }), Ok(1024));
    assert_eq!(system.unmodelled(), []);
}

#[test]
fn a_saved_clock_tree_goes_on_as_if_nothing_had_been() {
    let mut system = at_168_megahertz();
    store(&mut system, 48_001, IWDG, 0xCCCC);
    let mut copy: System = serde_json::from_str(&serde_json::to_string(&system).unwrap()).unwrap();
    for it in [&mut system, &mut copy] {
        it.advance(SECOND);
        assert_eq!(it.take_reset_request(), Some(ResetCause::Watchdog));
    }
    assert_eq!(copy, system);
}
