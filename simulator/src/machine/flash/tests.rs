//! Flash memory as a debugger meets it. What the core's own code does there is in `tests/cpu/programming.rs`.

use super::super::Options;
use super::*;
use crate::probe::{Chip, Refused};
use crate::testing::discovery;

const FLASH: u32 = 0x0800_0000;
const RAM: u32 = 0x2000_0000;
const REGISTERS: u32 = 0x4002_3C00;
const SR: u32 = REGISTERS + 0xC;
const CR: u32 = REGISTERS + 0x10;
const OPTCR: u32 = REGISTERS + 0x14;

/// A blank chip at a probe, its interface open.
fn machine() -> Machine {
    let mut machine = Machine::create(&discovery(), None, None, Options::default()).unwrap().0;
    machine.wire_probe();
    for (offset, key) in [(4, 0x4567_0123), (4, 0xCDEF_89AB), (8, 0x0819_2A3B), (8, 0x4C5D_6E7F)] {
        machine.store(REGISTERS + offset, 4, key).unwrap();
    }
    machine
}

#[test]
fn a_debugger_programs_by_the_same_rules() {
    let mut machine = machine();
    machine.store(FLASH, 4, 0).unwrap();
    assert_eq!((machine.load(FLASH, 4), machine.load(SR, 4)), (Ok(u32::MAX), Ok(1 << 7)), "PGSERR: PG is not set");
    machine.store(SR, 4, 1 << 7).unwrap();
    machine.store(CR, 4, 0x201).unwrap();
    machine.store(FLASH, 4, 0xFF00_FF00).unwrap();
    machine.store(FLASH, 4, 0xF0F0_F0F0).unwrap();
    assert_eq!((machine.load(FLASH, 4), machine.load(0, 4)), (Ok(0xF000_F000), Ok(0xF000_F000)));
    assert_eq!(machine.load(SR, 4), Ok(1 << 16));
    // The core's clock has not been held for it.
    assert_eq!(machine.now(), 0);
    machine.store(CR, 4, 0x1_0202).unwrap();
    assert_eq!(machine.load(FLASH, 4), Ok(u32::MAX), "sector 0 is erased");
}

/// RM0090 rev 19, 3.7.3: at level 1 a debugger reads no flash memory; at level 2 it reaches nothing.
#[test]
fn read_protection_keeps_a_debugger_out() {
    let mut machine = machine();
    machine.store(OPTCR, 4, 0x0FFF_55EE).unwrap();
    for address in [FLASH, FLASH + 0xF_FFFC, 0] {
        assert_eq!((machine.load(address, 4), machine.store(address, 4, 0)), (Err(Refused), Err(Refused)));
    }
    assert!(machine.load(RAM, 4).is_ok() && machine.load(OPTCR, 4).is_ok());
    // A reset changes nothing of it; going back to level 0 does, and costs what was in the memory.
    machine.set_reset(true);
    machine.set_reset(false);
    assert_eq!(machine.load(FLASH, 4), Err(Refused));
    for (offset, key) in [(8, 0x0819_2A3B), (8, 0x4C5D_6E7F)] {
        machine.store(REGISTERS + offset, 4, key).unwrap();
    }
    machine.store(OPTCR, 4, 0x0FFF_AAEE).unwrap();
    assert_eq!(machine.load(FLASH, 4), Ok(u32::MAX));
    machine.store(OPTCR, 4, 0x0FFF_CCEE).unwrap();
    assert_eq!((machine.load(RAM, 4), machine.load(OPTCR, 4)), (Err(Refused), Err(Refused)));
}

/// A system reset ends an operation: the core that starts behind it waits for nothing.
#[test]
fn a_reset_ends_an_operation() {
    let mut machine = machine();
    machine.store(CR, 4, 0x1_0204).unwrap();
    assert!(machine.wait.stalled_until.is_some());
    machine.set_reset(true);
    machine.set_reset(false);
    assert_eq!((machine.wait, machine.load(SR, 4)), (Wait::default(), Ok(0)));
}
