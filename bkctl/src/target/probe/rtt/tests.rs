//! A control block in memory, laid out as SEGGER's `SEGGER_RTT.h` says, and a host that reads it.

use super::*;
use crate::error::Exit;

const RAM: u64 = 0x2000_0000;
const BLOCK: u64 = RAM + 0x100;
const BUFFER: u64 = RAM + 0x400;
const NAME_AT: u64 = RAM + 0x380;

/// 8 KiB of RAM.
struct Ram(Vec<u8>);

impl Ram {
    fn new() -> Self {
        Self(vec![0xee; 8192])
    }

    fn set(&mut self, address: u64, bytes: &[u8]) {
        let start = (address - RAM) as usize;
        self.0[start..start + bytes.len()].copy_from_slice(bytes);
    }

    fn set_words(&mut self, address: u64, words: &[u32]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.set(address, &bytes);
    }

    fn word(&self, address: u64) -> u32 {
        word(&self.0, (address - RAM) as usize).expect("in RAM")
    }

    /// A block with one up and one down ring of 16 bytes each.
    fn with_block() -> Self {
        let mut ram = Self::new();
        ram.set(BLOCK, &ID);
        ram.set_words(BLOCK + 16, &[1, 1]);
        ram.set_words(BLOCK + 24, &[NAME_AT as u32, BUFFER as u32, 16, 0, 0, 0]);
        ram.set_words(BLOCK + 48, &[NAME_AT as u32, BUFFER as u32 + 16, 16, 0, 0, 0]);
        ram.set(NAME_AT, b"Terminal\0");
        ram
    }
}

impl Port for Ram {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<()> {
        let start = address.checked_sub(RAM).and_then(|start| usize::try_from(start).ok());
        let found = start.and_then(|start| self.0.get(start..start + buffer.len()));
        buffer.copy_from_slice(found.ok_or_else(|| crate::error::Error::new(Exit::Target, "no memory"))?);
        Ok(())
    }

    fn write_word(&mut self, address: u64, value: u32) -> Result<()> {
        self.set_words(address, &[value]);
        Ok(())
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<()> {
        self.set(address, bytes);
        Ok(())
    }
}

fn reader(block: Option<u64>) -> Rtt {
    let ram = RAM..RAM + 8192;
    Rtt::new(block, vec![ram.clone()], vec![ram])
}

fn bytes(found: &[Found]) -> Vec<u8> {
    let bytes = found.iter().filter_map(|one| match one {
        Found::Bytes { bytes, .. } => Some(bytes.clone()),
        Found::Channel { .. } => None,
    });
    bytes.flatten().collect()
}

#[test]
fn bytes_are_taken_and_their_room_is_given_back() {
    let mut ram = Ram::with_block();
    ram.set(BUFFER, b"hello");
    ram.set_words(BLOCK + 24 + WRITE_OFFSET, &[5]);
    let mut rtt = reader(Some(BLOCK));
    let found = rtt.poll(&mut ram).expect("reads");
    assert_eq!(found[0], Found::Channel { number: 0, name: "Terminal".into() });
    assert_eq!(found[1], Found::Bytes { number: 0, bytes: b"hello".to_vec() });
    assert_eq!(ram.word(BLOCK + 24 + READ_OFFSET), 5);
    assert!(rtt.poll(&mut ram).expect("reads").is_empty());
}

#[test]
fn a_ring_that_wraps_is_read_in_order() {
    let mut ram = Ram::with_block();
    ram.set(BUFFER, b"lo, world!....he");
    ram.set_words(BLOCK + 24 + WRITE_OFFSET, &[10, 14]);
    let found = reader(Some(BLOCK)).poll(&mut ram).expect("reads");
    assert_eq!(bytes(&found), b"helo, world!");
    assert_eq!(ram.word(BLOCK + 24 + READ_OFFSET), 10);
}

#[test]
fn without_a_symbol_the_block_is_searched_for() {
    for block in [RAM, BLOCK, RAM + SEARCH - 8, RAM + 8192 - 48] {
        let mut ram = Ram::new();
        ram.set(block, &ID);
        ram.set_words(block + 16, &[1, 0]);
        ram.set_words(block + 24, &[NAME_AT as u32, BUFFER as u32, 16, 2, 0, 0]);
        let found = reader(None).poll(&mut ram).expect("reads");
        assert_eq!(bytes(&found).len(), 2, "{block:#x}");
    }
}

#[test]
fn a_block_that_is_not_there_yet_is_no_error() {
    let mut ram = Ram::new();
    let mut rtt = reader(Some(BLOCK));
    assert!(rtt.poll(&mut ram).expect("reads").is_empty());
    assert!(!rtt.is_attached());
    ram = Ram::with_block();
    ram.set_words(BLOCK + 24 + WRITE_OFFSET, &[1]);
    assert_eq!(bytes(&rtt.poll(&mut ram).expect("reads")).len(), 1);
    assert!(rtt.is_attached());
}

#[test]
fn a_stale_block_is_cleared_where_the_symbol_says_and_where_it_is_found() {
    for block in [Some(BLOCK), None] {
        let mut ram = Ram::with_block();
        reader(block).clear_stale(&mut ram).expect("writes");
        assert!(reader(Some(BLOCK)).poll(&mut ram).expect("reads").is_empty());
    }
}

#[test]
fn numbers_that_make_no_sense_are_left_alone() {
    let cases: &[(u64, u32)] = &[
        (BLOCK + 16, 1000),            // rings
        (BLOCK + 24 + 4, 0),           // buffer
        (BLOCK + 24 + 4, 0x0800_0000), // buffer outside of RAM
        (BLOCK + 24 + 8, 0),           // size
        (BLOCK + 24 + 8, u32::MAX),    // size beyond RAM
        (BLOCK + 24 + 12, 16),         // write offset
        (BLOCK + 24 + 16, 99),         // read offset
    ];
    for (address, value) in cases {
        let mut ram = Ram::with_block();
        ram.set_words(BLOCK + 24 + WRITE_OFFSET, &[4]);
        ram.set_words(*address, &[*value]);
        let found = reader(Some(BLOCK)).poll(&mut ram).expect("no error");
        assert!(bytes(&found).is_empty(), "{address:#x} = {value:#x}");
    }
}

#[test]
fn a_name_outside_of_all_memories_is_empty() {
    let mut ram = Ram::with_block();
    ram.set_words(BLOCK + 24, &[0xdead_0000]);
    let found = reader(Some(BLOCK)).poll(&mut ram).expect("reads");
    assert_eq!(found, [Found::Channel { number: 0, name: String::new() }]);
}

#[test]
fn a_byte_goes_down_until_the_ring_is_full() {
    let mut ram = Ram::with_block();
    let mut rtt = reader(Some(BLOCK));
    assert!(!rtt.send(&mut ram, 0, b'x').expect("no error"), "the block was not seen yet");
    rtt.poll(&mut ram).expect("reads");
    // A ring of 16 holds 15 bytes.
    for _ in 0..15 {
        assert!(rtt.send(&mut ram, 0, b'x').expect("writes"));
    }
    assert!(!rtt.send(&mut ram, 0, b'x').expect("no error"));
    assert!(!rtt.send(&mut ram, 1, b'x').expect("no error"), "there is no such ring");
    assert_eq!(ram.word(BLOCK + 48 + WRITE_OFFSET), 15);
}
