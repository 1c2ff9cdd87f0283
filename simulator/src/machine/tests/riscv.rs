//! Machines with a RISC-V core, as their boards describe them.

use super::*;
use crate::devices::ResetCause;

/// `lui t0, 0x100; lui t1, 5; addi t1, t1, 0x555; sw t1, 0(t0)`: "passed" to the finisher.
const PASS: [u32; 4] = [0x0010_02B7, 0x0000_5337, 0x5553_0313, 0x0062_A023];
/// `csrr a0, time`
const READ_TIME: u32 = 0xC010_2573;
/// `wfi`
const WFI: u32 = 0x1050_0073;

fn built(board: &str, address: u64, program: &[u32]) -> Machine {
    let bytes: Vec<u8> = program.iter().flat_map(|word| word.to_le_bytes()).collect();
    let options = Options { address: Some(address), unmodelled: Unmodelled::Fail, ..Options::default() };
    let (machine, created) = Machine::create(&named(board), Some(&bytes), None, options).unwrap();
    assert_eq!(created.entry, address);
    machine
}

fn end(board: &str, address: u64, program: &[u32]) -> Stop {
    run(&mut built(board, address, program), Some(SECOND)).stop
}

/// A raw binary needs no ELF file of its core's width.
#[test]
fn a_firmware_ends_itself() {
    for board in ["qemu-virt-rv32", "qemu-virt-rv64"] {
        assert_eq!(end(board, 0x8000_0000, &PASS), Stop::Exit { code: 0 }, "{board}");
    }
}

/// QEMU's virt shows mtime in the register `time`. On the FE310 a read of it is illegal, and without a handler that is the
/// end.
#[test]
fn the_time_register_is_the_chips() {
    let program = [&[READ_TIME][..], &PASS].concat();
    assert_eq!(end("qemu-virt-rv64", 0x8000_0000, &program), Stop::Exit { code: 0 });
    let stop = end("hifive1", 0x2040_0000, &program);
    assert!(matches!(stop, Stop::Lockup { .. }), "{stop:?}");
}

/// Nothing is enabled that could wake it; mtimecmp is beyond all time.
#[test]
fn a_core_without_an_alarm_sleeps_for_good() {
    let stop = end("qemu-virt-rv32", 0x8000_0000, &[WFI]);
    assert!(matches!(stop, Stop::Asleep { .. }), "{stop:?}");
}

/// Without firmware a core begins behind the boot loader, where a blank flash memory has no instruction.
#[test]
fn a_blank_chip_begins_where_the_boot_loader_would_jump() {
    let (machine, created) = Machine::create(&named("hifive1"), None, None, Options::default()).unwrap();
    assert_eq!((created.entry, created.core_hz), (0x2040_0000, 13_800_000));
    assert_eq!(machine.read(0x2040_0000, 2), [0xFF, 0xFF]);
}

#[test]
fn a_reset_begins_anew() {
    let mut machine = built("qemu-virt-rv32", 0x8000_0000, &[READ_TIME, WFI]);
    run(&mut machine, Some(MILLISECOND));
    machine.reset(ResetCause::Pin);
    assert_eq!(machine.core.pc(), 0x8000_0000);
}
