//! The nRF51822's peripherals together: clocks, interrupts, memory.

use super::*;
use crate::clock::MILLISECOND;
use crate::devices::MemoryChange;
use crate::testing::microbit;

const CLOCK: u32 = 0x4000_0000;
const TIMER0: u32 = 0x4000_8000;
const RTC0: u32 = 0x4000_B000;
const NVMC: u32 = 0x4001_E000;
const GPIO: u32 = 0x5000_0000;
/// 16 MHz.
const CYCLE: Picoseconds = 62_500;
/// The slow RC oscillator runs 0.39 ms after its start, and its first tick is then.
const STARTED: Picoseconds = MILLISECOND * 39 / 100;

fn chip() -> System {
    build(&microbit(), Unmodelled::Fail).unwrap()
}

fn load(system: &mut System, cycle: u64, address: u32) -> u32 {
    system.read(at(address, cycle)).unwrap()
}

/// The RTC counts nothing until the slow clock runs, and from there on 32768 ticks a second, with no error that adds up.
#[test]
fn the_slow_clock_drives_the_rtc() {
    let mut system = chip();
    store(&mut system, 0, RTC0 + 0x540, 32_768);
    store(&mut system, 0, RTC0 + 0x304, 1 << 16);
    store(&mut system, 0, RTC0, 1);
    system.advance(SECOND);
    assert_eq!((load(&mut system, 16_000_000, RTC0 + 0x504), system.take_changes()), (0, vec![]));
    store(&mut system, 16_000_000, CLOCK + 0x008, 1);
    // The core stops at each event, and so the clock begins when it should.
    system.advance(SECOND + STARTED);
    system.advance(2 * SECOND + STARTED);
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 11, level: true, at: 2 * SECOND + STARTED }]);
    // Stopped, it keeps its value.
    store(&mut system, 40_000_000, CLOCK + 0x00C, 1);
    let value = load(&mut system, 40_000_000, RTC0 + 0x504);
    assert_eq!((value, load(&mut system, 80_000_000, RTC0 + 0x504)), (32_768 + 16_371, value));
}

#[test]
fn a_timer_interrupts_by_its_number() {
    let mut system = chip();
    store(&mut system, 0, TIMER0 + 0x540, 1000);
    store(&mut system, 0, TIMER0 + 0x304, 1 << 16);
    store(&mut system, 0, TIMER0, 1);
    system.advance(MILLISECOND);
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 8, level: true, at: 16_000 * CYCLE }]);
}

#[test]
fn flash_is_programmed_and_buttons_are_pressed() {
    let mut system = chip();
    store(&mut system, 0, NVMC + 0x504, 1);
    system.write(at(0x2_0000, 1), 0xCAFE).unwrap();
    let programmed = MemoryChange::Program { address: 0x2_0000, bytes: vec![0xFE, 0xCA, 0, 0] };
    assert_eq!(system.take_memory_changes(), [programmed]);
    store(&mut system, 2, GPIO + 0x700 + 4 * 26, 0);
    assert_eq!(load(&mut system, 3, GPIO + 0x510), 1 << 26);
    system.drive_pin(0, 26, Some(false), MILLISECOND);
    assert_eq!((load(&mut system, 20_000, GPIO + 0x510), system.pin_level(0, 26)), (0, Some(false)));
}

#[test]
fn a_saved_chip_goes_on_as_if_nothing_had_been() {
    let mut system = chip();
    store(&mut system, 0, CLOCK + 0x008, 1);
    store(&mut system, 5, RTC0 + 0x304, 1);
    store(&mut system, 5, RTC0, 1);
    store(&mut system, 6, 0x4000_D000, 1);
    system.advance(MILLISECOND);
    system.take_changes();
    let mut copy: System = serde_json::from_str(&serde_json::to_string(&system).unwrap()).unwrap();
    assert_eq!(copy, system);
    for it in [&mut system, &mut copy] {
        it.advance(2 * MILLISECOND);
    }
    assert_eq!(copy, system);
}
