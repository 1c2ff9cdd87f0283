//! The STM32F4's peripherals together: pins, interrupts, clocks, resets.

use super::*;
use crate::clock::MILLISECOND;
use crate::devices::{ClockChange, Gate, Signal};
use crate::testing::stm32f4;

const GPIOA: u32 = 0x4002_0000;
const GPIOD: u32 = 0x4002_0C00;
const USART2: u32 = 0x4000_4400;
const TIM2: u32 = 0x4000_0000;
const EXTI: u32 = 0x4001_3C00;
/// 16 MHz, the reset clock.
const CYCLE: Picoseconds = 62_500;
const GATE: u16 = 7;

fn chip() -> System {
    build(&stm32f4(), Unmodelled::Fail).unwrap()
}

/// Puts a peripheral behind a gate, which is open.
fn behind_gate(system: &mut System, base: u32) {
    let owner = system.find(base).unwrap();
    system.slots[usize::from(owner)].gate = Some(GATE);
}

fn load(system: &mut System, cycle: u64, address: u32) -> u32 {
    system.read(at(address, cycle)).unwrap()
}

fn irq(irq: u16, level: bool, at: Picoseconds) -> LineChange {
    LineChange { core: None, irq, level, at }
}

/// RM table 61: EXTI9_5 is interrupt 23. An output is seen by the input behind it, so firmware can interrupt itself.
#[test]
fn an_output_interrupts_through_exti() {
    let mut system = chip();
    store(&mut system, 0, GPIOA, 0xA800_0000 | 0b01 << 10);
    store(&mut system, 0, EXTI, 1 << 5);
    store(&mut system, 0, EXTI + 0x08, 1 << 5);
    store(&mut system, 10, GPIOA + 0x18, 1 << 5);
    assert!(system.take_attention());
    assert_eq!(system.take_changes(), [irq(23, true, 10 * CYCLE)]);
    assert_eq!((load(&mut system, 11, EXTI + 0x14), system.pin_level(0, 5)), (1 << 5, Some(true)));
    store(&mut system, 20, EXTI + 0x14, 1 << 5);
    store(&mut system, 30, GPIOA + 0x18, 1 << 21);
    assert_eq!(system.take_changes(), [irq(23, false, 20 * CYCLE)], "the falling edge was not asked for");
}

#[test]
fn another_port_is_heard_when_it_is_chosen() {
    let mut system = chip();
    store(&mut system, 0, GPIOD, 0b01 << 24);
    store(&mut system, 0, EXTI, 1 << 12);
    store(&mut system, 0, EXTI + 0x0C, 1 << 12);
    for (port, irqs) in [(0, vec![]), (3, vec![40])] {
        system.tell(None, 0, Signal::ExtiPort { line: 12, port });
        store(&mut system, 1, GPIOD + 0x14, 1 << 12);
        store(&mut system, 2, GPIOD + 0x14, 0);
        let raised: Vec<_> = system.take_changes().iter().map(|change| change.irq).collect();
        assert_eq!(raised, irqs, "port {port}");
    }
}

/// The board's button on PA0 is high while it is pressed.
#[test]
fn a_button_is_pressed_and_let_go() {
    let mut system = chip();
    store(&mut system, 0, EXTI, 1);
    store(&mut system, 0, EXTI + 0x08, 1);
    assert_eq!(system.pin_level(0, 0), Some(false));
    system.drive_pin(0, 0, Some(true), MILLISECOND);
    assert_eq!(load(&mut system, 16_001, GPIOA + 0x10) & 1, 1);
    system.drive_pin(0, 0, None, 2 * MILLISECOND);
    assert_eq!(load(&mut system, 32_001, GPIOA + 0x10) & 1, 0);
    assert_eq!(system.take_changes(), [irq(6, true, MILLISECOND)]);
    assert_eq!((system.pin_level(9, 0), system.pin_level(0, 16)), (None, None));
}

/// The reset of a port by the clock controller, which HALs do first of all, takes its settings, not the finger from the
/// button; and the pins that change by it are told.
#[test]
fn a_port_that_is_reset_keeps_what_is_wired_to_it() {
    let mut system = chip();
    behind_gate(&mut system, GPIOA);
    system.drive_pin(0, 0, Some(true), 0);
    store(&mut system, 0, GPIOA, 0xA800_0000 | 0b01 << 2);
    store(&mut system, 0, GPIOA + 0x14, 1 << 1);
    store(&mut system, 0, EXTI, 1 << 1);
    store(&mut system, 0, EXTI + 0x0C, 1 << 1);
    system.change_gate(5 * CYCLE, GATE, Gate::Reset);
    assert_eq!((load(&mut system, 6, GPIOA), load(&mut system, 6, GPIOA + 0x10)), (0xA800_0000, 0xA001));
    assert_eq!(system.take_changes(), [irq(7, true, 5 * CYCLE)], "PA1 fell");
}

#[test]
fn a_port_takes_bytes() {
    let mut system = chip();
    let byte = |address, cycle| Access { address, size: 1, cycle, pc: 0 };
    store(&mut system, 0, GPIOD + 0x14, 0x1234);
    system.write(byte(GPIOD + 0x15, 1), 0xAB).unwrap();
    assert_eq!(load(&mut system, 2, GPIOD + 0x14), 0xAB34);
    assert_eq!(system.read(byte(GPIOD + 0x15, 3)), Ok(0xAB));
}

/// 16 MHz / 139 = 115,108 baud. Bytes of 1,390 clocks, the first behind an idle frame.
#[test]
fn a_byte_leaves_by_a_byte_store_and_at_its_time() {
    let mut system = chip();
    store(&mut system, 0, USART2 + 0x08, 139);
    store(&mut system, 0, USART2 + 0x0C, 1 << 13 | 1 << 3 | 1 << 2 | 1 << 5);
    system.write(Access { address: USART2 + 4, size: 1, cycle: 0, pc: 0 }, 0xA5).unwrap();
    system.advance(2 * 1390 * CYCLE - 1);
    assert_eq!(system.take_sent(), []);
    system.advance(2 * 1390 * CYCLE);
    assert_eq!(system.take_sent(), [Sent { stream: 0x12, bytes: vec![0xA5] }]);
    // And one comes in: interrupt 38.
    assert!(system.receive(0x12, b"x", MILLISECOND));
    system.advance(2 * MILLISECOND);
    assert_eq!(system.take_changes(), [irq(38, true, MILLISECOND + 1390 * CYCLE)]);
    assert_eq!(load(&mut system, 40_000, USART2 + 4), u32::from(b'x'));
}

/// The clock controller halves the clock in the middle of a byte, stops it and lets it go on: the byte's clocks are
/// counted, not its time.
#[test]
fn a_byte_lives_through_changes_of_its_clock() {
    let mut system = chip();
    behind_gate(&mut system, USART2);
    store(&mut system, 0, USART2 + 0x08, 139);
    store(&mut system, 0, USART2 + 0x0C, 1 << 13 | 1 << 3);
    store(&mut system, 2000, USART2 + 4, 0x41);
    // 2,000 to 2,400 at full speed,
    let mut now = 2400 * CYCLE;
    system.change_clock(now, ClockChange { name: "hclk", numerator: 8_000_000, denominator: 1 });
    // then 500 clocks at half of it,
    now += 500 * 2 * CYCLE;
    system.change_gate(now, GATE, Gate::Closed);
    assert_eq!(system.next_event(), None);
    // none for a second,
    now += SECOND;
    system.change_gate(now, GATE, Gate::Open);
    // and the 490 that are left.
    let end = now + 490 * 2 * CYCLE;
    assert_eq!(system.next_event(), Some(end));
    system.advance(end);
    assert_eq!(system.take_sent(), [Sent { stream: 0x12, bytes: vec![0x41] }]);
}

/// TIM2 is interrupt 28. Behind its first clock it counts microseconds.
#[test]
fn a_timer_raises_its_interrupt() {
    let mut system = chip();
    for (offset, value) in [(0x28, 15), (0x14, 1), (0x10, 0), (0x34, 1000), (0x0C, 1 << 1), (0x00, 1)] {
        store(&mut system, 0, TIM2 + offset, value);
    }
    system.advance(SECOND);
    assert_eq!(system.take_changes(), [irq(28, true, CYCLE + MILLISECOND)]);
    assert_eq!(load(&mut system, 16_000_001, TIM2 + 0x24), 1_000_000);
    store(&mut system, 16_000_002, TIM2 + 0x10, !(1 << 1));
    assert_eq!(system.take_changes(), [irq(28, false, 16_000_002 * CYCLE)]);
}

#[test]
fn a_chip_in_full_swing_is_saved_and_goes_on() {
    let mut system = chip();
    for (address, value) in [
        (TIM2 + 0x2C, 999),
        (TIM2 + 0x0C, 1),
        (TIM2, 1),
        (USART2 + 0x08, 139),
        (USART2 + 0x0C, 0x202C),
        (USART2 + 4, 0x55),
        (GPIOA + 0x1C, 0x1_0001),
        (EXTI + 0x08, 1),
        (EXTI, 1),
    ] {
        store(&mut system, 1, address, value);
    }
    system.receive(0x12, b"abc", 0);
    let mut copy: System = serde_json::from_str(&serde_json::to_string(&system).unwrap()).unwrap();
    assert_eq!(copy, system);
    for it in [&mut system, &mut copy] {
        it.drive_pin(0, 0, Some(true), 100 * CYCLE);
        it.advance(SECOND);
    }
    assert_eq!((copy.take_changes().len(), copy.take_sent().len()), (system.take_changes().len(), 1));
    system.take_sent();
    assert_eq!(copy, system);
}
