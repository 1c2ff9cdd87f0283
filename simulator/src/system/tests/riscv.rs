//! RISC-V machines: interrupts through the PLIC and past it, clocks of their own, the end of the run.

use super::*;
use crate::clock::MILLISECOND;
use crate::devices::{ResetCause, Signal};
use crate::testing::named;

const CLINT: u32 = 0x0200_0000;
const MTIMECMP: u32 = CLINT + 0x4000;
const MTIME: u32 = CLINT + 0xBFF8;
const PLIC: u32 = 0x0C00_0000;
const ENABLE: u32 = PLIC + 0x2000;
const CLAIM: u32 = PLIC + 0x20_0004;
/// Bits of mip (Priv 3.1.9).
const MSIP: u16 = 3;
const MTIP: u16 = 7;
const SEIP: u16 = 9;
const MEIP: u16 = 11;

fn machine(board: &str) -> System {
    build(&named(board), Unmodelled::Fail).unwrap()
}

fn load(system: &mut System, cycle: u64, address: u32) -> u32 {
    system.read(at(address, cycle)).unwrap()
}

fn byte(system: &mut System, cycle: u64, address: u32, value: u8) {
    system.write(Access { address, size: 1, cycle, pc: 0 }, value.into()).unwrap();
}

fn line(irq: u16, level: bool, at: Picoseconds) -> LineChange {
    LineChange { core: Some(0), irq, level, at }
}

/// The 16550 is source 10; its interrupt reaches machine mode by context 0 and supervisor mode by context 1.
#[test]
fn a_peripherals_interrupt_goes_through_the_plic() {
    const UART0: u32 = 0x1000_0000;
    for (context, irq) in [(0, MEIP), (1, SEIP)] {
        let mut system = machine("qemu-virt-rv64");
        store(&mut system, 0, PLIC + 4 * 10, 1);
        store(&mut system, 0, ENABLE + 0x80 * context, 1 << 10);
        // The transmitter is empty when its interrupt is enabled, at 8 ns a cycle.
        byte(&mut system, 5, UART0 + 1, 0b10);
        assert!(system.take_attention());
        assert_eq!(system.take_changes(), [line(irq, true, 40_000)]);
        // A claim is a load, and takes the line away.
        assert_eq!(load(&mut system, 7, CLAIM + 0x1000 * context), 10);
        assert!(system.take_attention());
        assert_eq!(system.take_changes(), [line(irq, false, 56_000)]);
        // Completed with the level still up, it comes again.
        store(&mut system, 9, CLAIM + 0x1000 * context, 10);
        assert_eq!(system.take_changes(), [line(irq, true, 72_000)]);
        let iir = Access { address: UART0 + 2, size: 1, cycle: 11, pc: 0 };
        assert_eq!((system.read(iir), system.take_changes()), (Ok(0b0010), vec![]), "a request outlives its level");
    }
}

/// 10 MHz beside a core of 125 MHz: a tick of mtime is 12.5 cycles.
#[test]
fn the_timer_goes_past_the_plic_by_its_own_clock() {
    let mut system = machine("qemu-virt-rv32");
    system.set_horizon(u64::MAX);
    store(&mut system, 0, MTIMECMP, 3);
    store(&mut system, 0, MTIMECMP + 4, 0);
    assert!(system.take_attention(), "the deadline is before the horizon");
    assert_eq!(system.next_event(), Some(300_000));
    assert_eq!((load(&mut system, 37, MTIME), system.take_changes()), (2, vec![]));
    assert_eq!((load(&mut system, 38, MTIME), system.take_changes()), (3, vec![line(MTIP, true, 300_000)]));
    store(&mut system, 40, MTIMECMP, 1000);
    store(&mut system, 50, CLINT, 1);
    store(&mut system, 60, CLINT, 0);
    let cycle = 8000;
    let changes = [line(MTIP, false, 40 * cycle), line(MSIP, true, 50 * cycle), line(MSIP, false, 60 * cycle)];
    assert_eq!(system.take_changes(), changes);
}

#[test]
fn a_pin_interrupts_hifive1() {
    const GPIO: u32 = 0x1001_2000;
    let mut system = machine("hifive1");
    store(&mut system, 0, PLIC + 4 * (8 + 18), 7);
    store(&mut system, 0, ENABLE, 1 << (8 + 18));
    store(&mut system, 0, GPIO + 4, 1 << 18);
    store(&mut system, 0, GPIO + 0x18, 1 << 18);
    system.tell(None, 1000, Signal::Drive { port: 0, pin: 18, level: Some(true) });
    assert_eq!(system.take_changes(), [line(MEIP, true, 1000)]);
    assert_eq!(load(&mut system, 1, CLAIM), 26);
}

/// FE310-G000 manual, "Clock Generation": from 13.8 MHz to the crystal and to 256 MHz; mtime keeps its 32,768 Hz.
#[test]
fn the_core_changes_its_clock_and_the_time_does_not() {
    const PRCI: u32 = 0x1000_8000;
    let mut system = machine("hifive1");
    assert_eq!(system.clock().hertz(), 13_800_000);
    system.advance(10 * MILLISECOND);
    let cycles = 138_000;
    assert_eq!(load(&mut system, cycles, PRCI + 4) >> 31, 1);
    store(&mut system, cycles, PRCI + 8, 0x7_0DF1);
    assert!(system.take_attention(), "the horizon was another cycle");
    assert_eq!((system.clock().hertz(), system.clock().time_of(cycles + 16_000)), (16_000_000, 11 * MILLISECOND));
    store(&mut system, cycles + 16_000, PRCI + 8, 0x2_05F1);
    assert_eq!(load(&mut system, cycles + 16_000 + 1380, PRCI + 8) >> 31, 1, "locked 100 us later");
    store(&mut system, cycles + 16_000 + 1380, PRCI + 8, 0x3_05F1);
    assert_eq!(system.clock().hertz(), 256_000_000);
    let second = system.clock().tick_from(SECOND);
    assert_eq!(load(&mut system, second, MTIME), 32_768);
    assert_eq!(system.take_refused(), None);
}

#[test]
fn the_finisher_ends_the_run() {
    for (value, code) in [(0x5555, 0), (0x3333 | 7 << 16, 7)] {
        let mut system = machine("qemu-virt-rv32");
        store(&mut system, 3, 0x10_0000, value);
        assert!(system.take_attention());
        assert_eq!((system.take_exit_request(), system.take_exit_request()), (Some(code), None));
    }
    let mut system = machine("qemu-virt-rv32");
    store(&mut system, 3, 0x10_0000, 0x7777);
    assert_eq!(system.take_reset_request(), Some(ResetCause::Software));
}

/// Nothing is left to guess: what the board does not name answers nobody, what it names and nothing models is listed.
#[test]
fn there_is_no_region_for_peripherals() {
    let mut system = build(&named("qemu-virt-rv64"), Unmodelled::Warn).unwrap();
    for address in [0, 0x0FFF, 0x1100_0000, 0x2F00_0000] {
        assert_eq!(system.read(at(address, 0)), Err(BusError), "{address:#x}");
    }
    assert_eq!((system.read(at(0x4000_0000, 0)), system.read(at(0x10_1000, 0))), (Ok(0), Ok(0)));
    let listed: Vec<_> = system.unmodelled().into_iter().filter_map(|it| it.peripheral).collect();
    assert_eq!(listed, ["RTC", "PCIE_MMIO"]);
}

#[test]
fn a_reset_lets_go_of_all_lines() {
    let mut system = machine("qemu-virt-rv64");
    store(&mut system, 0, CLINT, 1);
    store(&mut system, 0, PLIC + 4 * 10, 1);
    store(&mut system, 0, ENABLE, 1 << 10);
    byte(&mut system, 0, 0x1000_0001, 0b10);
    system.take_changes();
    system.reset(MILLISECOND, ResetCause::Pin);
    assert_eq!(system.take_changes(), [line(MSIP, false, MILLISECOND), line(MEIP, false, MILLISECOND)]);
    let cycle = system.clock().tick_from(MILLISECOND);
    assert_eq!(load(&mut system, cycle + 125, MTIME), 10, "the time begins anew");
    assert_eq!(load(&mut system, cycle, PLIC + 0x1000), 0, "the UART is in its reset state, too");
}

#[test]
fn a_saved_machine_goes_on_as_if_nothing_had_been() {
    let mut system = machine("qemu-virt-rv64");
    store(&mut system, 0, MTIMECMP, 50);
    store(&mut system, 0, MTIMECMP + 4, 0);
    store(&mut system, 0, PLIC + 4 * 10, 1);
    store(&mut system, 0, ENABLE, 1 << 10);
    byte(&mut system, 0, 0x1000_0000, b'x');
    byte(&mut system, 0, 0x1000_0000, b'y');
    byte(&mut system, 0, 0x1000_0001, 0b10);
    let mut copy: System = serde_json::from_str(&serde_json::to_string(&system).unwrap()).unwrap();
    assert_eq!(copy, system);
    for it in [&mut system, &mut copy] {
        it.advance(SECOND);
    }
    assert_eq!(copy, system);
    assert_eq!((copy.take_changes().len(), copy.take_sent().len()), (2, 2));
}

#[test]
fn a_chip_whose_interrupts_go_nowhere_is_refused() {
    let mut board = named("hifive1");
    board.chip.peripherals.retain(|peripheral| peripheral.name != "PLIC");
    let text = build(&board, Unmodelled::Warn).unwrap_err().to_string();
    assert_eq!(text, "interrupts go to a PLIC, but no peripheral of the chip has the model `riscv-plic`");
}

#[test]
fn a_clock_that_is_not_there_is_named() {
    let mut board = named("qemu-virt-rv32");
    board.chip.fixed_clocks.remove("uart");
    let text = build(&board, Unmodelled::Warn).unwrap_err().to_string();
    assert_eq!(text, "UART0 asks for the clock `uart`; the chip has hclk, timebase");
}
