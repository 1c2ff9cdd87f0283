//! Frames against the text of `bluekernel_abi::uart`. The ring is one static: so one test walks through it.

use super::*;
use crate::trace::{init, ready};
use std::vec::Vec;

#[test]
fn the_check_sum_is_that_of_the_catalogue() {
    // The check value of CRC-16/IBM-3740 in the RevEng catalogue.
    assert_eq!(b"123456789".iter().fold(CRC_INIT, |crc, byte| crc_16(crc, *byte)), 0x29b1);
}

/// A frame's content, by the definition of COBS: each group's first byte says how far it is to the next one, and between two
/// groups there is a zero unless the first one is full.
fn unstuff(frame: &[u8]) -> Vec<u8> {
    let (end, mut rest) = frame.split_last().expect("a frame");
    assert_eq!(*end, 0);
    assert!(!rest.contains(&0));
    let mut content = Vec::new();
    while let [length, ..] = rest {
        let (group, behind) = rest.split_at(usize::from(*length));
        content.extend(&group[1..]);
        if *length != 0xff && !behind.is_empty() {
            content.push(0);
        }
        rest = behind;
    }
    content
}

/// Offset and records of the next frame in a buffer of `room` bytes; nothing if there is none.
fn next(room: usize) -> Option<(u32, Vec<u8>)> {
    let mut buffer = [0xee; FRAME_BYTES];
    let count = next_block(&mut buffer[..room]);
    if count == 0 {
        return None;
    }
    let content = unstuff(&buffer[..count]);
    let (content, crc) = content.split_last_chunk().expect("a check sum");
    assert_eq!(content.iter().fold(CRC_INIT, |crc, byte| crc_16(crc, *byte)), u16::from_le_bytes(*crc));
    let (offset, records) = content.split_first_chunk().expect("an offset");
    Some((u32::from_le_bytes(*offset), records.to_vec()))
}

#[test]
fn frames_hold_whole_records_and_begin_with_a_sync() {
    lock::with(|locked| init(locked, 25_000_000));
    assert_eq!(next(20), None, "SYNC has no room");
    let (offset, records) = next(FRAME_BYTES).expect("SYNC and INFO");
    assert_eq!((offset, &records[..9]), (0, &[0, 0, 0, 0, 0, 0, 0, 0, 1][..]));
    assert_eq!(next(FRAME_BYTES), None);

    // More than the ring holds of one block: READY takes two or three bytes, and the last block's SYNC is asked for.
    let mut sent = records.len();
    lock::with(|locked| (0..900).for_each(|_| ready(locked, 1)));
    let mut frames = Vec::new();
    while let Some((offset, records)) = next(256) {
        assert_eq!(offset as usize, sent);
        sent += records.len();
        frames.push(records);
    }
    let begins = |records: &Vec<u8>| records.starts_with(&[0; 8]);
    // 900 READY are at least 1,800 bytes: two blocks, and no frame but those that begin one holds eight zeros.
    assert!(begins(&frames[0]));
    assert!(frames.iter().filter(|records| begins(records)).count() >= 2);
    assert!(frames.iter().all(|records| records[1..].windows(8).all(|run| run != [0; 8])));
    // Each frame begins with a head: whole records, of which READY of task 1 is 0x22, and its time has no larger byte here.
    let heads = frames.iter().filter(|records| !begins(records));
    assert!(heads.clone().count() > 4 && heads.clone().all(|records| records[0] == 0x22));

    // The last frame took all: the next event brings a SYNC.
    lock::with(|locked| ready(locked, 2));
    let (offset, records) = next(FRAME_BYTES).expect("a SYNC");
    assert_eq!(offset as usize, sent);
    assert!(begins(&records) && records.contains(&0x23));

    // One at a time.
    lock::with(|locked| ready(locked, 2));
    BUSY.store(true, Relaxed);
    assert_eq!(next(FRAME_BYTES), None);
    BUSY.store(false, Relaxed);
    assert!(next(FRAME_BYTES).is_some());
}
