//! Register by register, on a chip with a kilobyte of memory.

use super::*;
use crate::probe::testing::{Memory, RAM};

/// The port with its power on, and the chip.
fn powered() -> (Dap, Memory) {
    let mut dap = Dap::default();
    write(&mut dap, &mut Memory::default(), false, 4, 0x5000_0000).unwrap();
    (dap, Memory::default())
}

fn read(dap: &mut Dap, chip: &mut Memory, access_port: bool, address: u8) -> Result<u32, Refused> {
    dap.transfer(Request { access_port, address, write: None }, chip)
}

fn write(dap: &mut Dap, chip: &mut Memory, access_port: bool, address: u8, value: u32) -> Result<u32, Refused> {
    dap.transfer(Request { access_port, address, write: Some(value) }, chip)
}

/// An access port's register: select its bank, read, fetch the answer.
fn read_register(dap: &mut Dap, chip: &mut Memory, register: u8) -> u32 {
    write(dap, chip, false, 8, u32::from(register & 0xf0)).unwrap();
    read(dap, chip, true, register & 0xc).unwrap();
    read(dap, chip, false, 0xc).unwrap()
}

fn set_up(dap: &mut Dap, chip: &mut Memory, csw: u32, tar: u32) {
    write(dap, chip, false, 8, 0).unwrap();
    write(dap, chip, true, 0, csw).unwrap();
    write(dap, chip, true, 4, tar).unwrap();
}

#[test]
fn it_says_what_it_is() {
    let (mut dap, mut chip) = powered();
    // IHI 0031: DPIDR version in bits 15:12, designer Arm 0x23B in bits 11:1, bit 0 set.
    let dpidr = read(&mut dap, &mut chip, false, 0).unwrap();
    assert_eq!((dpidr >> 12 & 0xf, dpidr >> 1 & 0x7ff, dpidr & 1), (1, 0x23b, 1));
    // IDR: class MEM-AP 8 in bits 16:13, type AHB 1 in bits 3:0.
    let idr = read_register(&mut dap, &mut chip, 0xfc);
    assert_eq!((idr >> 13 & 0xf, idr & 0xf), (8, 1));
    assert_eq!(read_register(&mut dap, &mut chip, 0xf8), 0xe00f_f003);
    assert_eq!(read_register(&mut dap, &mut chip, 0xf4), 0);
}

#[test]
fn power_is_acknowledged_and_dropped_at_once() {
    let (mut dap, mut chip) = powered();
    assert_eq!(read(&mut dap, &mut chip, false, 4).unwrap() >> 28, 0b1111);
    write(&mut dap, &mut chip, false, 4, 0).unwrap();
    assert_eq!(read(&mut dap, &mut chip, false, 4).unwrap() >> 28, 0);
    assert_eq!(read(&mut dap, &mut chip, true, 0), Err(Refused), "no access port without power");
}

#[test]
fn reads_of_the_access_port_are_posted() {
    let (mut dap, mut chip) = powered();
    for (index, value) in [0x11, 0x22, 0x33].into_iter().enumerate() {
        chip.store(RAM + 4 * index as u32, 4, value).unwrap();
    }
    set_up(&mut dap, &mut chip, 0x2300_0012, RAM);
    read(&mut dap, &mut chip, true, 0xc).unwrap();
    assert_eq!(read(&mut dap, &mut chip, true, 0xc), Ok(0x11));
    assert_eq!(read(&mut dap, &mut chip, true, 0xc), Ok(0x22));
    assert_eq!(read(&mut dap, &mut chip, false, 0xc), Ok(0x33));
    assert_eq!(read(&mut dap, &mut chip, false, 0x8), Ok(0x33), "once more");
}

#[test]
fn narrow_accesses_use_their_lanes_and_count() {
    let (mut dap, mut chip) = powered();
    set_up(&mut dap, &mut chip, 0x2300_0010, RAM + 1);
    write(&mut dap, &mut chip, true, 0xc, 0x4433_2211).unwrap();
    write(&mut dap, &mut chip, true, 0xc, 0x4433_2211).unwrap();
    assert_eq!(chip.load(RAM, 4), Ok(0x0033_2200));
    set_up(&mut dap, &mut chip, 0x2300_0011, RAM + 2);
    write(&mut dap, &mut chip, true, 0xc, 0xbeef_0000).unwrap();
    assert_eq!(chip.load(RAM, 4), Ok(0xbeef_2200));
    set_up(&mut dap, &mut chip, 0x2300_0011, RAM + 2);
    read(&mut dap, &mut chip, true, 0xc).unwrap();
    assert_eq!(read(&mut dap, &mut chip, false, 0xc), Ok(0xbeef_0000));
    assert_eq!(read_register(&mut dap, &mut chip, 0x04), RAM + 4);
}

#[test]
fn the_address_wraps_at_a_kilobyte_and_stays_without_increment() {
    let (mut dap, mut chip) = powered();
    set_up(&mut dap, &mut chip, 0x2300_0012, RAM + 0x3fc);
    write(&mut dap, &mut chip, true, 0xc, 1).unwrap();
    assert_eq!(read_register(&mut dap, &mut chip, 0x04), RAM);
    set_up(&mut dap, &mut chip, 0x2300_0002, RAM + 8);
    write(&mut dap, &mut chip, true, 0xc, 7).unwrap();
    assert_eq!(read_register(&mut dap, &mut chip, 0x04), RAM + 8);
}

#[test]
fn banked_data_lies_around_the_address() {
    let (mut dap, mut chip) = powered();
    set_up(&mut dap, &mut chip, 0x2300_0002, RAM + 0x14);
    write(&mut dap, &mut chip, false, 8, 0x10).unwrap();
    write(&mut dap, &mut chip, true, 0xc, 99).unwrap();
    assert_eq!(chip.load(RAM + 0x1c, 4), Ok(99));
    assert_eq!(read_register(&mut dap, &mut chip, 0x1c), 99);
}

#[test]
fn an_error_sticks_until_it_is_cleared() {
    let (mut dap, mut chip) = powered();
    set_up(&mut dap, &mut chip, 0x2300_0002, 0x6000_0000);
    assert_eq!(read(&mut dap, &mut chip, true, 0xc), Err(Refused));
    assert_eq!(read(&mut dap, &mut chip, true, 0x0), Err(Refused), "even what would succeed");
    assert_eq!(read(&mut dap, &mut chip, false, 4).unwrap() & STICKYERR, STICKYERR);
    write(&mut dap, &mut chip, false, 0, 0x1e).unwrap();
    assert_eq!(read(&mut dap, &mut chip, false, 4).unwrap() & STICKYERR, 0);
    assert!(read(&mut dap, &mut chip, true, 0x0).is_ok());
}

#[test]
fn there_is_one_access_port() {
    let (mut dap, mut chip) = powered();
    write(&mut dap, &mut chip, false, 8, 1 << 24 | 0xf0).unwrap();
    read(&mut dap, &mut chip, true, 0xc).unwrap();
    assert_eq!(read(&mut dap, &mut chip, false, 0xc), Ok(0));
}

#[test]
fn csw_keeps_only_what_exists() {
    let (mut dap, mut chip) = powered();
    assert_eq!(read_register(&mut dap, &mut chip, 0x00), 0x2300_0042);
    // Packed transfers and 64 bits.
    set_up(&mut dap, &mut chip, 0x2300_0023, RAM);
    assert_eq!(read_register(&mut dap, &mut chip, 0x00), 0x2300_0042);
}
