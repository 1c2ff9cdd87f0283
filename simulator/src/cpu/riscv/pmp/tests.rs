use super::*;

const R: u8 = READ;
const W: u8 = WRITE;
const X: u8 = EXECUTE;
const L: u8 = LOCKED;
const TOR: u8 = TOP_OF_RANGE;
const NA4: u8 = FOUR_BYTES;
const NAPOT: u8 = POWER_OF_TWO;

/// Protection by entries of (configuration, address register).
fn protection(entries: &[(u8, u64)]) -> Protection {
    let mut registers = Registers::default();
    for (index, (config, address)) in entries.iter().enumerate() {
        registers.set_address(index, *address, 54, 16);
        registers.set_config(index, 1, u64::from(*config), 16);
    }
    registers.protection(16)
}

fn user(protection: &Protection, kind: AccessKind, address: u64, size: u64) -> Option<u64> {
    protection.refusal(false, kind, address, size)
}

use AccessKind::{Fetch, Load, Store};

/// Table 3.11: yyyy...yyyy NA4; yyyy...yyy0 eight bytes; and so on, up to all of memory.
#[test]
fn ranges_by_a_power_of_two() {
    for (ones, size) in [(0, 8), (1, 16), (2, 32), (9, 4096), (29, 1 << 32)] {
        let base = if size > 1 << 31 { 0 } else { 0x8000_0000_u64 };
        let address = base >> 2 | ((1 << ones) - 1);
        let protection = protection(&[(NAPOT | R, address)]);
        assert_eq!(user(&protection, Load, base, 4), None);
        assert_eq!(user(&protection, Load, base + size - 4, 4), None, "{size}");
        assert_eq!(user(&protection, Load, base + size, 4), Some(base + size), "{size}");
    }
    let all = protection(&[(NAPOT | R | W | X, u64::MAX >> 10)]);
    assert!(all.is_open(false) && all.is_open(true));
    let four = protection(&[(NA4 | R, 0x2000_0001)]);
    assert_eq!(user(&four, Load, 0x8000_0004, 4), None);
    assert_eq!(
        [0x8000_0000, 0x8000_0008].map(|address| user(&four, Load, address, 4)),
        [Some(0x8000_0000), Some(0x8000_0008)]
    );
}

/// TOR: from the address register in front, which need not be of an entry that is on, or from 0 on.
#[test]
fn ranges_by_their_top() {
    let first = protection(&[(TOR | R, 0x1000 >> 2)]);
    assert_eq!((user(&first, Load, 0, 4), user(&first, Load, 0x1000, 4)), (None, Some(0x1000)));
    let second = protection(&[(0, 0x1000 >> 2), (TOR | R, 0x1234 >> 2)]);
    assert_eq!(user(&second, Load, 0xffc, 4), Some(0xffc));
    assert_eq!((user(&second, Load, 0x1000, 4), user(&second, Load, 0x1234, 4)), (None, Some(0x1234)));
    let empty = protection(&[(0, 0x2000 >> 2), (TOR | R, 0x1000 >> 2)]);
    assert_eq!(user(&empty, Load, 0x1800, 4), Some(0x1800), "a top below the bottom matches nothing");
}

/// 3.7.1: the entry with the lowest number counts, and rights are what it says, no more.
#[test]
fn the_first_entry_that_matches_decides() {
    let protection = protection(&[(NA4 | R, 0x1000 >> 2), (NAPOT | R | W | X, u64::MAX >> 10)]);
    assert_eq!(user(&protection, Load, 0x1000, 4), None);
    assert_eq!(user(&protection, Store, 0x1000, 4), Some(0x1000));
    assert_eq!(user(&protection, Fetch, 0x1000, 2), Some(0x1000));
    assert_eq!(user(&protection, Store, 0x1004, 4), None);
}

/// An access that an entry matches in part fails, whatever it permits, in M-mode, too; one that is not aligned is bytes.
#[test]
fn accesses_in_part() {
    let both = protection(&[(NA4 | R | W, 0x1004 >> 2), (NAPOT | R | W, u64::MAX >> 10)]);
    for machine in [false, true] {
        assert_eq!(both.refusal(machine, Load, 0x1000, 8), Some(0x1000), "half of it is entry 0's");
        assert_eq!(both.refusal(machine, Load, 0x1002, 4), None, "both permit their bytes");
    }
    let one = protection(&[(NA4 | R | W, 0x1004 >> 2)]);
    assert_eq!(user(&one, Load, 0x1002, 4), Some(0x1002));
    assert_eq!(user(&one, Load, 0x1006, 4), Some(0x1008));
}

/// M-mode is bound by locked entries only; what no entry matches is M-mode's.
#[test]
fn locked_entries_bind_machine_mode() {
    let protection = protection(&[(NA4 | R, 0x1000 >> 2), (NA4 | R | L, 0x1004 >> 2)]);
    let machine = |kind, address| protection.refusal(true, kind, address, 4);
    assert_eq!((machine(Store, 0x1000), machine(Store, 0x1004), machine(Load, 0x1004)), (None, Some(0x1004), None));
    assert_eq!((machine(Store, 0x1008), user(&protection, Load, 0x1008, 4)), (None, Some(0x1008)));
    assert!(!protection.is_open(true));
}

/// 3.7.1: if there are entries, what none matches is closed to S- and U-mode; without entries nothing is.
#[test]
fn nothing_is_permitted_by_default() {
    let closed = Registers::default().protection(16);
    assert!(closed.is_open(true) && !closed.is_open(false));
    assert_eq!(user(&closed, Load, 0x1000, 4), Some(0x1000));
    assert!(Registers::default().protection(0).is_open(false));
}

/// What is locked stays: the configuration, the address, and the address in front of a locked TOR entry.
#[test]
fn locked_registers_cannot_be_written() {
    let mut registers = Registers::default();
    registers.set_address(0, 0x111, 32, 16);
    registers.set_address(1, 0x222, 32, 16);
    registers.set_config(0, 4, u64::from(TOR | L | R) << 8 | u64::from(NA4 | W), 16);
    assert_eq!(registers.config(0, 4), u64::from(TOR | L | R) << 8 | u64::from(NA4), "W without R is reserved");
    registers.set_address(0, 0x333, 32, 16);
    registers.set_address(1, 0x444, 32, 16);
    registers.set_config(0, 4, 0, 16);
    assert_eq!((registers.address(0), registers.address(1)), (0x111, 0x222));
    assert_eq!(registers.config(0, 4), u64::from(TOR | L | R) << 8, "the entry in front is not locked itself");
}

/// Bits and entries that there are not.
#[test]
fn what_does_not_exist_is_zero() {
    let mut registers = Registers::default();
    registers.set_config(0, 8, u64::MAX, 4);
    assert_eq!(registers.config(0, 8), 0x9f9f_9f9f, "four entries; bits 5 and 6 are reserved");
    let mut registers = Registers::default();
    registers.set_address(3, u64::MAX, 54, 4);
    registers.set_address(4, u64::MAX, 54, 4);
    assert_eq!((registers.address(3), registers.address(4)), (u64::MAX >> 10, 0));
    registers.set_address(2, u64::MAX, 32, 4);
    assert_eq!(registers.address(2), u64::from(u32::MAX));
}

/// What holds for every access within a page.
#[test]
fn spans() {
    let protection = protection(&[(NAPOT | R | X, 0x8000_0000 >> 2 | 0x1ff), (NA4 | R | W, 0x8000_1000 >> 2)]);
    let read_only = Permissions { read: true, write: false, execute: true };
    assert_eq!(protection.of_span(false, 0x8000_0000, 0x8000_0fff), Some(read_only));
    assert_eq!(protection.of_span(false, 0x8000_1000, 0x8000_1fff), None);
    assert_eq!(protection.of_span(false, 0x8000_2000, 0x8000_2fff), Some(Permissions::NONE));
    assert_eq!(protection.of_span(true, 0x8000_2000, 0x8000_2fff), Some(Permissions::ALL));
}
