//! Traces in files of any form: each is told by what it is, gives its stream, and what is none is refused in words.

mod common;

use std::io::{self, Cursor, Read};

use bluekernel_abi::Event;
use bluekernel_tracer::capture::{Capture, CaptureError, Form, Identity};
use bluekernel_tracer::wire::{Decoder, Item};
use common::encoder::{BOOT, Encoder};
use common::line::frame;
use common::ring::Ring;
use proptest::prelude::*;

const INFO: Event<'static> = Event::Info { build_id: 0x8877_6655_4433_2211, clock_hz: 25_000_000 };
const IDENTITY: Identity = Identity { build_id: 0x8877_6655_4433_2211, clock_hz: 25_000_000 };

/// Blocks of a SYNC and `events` events each; the first says who it is.
fn blocks(count: usize, events: u32) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new();
    let mut block = |number| {
        encoder.bytes.clear();
        encoder.sync(if number == 0 { BOOT } else { 0 });
        if number == 0 {
            encoder.event(0, &INFO);
        }
        for task in 0..events {
            encoder.event(40, &Event::Ready { task });
        }
        encoder.bytes.clone()
    };
    (0..count).map(&mut block).collect()
}

/// A serial line that carries them.
fn line(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut offset = 0;
    let mut line = Vec::new();
    for block in blocks {
        line.extend(frame(offset, block));
        offset += block.len() as u32;
    }
    line
}

fn open(bytes: &[u8], rtt: Option<u64>) -> Result<(Form, Option<Identity>, Vec<u8>), CaptureError> {
    let mut capture = Capture::open(Cursor::new(bytes), rtt)?;
    let mut stream = Vec::new();
    let (form, identity) = (capture.form, capture.identity);
    while let Some(piece) = capture.next()? {
        stream.extend(piece);
    }
    Ok((form, identity, stream))
}

fn refusal(bytes: &[u8]) -> String {
    open(bytes, None).expect_err("refused").to_string()
}

/// How many events stand in a stream.
fn events(stream: &[u8]) -> usize {
    let mut decoder = Decoder::new();
    decoder.push(stream);
    let mut count = 0;
    while let Some(record) = decoder.next() {
        count += usize::from(matches!(record.item, Item::Event(_)));
    }
    count
}

/// A picture of 64 KiB of RAM, `what` at `at` in it, and numbers that count up elsewhere.
fn memory(at: usize, what: &[u8]) -> Vec<u8> {
    let mut ram: Vec<u8> = (0_u32..16 << 10).flat_map(u32::to_le_bytes).collect();
    ram[at..at + what.len()].copy_from_slice(what);
    ram
}

/// The control block of SEGGER_RTT.h at `address` with two channels, 32-bit, and the rings behind it: text, and `stream`
/// in 4096 bytes.
fn rtt(address: u32, stream: &[u8]) -> Vec<u8> {
    let mut block = b"SEGGER RTT\0\0\0\0\0\0".to_vec();
    let mut put = |words: &[u32]| block.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    put(&[2, 0]);
    let text = address + 24 + 2 * 24;
    put(&[0x1000, text, 16, 5, 5, 0]);
    let mut ring = vec![0; 4096];
    for (at, byte) in stream.iter().enumerate() {
        ring[at % 4096] = *byte;
    }
    let write = stream.len() as u32 % 4096;
    put(&[0x1010, text + 16, 4096, write, write, 0]);
    block.extend(b"hello\0\0\0\0\0\0\0\0\0\0\0");
    block.extend(ring);
    block
}

/// An ELF core file of one segment, from the tables of the ELF specification (System V ABI, chapters 4 and 5): e_type 4 is
/// a core, machine 40 is Arm.
fn core_file(address: u32, memory: &[u8]) -> Vec<u8> {
    let mut file = b"\x7fELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    file.extend([4, 0, 40, 0]);
    // Version, entry, program headers at 52, no section headers, flags.
    for word in [1_u32, 0, 52, 0, 0] {
        file.extend(word.to_le_bytes());
    }
    for half in [52_u16, 32, 1, 40, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    // PT_LOAD, offset, addresses, sizes, readable and writable, alignment.
    let size = memory.len() as u32;
    for word in [1, 84, address, address, size, size, 6, 4] {
        file.extend(word.to_le_bytes());
    }
    file.extend(memory);
    file
}

#[test]
fn a_stream_comes_out_as_it_went_in() {
    let stream = blocks(40, 30).concat();
    assert_eq!(open(&stream, None).unwrap(), (Form::Stream, Some(IDENTITY), stream.clone()));
    // Joined in its middle it does not say who it is; long or short, it is known for a stream.
    for end in [stream.len(), 1000] {
        let joined = &stream[200..end];
        assert_eq!(open(joined, None).unwrap(), (Form::Stream, None, joined.to_vec()));
    }
}

#[test]
fn what_a_channel_says_it_lost_does_not_make_a_stream_less_of_one() {
    // LOST (0xc2) of 2^63 bytes, twice: LEB128 of 2^63 is nine bytes of 0x80 and 1.
    let lost = [&[0xc2, 10][..], &[0x80; 9], &[1, 0]].concat();
    let blocks = blocks(3, 30);
    let stream = [&blocks[0][..], &lost, &blocks[1], &lost, &blocks[2]].concat();
    assert_eq!(open(&stream, None).unwrap(), (Form::Stream, Some(IDENTITY), stream.clone()));
}

#[test]
fn a_line_gives_the_stream_that_it_carried() {
    // More than what tells it: the rest comes piece by piece.
    let blocks = blocks(900, 100);
    let line = line(&blocks);
    assert!(line.len() > 150_000);
    assert_eq!(open(&line, None).unwrap(), (Form::Line, Some(IDENTITY), blocks.concat()));
    // A break is a zero on most receivers: with some before the first frame it could be read as a SYNC.
    let after_break = [vec![0; 12], line].concat();
    assert_eq!(open(&after_break, None).unwrap(), (Form::Line, Some(IDENTITY), blocks.concat()));
}

#[test]
fn a_flight_recorder_is_found_anywhere_in_memory() {
    let mut ring = Ring::new(64);
    (ring.build_id, ring.clock_hz) = (IDENTITY.build_id, 25_000_000);
    ring.boot(0);
    for task in 0..5 {
        ring.event(100, &Event::Ready { task });
    }
    for at in [0, 0x8480, (64 << 10) - 56 - 64 * 8] {
        let (form, identity, stream) = open(&memory(at, &ring.image()), None).unwrap();
        assert_eq!((form, identity), (Form::Flight, Some(IDENTITY)));
        // INFO and the five.
        assert_eq!(events(&stream), 6);
        let core = core_file(0x2000_0000, &memory(at, &ring.image()));
        assert_eq!(open(&core, None).unwrap(), (Form::Flight, Some(IDENTITY), stream));
    }
    // What only looks like one before it does not hide it.
    let mut ram = memory(0x8480, &ring.image());
    ram[0x100..0x108].copy_from_slice(b"BKFLIGHT");
    assert_eq!(open(&ram, None).unwrap().0, Form::Flight);
}

#[test]
fn the_ring_of_rtt_gives_what_it_still_holds() {
    let stream = blocks(3, 100).concat();
    assert!(stream.len() < 4096);
    let ram = memory(0x400, &rtt(0x2000_0400, &stream));
    let (form, identity, told) = open(&core_file(0x2000_0000, &ram), None).unwrap();
    assert_eq!((form, identity, events(&told)), (Form::Rtt, Some(IDENTITY), 301));
    // The same by the address of the symbol, and in words without.
    assert_eq!(open(&ram, Some(0x2000_0400)).unwrap(), (form, identity, told));
    assert_eq!(refusal(&ram), "it is memory with a control block of RTT, and does not say at which address it lay");
    // Where it went round, the beginning is gone, and reading starts with the first whole SYNC.
    let long = blocks(20, 150).concat();
    let block = blocks(1, 150)[0].len();
    let (_, identity, told) = open(&core_file(0x2000_0000, &memory(0x400, &rtt(0x2000_0400, &long))), None).unwrap();
    assert_eq!((identity, told.len()), (None, 4096));
    assert!(events(&told) >= (4096 / block - 1) * 150, "{}", events(&told));
    assert!(long.ends_with(&told));
}

#[test]
fn what_is_no_trace_is_refused_in_words() {
    assert_eq!(refusal(b""), "it is empty");
    assert_eq!(refusal(b"\x89BKT\r\n\x1a\n\x01\0"), "it is a recording already");
    assert!(refusal(b"Dear diary, today I recorded nothing.").starts_with("it is no trace: neither the stream"));
    assert!(refusal(&memory(0, b"")).starts_with("it is no trace"));
    assert!(refusal(b"\x7fELF and then nothing").starts_with("it looks like an ELF core file"));
    assert!(refusal(&core_file(0x2000_0000, &memory(0, b""))).starts_with("it is an ELF file without a trace"));
    let mut ring = Ring::new(64);
    assert_eq!(refusal(&ring.image()), "its flight recorder holds no event");
    ring.boot(0);
    let image = ring.image();
    assert_eq!(refusal(&image[..image.len() - 1]), "it holds a flight recorder, but that cannot be read");
    let no_trace = rtt(0x2000_0400, b"");
    assert!(refusal(&core_file(0x2000_0400, &no_trace)).contains("no ring of it that is there holds a trace"));
    // The ring itself was not saved.
    let stream = blocks(3, 100).concat();
    assert!(refusal(&core_file(0x2000_0400, &rtt(0x2000_0400, &stream)[..200])).contains("no ring of it"));
}

/// A source that never ends, and counts what was taken.
#[derive(Debug)]
struct Endless(u64, fn(u64) -> u8);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            *byte = self.1(self.0);
            self.0 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn a_source_without_end_is_read_no_further_than_memory_goes() {
    for fill in [|_: u64| 0_u8, |at: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8] {
        let mut source = Endless(0, fill);
        let error = Capture::open(&mut source, None).expect_err("refused");
        assert!(matches!(error, CaptureError::Endless { .. }), "{error}");
        assert_eq!(source.0, 64 << 20);
    }
}

#[test]
fn a_stream_without_end_comes_piece_by_piece() {
    let stream = blocks(50, 30).concat();
    let mut capture = Capture::open(Cursor::new(&stream).chain(Endless(0, |_| 0)), None).unwrap();
    for _ in 0..1000 {
        assert!(capture.next().unwrap().expect("no end").len() <= 64 << 10);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        at in 0..20_000_usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        form in 0..5_u8,
        cut in any::<prop::sample::Index>(),
    ) {
        let mut ring = Ring::new(16);
        ring.boot(0).event(5, &Event::Idle);
        let mut bytes = match form {
            0 => blocks(20, 30).concat(),
            1 => line(&blocks(20, 30)),
            2 => memory(at, &ring.image()),
            3 => memory(at, &rtt(0x2000_0000 + at as u32, &blocks(3, 100).concat())),
            _ => core_file(0x2000_0000, &memory(at, &rtt(0x2000_0000 + at as u32, &blocks(3, 100).concat()))),
        };
        for (index, byte) in damage {
            // Near the beginning or the block, where it matters most.
            let near = index.index(bytes.len().min(200));
            let place = if form < 2 { near } else { (at + near) % bytes.len() };
            bytes[place] = byte;
        }
        let bytes = &bytes[..=cut.index(bytes.len())];
        let _ = open(bytes, Some(0x2000_0000 + at as u64));
    }
}
