//! The address map, events and lines together.

mod clocks;
mod nrf51;
mod riscv;
mod stm32;

use super::*;
use crate::clock::SECOND;
use crate::testing::board;
use bksim_protocol::message::Unmodelled;
use bluekernel_boards::model::Board;

const TIMER0: u32 = 0x4000_0000;
const TIMER1: u32 = 0x4000_1000;
const UART0: u32 = 0x4000_4000;
const UART1: u32 = 0x4000_5000;
/// 25 MHz.
const CYCLE: Picoseconds = 40_000;

fn system(unmodelled: Unmodelled) -> System {
    build(&board(), unmodelled).unwrap()
}

fn at(address: u32, cycle: u64) -> Access {
    Access { address, size: 4, cycle, pc: 0x42 }
}

fn store(system: &mut System, cycle: u64, address: u32, value: u32) {
    system.write(at(address, cycle), value).unwrap();
}

#[test]
fn every_peripheral_with_a_model_answers_at_its_base() {
    let board = board();
    let mut system = system(Unmodelled::Fail);
    for peripheral in board.chip.peripherals.iter().filter(|peripheral| peripheral.model.is_some()) {
        let base = u32::try_from(peripheral.base).unwrap();
        assert!(system.read(at(base, 0)).is_ok(), "{}", peripheral.name);
    }
    assert_eq!(system.take_refused(), None);
}

#[test]
fn an_event_fires_at_its_time_and_drives_its_line() {
    let mut system = system(Unmodelled::Warn);
    system.set_horizon(u64::MAX);
    store(&mut system, 10, TIMER0 + 8, 99);
    store(&mut system, 10, TIMER0, 9);
    assert!(system.take_attention(), "the deadline is before the horizon");
    assert_eq!(system.next_event(), Some(109 * CYCLE));
    system.advance(109 * CYCLE - 1);
    assert_eq!(system.take_changes(), []);
    // A host that comes late sees the change at its own time.
    system.advance(500 * CYCLE);
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 8, level: true, at: 109 * CYCLE }]);
    store(&mut system, 600, TIMER0 + 0xC, 1);
    assert!(system.take_attention());
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 8, level: false, at: 600 * CYCLE }]);
}

#[test]
fn nothing_asks_for_attention_that_can_wait() {
    let mut system = system(Unmodelled::Warn);
    system.set_horizon(50 * CYCLE);
    store(&mut system, 0, TIMER0 + 8, 99);
    store(&mut system, 0, TIMER0, 9);
    system.read(at(TIMER0 + 4, 20)).unwrap();
    assert!(!system.take_attention());
}

#[test]
fn equal_deadlines_fire_in_the_order_of_scheduling() {
    for (first, second, irqs) in [(TIMER0, TIMER1, [8, 9]), (TIMER1, TIMER0, [9, 8])] {
        let mut system = system(Unmodelled::Warn);
        for timer in [first, second] {
            store(&mut system, 0, timer + 8, 1000);
            store(&mut system, 0, timer, 9);
        }
        system.advance(2000 * CYCLE);
        let order: Vec<_> = system.take_changes().iter().map(|change| change.irq).collect();
        assert_eq!(order, irqs);
    }
}

#[test]
fn an_access_behind_a_deadline_sees_what_happened_at_it() {
    // The instruction that crosses the horizon reads a timer whose event has not been fired yet.
    let mut system = system(Unmodelled::Warn);
    system.set_horizon(109 * CYCLE);
    store(&mut system, 10, TIMER0 + 8, 99);
    store(&mut system, 10, TIMER0, 9);
    assert_eq!(system.read(at(TIMER0 + 0xC, 110)), Ok(1));
    assert!(system.take_attention());
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 8, level: true, at: 109 * CYCLE }]);
}

#[test]
fn a_shared_line_is_up_while_one_of_its_owners_holds_it() {
    let mut system = system(Unmodelled::Allow);
    for uart in [UART0, UART1] {
        // Transmitter on with its overrun interrupt, then two characters at once.
        store(&mut system, 0, uart + 16, 217);
        store(&mut system, 0, uart + 8, 1 | 1 << 4);
        store(&mut system, 0, uart, 1);
        store(&mut system, 0, uart, 2);
    }
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 12, level: true, at: 0 }]);
    store(&mut system, 5, UART0 + 0xC, 1 << 2);
    assert_eq!(system.take_changes(), []);
    store(&mut system, 6, UART1 + 0xC, 1 << 2);
    assert_eq!(system.take_changes(), [LineChange { core: None, irq: 12, level: false, at: 6 * CYCLE }]);
}

#[test]
fn receive_and_transmit_have_lines_of_their_own() {
    let mut system = system(Unmodelled::Warn);
    store(&mut system, 0, UART0 + 16, 217);
    store(&mut system, 0, UART0 + 8, 0b1111);
    assert!(system.input_can_wake());
    assert!(system.receive(0x10, b"x", 0));
    assert!(!system.receive(0x1F, b"x", 0));
    store(&mut system, 0, UART0, 65);
    system.advance(SECOND);
    let irqs: Vec<_> = system.take_changes().iter().map(|change| change.irq).collect();
    assert_eq!(irqs, [1, 0], "the transmit buffer is empty after 13 clocks, the character has arrived after 2170");
    assert_eq!(system.take_sent(), [Sent { stream: 0x10, bytes: vec![65] }]);
}

#[test]
fn what_is_not_modelled_is_listed_with_its_peripheral() {
    let mut system = system(Unmodelled::Warn);
    // A peripheral without a model, a register of a model, an address that the board does not name.
    assert_eq!(system.read(at(0x4001_0000, 1)), Ok(0));
    assert_eq!(system.read(at(0x4001_0000, 2)), Ok(0));
    assert_eq!(system.write(at(UART0 + 0x20, 3), 7), Ok(()));
    assert_eq!(system.read(at(0x5000_0000, 4)), Ok(0));
    let list: Vec<_> =
        system.unmodelled().into_iter().map(|it| (it.address, it.peripheral, it.write, it.count)).collect();
    assert_eq!(
        list,
        [
            (0x4000_4020, Some("UART0".into()), true, 1),
            (0x4001_0000, Some("GPIO0".into()), false, 2),
            (0x5000_0000, None, false, 1),
        ]
    );
    assert!(!system.take_attention());
}

#[test]
fn the_policy_decides() {
    let mut quiet = system(Unmodelled::Allow);
    quiet.read(at(0x4001_0000, 1)).unwrap();
    assert_eq!(quiet.unmodelled(), []);
    let mut strict = system(Unmodelled::Fail);
    strict.read(at(0x4001_0004, 1)).unwrap();
    assert!(strict.take_attention());
    let refused = strict.take_refused().unwrap();
    assert_eq!((refused.address, refused.pc, refused.peripheral.as_deref()), (0x4001_0004, 0x42, Some("GPIO0")));
}

#[test]
fn nothing_answers_outside_the_peripherals() {
    let mut system = system(Unmodelled::Warn);
    for address in [0x1000_0000, 0x3000_0000, 0x6000_0000, 0xA000_0000] {
        assert_eq!(system.read(at(address, 0)), Err(BusError));
        assert_eq!(system.write(at(address, 0), 1), Err(BusError));
    }
    assert_eq!(system.unmodelled(), []);
}

#[test]
fn narrow_accesses_take_their_lane() {
    let mut system = system(Unmodelled::Warn);
    store(&mut system, 0, TIMER0 + 8, 0x1234_5678);
    let read = |system: &mut System, offset, size| {
        system.read(Access { address: TIMER0 + 8 + offset, size, cycle: 0, pc: 0 }).unwrap()
    };
    assert_eq!(read(&mut system, 0, 1), 0x78);
    assert_eq!(read(&mut system, 1, 1), 0x56);
    assert_eq!(read(&mut system, 2, 2), 0x1234);
    system.write(Access { address: TIMER0 + 9, size: 1, cycle: 0, pc: 0 }, 0xFFAB).unwrap();
    assert_eq!(read(&mut system, 0, 4), 0xAB00);
}

#[test]
fn a_saved_system_goes_on_as_if_nothing_had_been() {
    let mut system = system(Unmodelled::Warn);
    for (timer, reload) in [(TIMER0, 700), (TIMER1, 700)] {
        store(&mut system, 0, timer + 8, reload);
        store(&mut system, 0, timer, 9);
    }
    store(&mut system, 0, UART0 + 16, 217);
    store(&mut system, 0, UART0 + 8, 0b0101);
    store(&mut system, 3, UART0, 65);
    system.read(at(0x4001_0000, 5)).unwrap();
    system.take_changes();
    let mut copy: System = serde_json::from_str(&serde_json::to_string(&system).unwrap()).unwrap();
    assert_eq!(copy, system);
    for it in [&mut system, &mut copy] {
        it.advance(SECOND);
    }
    assert_eq!(copy, system);
    assert_eq!(copy.take_changes().len(), 3);
}

fn rejected(change: impl FnOnce(&mut Board)) -> String {
    let mut board = board();
    change(&mut board);
    build(&board, Unmodelled::Warn).unwrap_err().to_string()
}

#[test]
fn boards_that_make_no_sense_are_refused_in_words() {
    let text = rejected(|board| board.chip.peripherals[0].model = Some("pl012".into()));
    assert!(text.contains("TIMER0") && text.contains("`pl012`") && text.contains("cmsdk-uart"), "{text}");
    let text = rejected(|board| board.chip.peripherals[1].base = 0x4000_0800);
    assert_eq!(text, "TIMER0 and TIMER1 overlap at 0x40000800");
    let text = rejected(|board| board.chip.peripherals[0].irqs[0].number = 32);
    assert_eq!(text, "interrupt TIMER0 of TIMER0 has number 32; the controller has 32");
    let text = rejected(|board| board.chip.peripherals[0].base = 0xFFFF_F001);
    assert_eq!(text, "TIMER0 ends beyond 32-bit addresses");
}

/// A store to flash memory goes to its controller, with the memory's own address; option bytes become what a reset finds.
#[test]
fn flash_stores_and_option_bytes() {
    const REGISTERS: u32 = 0x4002_3C00;
    let mut system = build(&crate::testing::discovery(), Unmodelled::Warn).unwrap();
    let access = |address| Access { address, size: 4, cycle: 0, pc: 0 };
    let mut write = |address, value| system.write(access(address), value).map(|()| system.take_attention());
    for (offset, value) in [(4, 0x4567_0123), (4, 0xCDEF_89AB), (0x10, 0x201)] {
        assert_eq!(write(REGISTERS + offset, value), Ok(false));
    }
    // The memory is at 0x08000000, and at 0 as well.
    assert_eq!(write(0x1_0004, 0x1234_5678), Ok(true));
    assert_eq!(write(0x1000_0000, 0), Err(BusError), "behind the memory there is none");
    for (offset, value) in [(8, 0x0819_2A3B), (8, 0x4C5D_6E7F), (0x14, 0x0FFF_55EE)] {
        write(REGISTERS + offset, value).unwrap();
    }
    let changes = system.take_memory_changes();
    let programmed = MemoryChange::Program { address: 0x0801_0004, bytes: vec![0x78, 0x56, 0x34, 0x12] };
    let [first, MemoryChange::Options { bytes }] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!(*first, programmed);
    assert_eq!(system.protection(), Protection::Memory);
    assert_eq!(system.options().as_ref(), Some(bytes));
    let reset = system.slots[0].pristine.clone().unwrap();
    assert_eq!((reset.device().protection(), reset.device().options().as_ref()), (Protection::Memory, Some(bytes)));
    let mut next = build(&crate::testing::discovery(), Unmodelled::Warn).unwrap();
    next.load_options(bytes);
    assert_eq!(next.protection(), Protection::Memory);
}
