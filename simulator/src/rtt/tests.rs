//! Rings in the memory of a scripted core.

use super::*;
use crate::testing::{FakeCore, RAM};

const DESCRIPTOR: u32 = Layout::Narrow.descriptor();
const WRITE_OFFSET: u32 = Layout::Narrow.write_offset();
const READ_OFFSET: u32 = Layout::Narrow.read_offset();
const BLOCK: u32 = RAM + 0x100;
const UP_0: u32 = BLOCK + HEADER;
const DOWN_0: u32 = UP_0 + 2 * DESCRIPTOR;
const BUFFER: u32 = RAM + 0x1000;

fn put(core: &mut FakeCore, address: u32, words: &[u32]) {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert!(core.poke(address, &bytes));
}

fn word_at(core: &FakeCore, address: u32) -> u32 {
    word(core, address).unwrap()
}

/// A block with two up rings and one down ring, 16 bytes each.
fn core() -> FakeCore {
    let (mut core, _) = FakeCore::new([]);
    assert!(core.poke(BLOCK, &ID) && core.poke(RAM + 0x800, b"Terminal\0"));
    put(&mut core, BLOCK + 16, &[2, 1]);
    put(&mut core, UP_0, &[RAM + 0x800, BUFFER, 16, 0, 0, 0]);
    put(&mut core, UP_0 + DESCRIPTOR, &[0, BUFFER + 0x100, 16, 0, 0, 0]);
    put(&mut core, DOWN_0, &[0, BUFFER + 0x200, 16, 0, 0, 0]);
    core
}

fn at_block() -> Rtt {
    Rtt::new(Some(BLOCK), vec![])
}

fn bytes(found: Vec<Found>) -> Vec<(u8, Vec<u8>)> {
    let bytes = |found| match found {
        Found::Bytes { stream, bytes } => Some((stream, bytes)),
        Found::Channel(_) => None,
    };
    found.into_iter().filter_map(bytes).collect()
}

#[test]
fn channels_are_announced_once_and_again_when_they_change() {
    let (mut core, mut rtt) = (core(), at_block());
    let names = |found: Vec<Found>| -> Vec<_> {
        let name = |found| match found {
            Found::Channel(channel) => Some((channel.stream, channel.name, channel.size)),
            Found::Bytes { .. } => None,
        };
        found.into_iter().filter_map(name).collect()
    };
    assert_eq!(names(rtt.poll(&mut core, 0)), [(0x20, "Terminal".into(), 16), (0x21, String::new(), 16)]);
    assert_eq!(rtt.poll(&mut core, 1), []);
    assert!(core.poke(RAM + 0x900, b"trace\0"));
    put(&mut core, UP_0 + DESCRIPTOR, &[RAM + 0x900]);
    assert_eq!(names(rtt.poll(&mut core, 2)), [(0x21, "trace".into(), 16)]);
}

#[test]
fn an_up_ring_is_emptied_in_order_also_around_its_end() {
    let (mut core, mut rtt) = (core(), at_block());
    assert!(core.poke(BUFFER, b"0123456789abcdef"));
    put(&mut core, UP_0 + WRITE_OFFSET, &[5, 0]);
    assert_eq!(bytes(rtt.poll(&mut core, 0)), [(0x20, b"01234".to_vec())]);
    assert_eq!(word_at(&core, UP_0 + READ_OFFSET), 5);
    put(&mut core, UP_0 + WRITE_OFFSET, &[2]);
    assert_eq!(bytes(rtt.poll(&mut core, 1)), [(0x20, b"56789abcdef01".to_vec())]);
    assert_eq!(word_at(&core, UP_0 + READ_OFFSET), 2);
    assert_eq!(rtt.poll(&mut core, 2), []);
}

#[test]
fn a_down_ring_is_filled_up_to_one_free_place() {
    let (mut core, mut rtt) = (core(), at_block());
    put(&mut core, DOWN_0 + WRITE_OFFSET, &[10, 10]);
    assert!(rtt.send(0, b"abcdefghijklmnopqrst"));
    assert!(!rtt.send(16, b"x"));
    rtt.poll(&mut core, 0);
    assert_eq!(word_at(&core, DOWN_0 + WRITE_OFFSET), 9, "15 bytes from 10 on");
    let mut ring = [0; 16];
    assert!(core.peek(BUFFER + 0x200, &mut ring));
    assert_eq!(&ring, b"ghijklmno\0abcdef");
    assert!(rtt.has_input());
    put(&mut core, DOWN_0 + READ_OFFSET, &[9]);
    rtt.poll(&mut core, 1);
    assert_eq!((word_at(&core, DOWN_0 + WRITE_OFFSET), rtt.has_input()), (14, false));
}

#[test]
fn a_block_that_is_not_set_up_is_not_there() {
    let (mut core, _) = FakeCore::new([]);
    assert_eq!(at_block().poll(&mut core, 0), []);
    // Set up in part: the identifier is written last.
    put(&mut core, BLOCK + 16, &[2, 1]);
    assert_eq!(at_block().poll(&mut core, 0), []);
    // Nowhere near memory.
    assert_eq!(Rtt::new(Some(0xFFFF_FFF0), vec![]).poll(&mut core, 0), []);
}

#[test]
fn nonsense_in_a_descriptor_is_left_alone() {
    let good = [RAM + 0x800, BUFFER, 16, 3, 0, 0];
    for (index, value) in [
        (1, 0),
        (1, 0x6000_0000),
        (1, u32::MAX - 3),
        (2, 0),
        (2, u32::MAX),
        (3, 16),
        (3, u32::MAX),
        (4, 16),
        (0, 0xFFFF_FFFF),
    ] {
        let mut core = core();
        let mut descriptor = good;
        descriptor[index] = value;
        put(&mut core, UP_0, &descriptor);
        put(&mut core, UP_0 + DESCRIPTOR + WRITE_OFFSET, &[1]);
        let found = bytes(at_block().poll(&mut core, 0));
        // The other ring goes on.
        assert!(found.iter().any(|(stream, _)| *stream == 0x21), "{index} {value:#x}");
        assert_eq!(found.iter().any(|(stream, _)| *stream == 0x20), index == 0, "{index} {value:#x}");
    }
    let mut core = core();
    put(&mut core, BLOCK + 16, &[u32::MAX, u32::MAX]);
    assert_eq!(at_block().poll(&mut core, 0), []);
}

#[test]
fn a_ring_that_claims_gigabytes_is_neither_copied_nor_filled() {
    let (mut core, mut rtt) = (core(), at_block());
    assert!(rtt.send(0, b"x"));
    for descriptor in [UP_0, DOWN_0] {
        put(&mut core, descriptor, &[0, 1, 0xF000_0000, 0xE000_0000, 0xE000_0001, 0]);
    }
    assert!(!rtt.poll(&mut core, 0).iter().any(|found| matches!(found, Found::Channel(it) if it.stream == 0x20)));
    assert!(rtt.has_input());
}

#[test]
fn a_block_at_the_end_of_the_addresses_is_not_there() {
    let mut rtt = Rtt::new(Some(u32::MAX - 15), vec![]);
    assert_eq!(rtt.poll(&mut core(), 0), []);
}

#[test]
fn a_block_without_symbol_is_found_when_it_appears() {
    let (mut empty, _) = FakeCore::new([]);
    let mut rtt = Rtt::new(None, vec![(RAM, 0x100), (RAM + 0x80, 64 << 10)]);
    assert_eq!(rtt.poll(&mut empty, MILLISECOND), []);
    let mut core = core();
    put(&mut core, UP_0 + WRITE_OFFSET, &[3]);
    let mut found_at = None;
    for millisecond in 2..20 {
        if !rtt.poll(&mut core, millisecond * MILLISECOND).is_empty() && found_at.is_none() {
            found_at = Some(millisecond);
        }
    }
    assert_eq!(found_at, Some(2));
}

#[test]
fn the_search_crosses_the_pieces_that_memory_is_read_in() {
    for address in [RAM + 4096 - 4, RAM + 4096 - 12, RAM + 4096, RAM + 0x8000 - 16] {
        let (mut core, _) = FakeCore::new([]);
        assert!(core.poke(address, &ID));
        assert_eq!(search(&core, RAM + 2, 0x8000 - 2), Some(address), "{address:#x}");
    }
    let (mut core, _) = FakeCore::new([]);
    assert!(core.poke(RAM + 0x8000 - 15, &ID) && core.poke(RAM + 0x101, &ID));
    assert_eq!(search(&core, RAM, 0x8000), None, "cut off, and not aligned");
}

/// What a passive reader says of channel 0.
fn look(rtt: &mut Rtt, core: &mut FakeCore) -> Vec<u8> {
    let found = bytes(rtt.poll(core, 0));
    found.into_iter().filter(|(stream, _)| *stream == 0x20).flat_map(|(_, bytes)| bytes).collect()
}

fn passive() -> Rtt {
    let mut rtt = at_block();
    rtt.make_passive();
    rtt
}

#[test]
fn a_passive_reader_sees_each_byte_once_and_moves_no_offset() {
    let (mut core, mut rtt) = (core(), passive());
    assert!(core.poke(BUFFER, b"0123456789abcdef"));
    put(&mut core, UP_0 + WRITE_OFFSET, &[5, 0]);
    assert_eq!(look(&mut rtt, &mut core), b"01234");
    assert_eq!(look(&mut rtt, &mut core), b"");
    // The other reader takes three; the firmware goes on, around the end, and fills the ring.
    put(&mut core, UP_0 + READ_OFFSET, &[3]);
    assert_eq!(look(&mut rtt, &mut core), b"");
    put(&mut core, UP_0 + WRITE_OFFSET, &[2]);
    assert_eq!(look(&mut rtt, &mut core), b"56789abcdef01");
    assert_eq!(word_at(&core, UP_0 + READ_OFFSET), 3);
}

#[test]
fn a_passive_reader_begins_with_what_the_other_one_has_left() {
    let (mut core, mut rtt) = (core(), passive());
    assert!(core.poke(BUFFER, b"0123456789abcdef"));
    put(&mut core, UP_0 + WRITE_OFFSET, &[9, 4]);
    assert_eq!(look(&mut rtt, &mut core), b"45678");
}

#[test]
fn a_reader_that_becomes_passive_tells_nothing_twice() {
    let (mut core, mut rtt) = (core(), at_block());
    assert!(core.poke(BUFFER, b"0123456789abcdef"));
    put(&mut core, UP_0 + WRITE_OFFSET, &[4]);
    assert_eq!(look(&mut rtt, &mut core), b"0123");
    rtt.make_passive();
    put(&mut core, UP_0 + WRITE_OFFSET, &[6]);
    assert_eq!(look(&mut rtt, &mut core), b"45");
}

#[test]
fn a_ring_that_was_set_up_anew_is_read_from_its_start() {
    // Without a reset that anybody told of: the old place lies outside of what the ring holds now.
    let (mut core, mut rtt) = (core(), passive());
    assert!(core.poke(BUFFER, b"0123456789abcdef"));
    put(&mut core, UP_0 + WRITE_OFFSET, &[12, 12]);
    assert_eq!(look(&mut rtt, &mut core), b"");
    put(&mut core, UP_0 + WRITE_OFFSET, &[3, 0]);
    assert_eq!(look(&mut rtt, &mut core), b"012");
}

#[test]
fn behind_a_reset_the_old_ring_says_nothing_and_the_new_one_everything() {
    let (mut core, mut rtt) = (core(), passive());
    assert!(core.poke(BUFFER, b"0123456789abcdef"));
    put(&mut core, UP_0 + WRITE_OFFSET, &[5, 0]);
    assert_eq!(look(&mut rtt, &mut core), b"01234");
    rtt.chip_reset();
    assert_eq!(look(&mut rtt, &mut core), b"", "the firmware has not come that far");
    // It has: seven bytes, of which the first five lie where the old ones did.
    assert!(core.poke(BUFFER, b"ABCDEFG"));
    put(&mut core, UP_0 + WRITE_OFFSET, &[7, 0]);
    assert_eq!(look(&mut rtt, &mut core), b"ABCDEFG");
    assert_eq!(look(&mut rtt, &mut core), b"");
}

#[test]
fn a_passive_reader_still_fills_down_rings() {
    let (mut core, mut rtt) = (core(), passive());
    assert!(rtt.send(0, b"in"));
    rtt.poll(&mut core, 0);
    assert_eq!((word_at(&core, DOWN_0 + WRITE_OFFSET), rtt.has_input()), (2, false));
}

/// The layout of a core with 64 bits, as its compilers lay the structure out: two pointers of eight bytes, four words.
#[test]
fn wide_pointers_are_read_as_such() {
    let (mut core, _) = FakeCore::new([]);
    assert!(core.poke(BLOCK, &ID) && core.poke(RAM + 0x800, b"Terminal\0") && core.poke(BUFFER, b"hello"));
    put(&mut core, BLOCK + 16, &[1, 1]);
    put(&mut core, UP_0, &[RAM + 0x800, 0, BUFFER, 0, 16, 5, 0, 0]);
    put(&mut core, UP_0 + 32, &[0, 0, BUFFER + 0x200, 0, 16, 0, 0, 0]);
    let mut rtt = at_block().with_wide_pointers();
    assert!(rtt.send(0, b"xy"));
    let channel = Channel { stream: 0x20, name: "Terminal".into(), size: 16 };
    let text = Found::Bytes { stream: 0x20, bytes: b"hello".to_vec() };
    assert_eq!(rtt.poll(&mut core, 0), [Found::Channel(channel), text]);
    assert_eq!(word_at(&core, UP_0 + 24), 5, "read");
    assert_eq!(word_at(&core, UP_0 + 32 + 20), 2, "written");
    // A buffer beyond what there is.
    put(&mut core, UP_0 + 12, &[1, 16, 7]);
    assert_eq!(rtt.poll(&mut core, 1), []);
}
