//! The reader of a serial line against frames that were made independently of it.

mod common;

use bluekernel_abi::Event;
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::wire::{Decoder, Item, Lost, LostWhy, Uart};
use common::encoder::{BOOT, Encoder};
use common::line::{cobs, crc_16, frame};
use common::scenario::HZ;
use proptest::prelude::*;

/// A run in blocks of one SYNC and `events` events each; of each block its records.
fn blocks(count: usize, events: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new();
    let mut from = 0;
    (0..count)
        .map(|block| {
            encoder.sync(if block == 0 { BOOT } else { 0 });
            for at in 0..events as u32 {
                encoder.event(7, &Event::Ready { task: at % 3 });
            }
            let block = encoder.bytes.split_off(from);
            encoder.bytes.extend(&block);
            from = encoder.bytes.len();
            block
        })
        .collect()
}

/// A frame for each block.
fn frames(blocks: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut offset = 0;
    blocks
        .iter()
        .map(|block| {
            let frame = frame(offset, block);
            offset += block.len() as u32;
            frame
        })
        .collect()
}

fn read(line: &[u8], piece: usize) -> Vec<u8> {
    let mut uart = Uart::new();
    let mut stream: Vec<u8> = line.chunks(piece).flat_map(|piece| uart.push(piece)).collect();
    stream.extend(uart.finish());
    stream
}

/// How many events, and what was lost.
fn decode(stream: &[u8]) -> (usize, Vec<Lost>) {
    let mut decoder = Decoder::new();
    decoder.push(stream);
    let (mut events, mut losses) = (0, Vec::new());
    let mut take = |item: Item<'_>| match item {
        Item::Event(_) => events += 1,
        Item::Lost(lost) => losses.push(lost),
        Item::Sync(_) => {}
    };
    while let Some(record) = decoder.next() {
        take(record.item);
    }
    if let Some(record) = decoder.finish() {
        take(record.item);
    }
    (events, losses)
}

const fn by_the_channel(bytes: usize) -> Lost {
    Lost { bytes: bytes as u64, why: LostWhy::Channel }
}

#[test]
fn the_writer_keeps_to_what_others_publish() {
    // The check value of CRC-16/IBM-3740 in the RevEng catalogue.
    assert_eq!(crc_16(b"123456789"), 0x29b1);
    // Examples 1, 2, 4 and 6 of the table in Wikipedia's article on COBS, without the zero behind.
    assert_eq!(cobs(&[0]), [1, 1]);
    assert_eq!(cobs(&[0, 0]), [1, 1, 1]);
    assert_eq!(cobs(&[0x11, 0x22, 0, 0x33]), [3, 0x11, 0x22, 2, 0x33]);
    assert_eq!(cobs(&[0x11, 0, 0, 0]), [2, 0x11, 1, 1, 1]);
}

#[test]
fn a_whole_line_gives_the_stream() {
    let blocks = blocks(5, 300);
    let line = frames(&blocks).concat();
    for piece in [1, 7, 1000, usize::MAX] {
        assert_eq!(read(&line, piece), blocks.concat());
    }
}

#[test]
fn a_damaged_frame_is_lost_to_the_byte_and_the_next_is_read() {
    let blocks = blocks(5, 20);
    let mut frames = frames(&blocks);
    frames[2][9] ^= 0x10;
    let (events, losses) = decode(&read(&frames.concat(), 3));
    assert_eq!((events, losses), (80, vec![by_the_channel(blocks[2].len())]));
}

#[test]
fn frames_that_vanish_are_lost_to_the_byte() {
    let blocks = blocks(6, 20);
    let mut frames = frames(&blocks);
    frames.drain(1..4);
    let (events, losses) = decode(&read(&frames.concat(), 3));
    assert_eq!((events, losses), (60, vec![by_the_channel(blocks[1..4].concat().len())]));
}

#[test]
fn what_follows_a_loss_without_a_sync_is_lost_too() {
    let blocks = blocks(3, 20);
    // The second block comes in three frames, of which the first is damaged; records are three bytes long.
    let (head, rest) = blocks[1].split_at(blocks[1].len() - 30);
    let offset = blocks[0].len() as u32;
    let at = offset + head.len() as u32;
    let mut first = frame(offset, head);
    first[5] ^= 1;
    let end = offset + blocks[1].len() as u32;
    let line =
        [frame(0, &blocks[0]), first, frame(at, &rest[..15]), frame(at + 15, &rest[15..]), frame(end, &blocks[2])];
    let (events, losses) = decode(&read(&line.concat(), 100));
    assert_eq!((events, losses), (40, vec![by_the_channel(blocks[1].len())]));
}

#[test]
fn a_line_that_is_joined_or_left_inside_a_frame() {
    let blocks = blocks(4, 20);
    let frames = frames(&blocks);
    let line = frames.concat();
    // Joined: no loss, since nobody listened.
    let (events, losses) = decode(&read(&line[5..], 9));
    assert_eq!((events, losses), (60, vec![]));
    // Left: the bytes that came of the last frame.
    let (events, losses) = decode(&read(&line[..line.len() - 10], 9));
    assert_eq!((events, losses), (60, vec![by_the_channel(frames[3].len() - 10)]));
}

#[test]
fn a_reset_begins_anew() {
    let first = blocks(3, 20);
    let line = [frames(&first).concat(), frames(&first).concat()].concat();
    let (events, losses) = decode(&read(&line, 64));
    assert_eq!((events, losses), (120, vec![]));
    // The last frame before it is damaged: so many bytes on the line.
    let mut before = frames(&first);
    before[2][4] ^= 2;
    let line = [before.concat(), frames(&first).concat()].concat();
    let (events, losses) = decode(&read(&line, 64));
    assert_eq!((events, losses), (100, vec![by_the_channel(before[2].len() - 1)]));
}

#[test]
fn text_between_frames_is_no_frame() {
    let blocks = blocks(3, 20);
    let mut line = b"hello\r\n\0\0\0".to_vec();
    line.extend(frames(&blocks).concat());
    assert_eq!(read(&line, 4), blocks.concat());
}

proptest! {
    /// Whatever happens to the frames: no event that was not sent, what is missing is known to the byte, and the model draws a
    /// gap that says that events of an unknown number are in it.
    #[test]
    fn what_is_told_and_what_is_lost_is_all_that_was_sent(
        sizes in prop::collection::vec(1..60_usize, 2..20),
        bad in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..=255_u8), 0..6),
        piece in 1..500_usize,
    ) {
        let mut encoder = Encoder::new();
        let mut blocks = Vec::new();
        for (at, events) in sizes.iter().enumerate() {
            let from = encoder.bytes.len();
            encoder.sync(if at == 0 { BOOT } else { 0 });
            for _ in 0..*events {
                encoder.event(7, &Event::Ready { task: 1 });
            }
            blocks.push(encoder.bytes[from..].to_vec());
        }
        let mut frames = frames(&blocks);
        let last = frames.len() - 1;
        let mut hit = vec![false; frames.len()];
        for (which, place, flip) in &bad {
            // The first and the last stay, so that what is between is known.
            let which = which.index(frames.len());
            if which == 0 || which == last || hit[which] {
                continue;
            }
            hit[which] = true;
            let place = place.index(frames[which].len() - 1);
            let byte = &mut frames[which][place];
            *byte = if *byte ^ flip == 0 { *byte ^ 0xff } else { *byte ^ flip };
            if *byte == 0 {
                *byte = 1;
                hit[which] = frames[which] != self::frames(&blocks)[which];
            }
        }
        let kept = |which: &usize| !hit[*which];
        let events: usize = (0..=last).filter(kept).map(|which| sizes[which]).sum();
        let lost: usize = (0..=last).filter(|which| hit[*which]).map(|which| blocks[which].len()).sum();
        let stream = read(&frames.concat(), piece);
        let (found, losses) = decode(&stream);
        prop_assert_eq!(found, events);
        prop_assert_eq!(losses.iter().map(|lost| lost.bytes).sum::<u64>(), lost as u64);
        prop_assert!(losses.iter().all(|lost| lost.why == LostWhy::Channel));
        let mut trace = Trace::new(Header::new("0", "b", HZ));
        trace.push(&stream);
        trace.finish();
        prop_assert_eq!(trace.gaps().iter().map(|gap| gap.bytes).sum::<u64>(), lost as u64);
        prop_assert!(trace.gaps().iter().all(|gap| gap.uncounted));
    }

    /// No bytes make the reader panic, and it holds no more than a frame.
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..2000), piece in 1..50_usize) {
        let stream = read(&bytes, piece);
        prop_assert!(stream.len() <= bytes.len() + 32);
        decode(&stream);
    }
}
