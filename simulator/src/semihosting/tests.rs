//! Operation numbers and results as in Arm's "Semihosting for AArch32 and AArch64", chapter "Semihosting operations".

use super::*;
use crate::testing::{FakeCore, RAM};

const BLOCK: u32 = RAM + 0x40;

/// A call with a parameter block, on a core of 32 and of 64 bits; gives the result, the text and the block afterwards.
fn with_block(operation: u32, block: [u32; 4], now: Picoseconds) -> (Reply, String, [u32; 4]) {
    let narrow = with_fields(4, operation, block.map(u64::from), now);
    let wide = with_fields(8, operation, block.map(u64::from), now);
    assert_eq!(narrow, wide, "{operation:#x}");
    (narrow.0, narrow.1, narrow.2.map(|field| field as u32))
}

/// The same with fields of so many bytes.
fn with_fields(size: u8, operation: u32, block: [u64; 4], now: Picoseconds) -> (Reply, String, [u64; 4]) {
    let (mut core, _) = FakeCore::new([]);
    core.register_size = size;
    assert!(core.poke(RAM, b"text :tt\0"));
    let size = u32::from(size);
    for (value, index) in block.iter().zip(0..) {
        assert!(core.poke(BLOCK + size * index, &value.to_le_bytes()[..size as usize]));
    }
    let mut output = Vec::new();
    let reply = call(operation, BLOCK.into(), &mut core, now, &mut output);
    let after = [0, 1, 2, 3].map(|index| field(&core, BLOCK.into(), index).unwrap());
    (reply, String::from_utf8(output).unwrap(), after)
}

#[test]
fn text_goes_out() {
    let (mut core, _) = FakeCore::new([]);
    assert!(core.poke(RAM, b"hello\0"));
    let mut output = Vec::new();
    assert_eq!(call(0x04, RAM.into(), &mut core, 0, &mut output), Reply::Continue(0));
    assert_eq!(call(0x03, (RAM + 4).into(), &mut core, 0, &mut output), Reply::Continue(0));
    assert_eq!(output, b"helloo");
    // SYS_WRITE returns the number of bytes that were not written.
    let (reply, text, _) = with_block(0x05, [2, RAM, 4, 0], 0);
    assert_eq!((reply, text.as_str()), (Reply::Continue(0), "text"));
    for block in [[1, RAM, 4, 0], [9, RAM, 4, 0], [2, 0x5000_0000, 4, 0]] {
        assert_eq!(with_block(0x05, block, 0).0, Reply::Continue(4));
    }
    assert_eq!(with_block(0x05, [2, RAM, u32::MAX, 0], 0).0, Reply::Continue(u32::MAX.into()));
}

#[test]
fn a_string_without_end_ends_with_memory() {
    let (mut core, _) = FakeCore::new([]);
    assert!(core.poke(RAM, &vec![b'x'; 64 << 10]));
    for begin in [0, 1, 300, 0xFFFF] {
        let mut output = Vec::new();
        assert_eq!(call(0x04, (RAM + begin).into(), &mut core, 0, &mut output), Reply::Continue(0));
        assert_eq!(output.len(), (64 << 10) - begin as usize);
    }
}

#[test]
fn only_the_console_can_be_opened() {
    // ":tt" lies 5 bytes behind RAM; modes r, w, a.
    for (mode, handle) in [(0, 1), (4, 2), (8, 3)] {
        assert_eq!(with_block(0x01, [RAM + 5, mode, 3, 0], 0).0, Reply::Continue(handle));
    }
    for block in [[RAM, 0, 4, 0], [RAM + 5, 12, 3, 0], [0, 0, 3, 0]] {
        assert_eq!(with_block(0x01, block, 0).0, Reply::Continue(u64::MAX));
    }
    assert_eq!(with_block(0x09, [2, 0, 0, 0], 0).0, Reply::Continue(1));
    assert_eq!(with_block(0x02, [2, 0, 0, 0], 0).0, Reply::Continue(0));
    assert_eq!(with_block(0x02, [7, 0, 0, 0], 0).0, Reply::Continue(u64::MAX));
    // At its end: none of the 10 bytes was read.
    assert_eq!(with_block(0x06, [1, RAM, 10, 0], 0).0, Reply::Continue(10));
}

#[test]
fn the_end_of_the_run() {
    let (mut core, _) = FakeCore::new([]);
    let mut exit = |operation, parameter| call(operation, parameter, &mut core, 0, &mut Vec::new());
    assert_eq!(exit(0x18, 0x20026), Reply::Exit(0));
    assert_eq!(exit(0x18, 0x20023), Reply::Exit(1));
    for (block, code) in [([0x20026, 0, 0, 0], 0), ([0x20026, 42, 0, 0], 42), ([0x20023, 42, 0, 0], 1)] {
        assert_eq!(with_block(0x20, block, 0).0, Reply::Exit(code));
    }
    assert_eq!(with_block(0x20, [0x20026, u32::MAX, 0, 0], 0).0, Reply::Exit(-1));
    assert_eq!(exit(0x20, 0x7000_0000), Reply::Exit(1));
}

/// The section of SYS_EXIT: where fields are of 64 bits the parameter is a block, of a reason and a code.
#[test]
fn the_end_of_the_run_on_a_core_of_64_bits() {
    for (block, code) in [([0x20026, 0, 0, 0], 0), ([0x20026, 42, 0, 0], 42), ([0x20023, 42, 0, 0], 1)] {
        assert_eq!(with_fields(8, 0x18, block, 0).0, Reply::Exit(code));
    }
    assert_eq!(with_fields(8, 0x20, [0x20026, u64::MAX, 0, 0], 0).0, Reply::Exit(-1));
    // Half of a field's bytes are not the field: 0x20026 as two words is another reason.
    assert_eq!(with_fields(8, 0x18, [0x1_0002_0026, 0, 0, 0], 0).0, Reply::Exit(1));
}

#[test]
fn numbers_of_64_bits() {
    let status = |size, status| with_fields(size, 0x08, [status, 0, 0, 0], 0).0;
    assert_eq!((status(4, 1 << 31), status(8, 1 << 31)), (Reply::Continue(1), Reply::Continue(0)));
    assert_eq!(status(8, 1 << 63), Reply::Continue(1));
    // Nothing beyond 4 GiB is memory.
    assert_eq!(with_fields(8, 0x05, [2, u64::from(RAM) | 1 << 32, 4, 0], 0).0, Reply::Continue(4));
    assert_eq!(with_fields(8, 0x15, [RAM.into(), 9, 7, 0], 0).2, [RAM.into(), 0, 7, 0]);
    assert_eq!(with_fields(8, 0x16, [BLOCK.into(), 9, 9, 9], 0).2, [0; 4]);
    let ticks = 5_000_000_000;
    assert_eq!(with_fields(8, 0x30, [0; 4], ticks * (SECOND / TICKS)).2[0], ticks, "more than 32 bits");
}

#[test]
fn clocks_are_virtual() {
    let now = 12 * SECOND + 345 * MILLISECOND;
    assert_eq!(with_block(0x10, [0; 4], now).0, Reply::Continue(1234), "centiseconds");
    let (reply, _, block) = with_fields(4, 0x30, [0; 4], now);
    assert_eq!((reply, block[0], block[1]), (Reply::Continue(0), 12_345_000, 0));
    assert_eq!(with_block(0x31, [0; 4], now).0, Reply::Continue(1_000_000));
    assert_eq!(with_block(0x11, [0; 4], now).0, Reply::Continue(u64::MAX), "the date is the host's");
}

#[test]
fn what_start_up_code_of_c_libraries_asks() {
    assert_eq!(with_block(0x15, [RAM, 9, 0, 0], 0), (Reply::Continue(0), String::new(), [RAM, 0, 0, 0]));
    let (reply, _, block) = with_block(0x16, [BLOCK, 9, 9, 9], 0);
    assert_eq!((reply, block), (Reply::Continue(0), [0; 4]));
}

#[test]
fn other_calls_fail() {
    for operation in [0x07, 0x0A, 0x0E, 0x12, 0x50, 0x100, u32::MAX] {
        assert_eq!(with_block(operation, [0; 4], 0).0, Reply::Continue(u64::MAX), "{operation:#x}");
    }
}
