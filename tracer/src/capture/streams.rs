//! What comes in order: the stream itself, or a serial line that carries it.

use bluekernel_abi::Event;
use bluekernel_abi::wire::SYNC_INTERVAL_BYTES;

use super::{Form, Identity};
use crate::wire::{Decoder, Item, Lost, LostWhy, Uart};

/// Of so many stretches between two zeros, one at least must be a whole frame: bytes at random are one in 65536 times.
const STRETCHES_FOR_A_FRAME: u64 = 16;

/// Who joins a stream in its middle misses so many bytes up to the next SYNC at most: one is due, and waits for its event.
const LONGEST_WAY_IN: u64 = 2 * SYNC_INTERVAL_BYTES as u64;

/// What stands between the source and the stream.
#[derive(Debug)]
pub(super) enum Line {
    /// Nothing.
    Plain,
    /// Frames.
    Framed(Uart),
}

impl Line {
    /// The stream of the next bytes.
    pub(super) fn push(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Plain => bytes,
            Self::Framed(uart) => uart.push(&bytes),
        }
    }

    /// What is told at the end.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        match self {
            Self::Plain => Vec::new(),
            Self::Framed(uart) => uart.finish(),
        }
    }
}

/// What `beginning` begins, and the stream so far.
pub(super) fn recognise(beginning: &[u8]) -> Option<(Form, Vec<u8>, Line)> {
    // Frames first: their bytes may read as a SYNC, the other way round the CRC is in the way.
    let mut uart = Uart::new();
    let stream = uart.push(beginning);
    let stretches = beginning.split(|byte| *byte == 0).filter(|stretch| !stretch.is_empty()).count() as u64;
    if uart.frames() > 0 && uart.frames() * STRETCHES_FOR_A_FRAME >= stretches {
        return Some((Form::Line, stream, Line::Framed(uart)));
    }
    is_stream(beginning).then(|| (Form::Stream, beginning.to_vec(), Line::Plain))
}

/// Whether there is a SYNC and most of the bytes can be read.
pub(super) fn is_stream(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let (mut is_found, mut lost) = (false, 0_u64);
    let mut take = |item: Item<'_>| match item {
        Item::Sync(_) => is_found = true,
        // What a channel lost is not here at all.
        Item::Lost(Lost { why: LostWhy::Channel, .. }) | Item::Event(_) => {}
        Item::Lost(Lost { bytes, why: LostWhy::Attached }) if bytes <= LONGEST_WAY_IN => {}
        Item::Lost(Lost { bytes, .. }) => lost = bytes.saturating_add(lost),
    };
    while let Some(record) = decoder.next() {
        take(record.item);
    }
    if let Some(record) = decoder.finish() {
        take(record.item);
    }
    is_found && lost <= bytes.len() as u64 / 2
}

/// Which firmware sent this stream, if it says so.
pub(super) fn identity(stream: &[u8]) -> Option<Identity> {
    let mut decoder = Decoder::new();
    decoder.push(stream);
    while let Some(record) = decoder.next() {
        if let Item::Event(Event::Info { build_id, clock_hz }) = record.item {
            return Some(Identity { build_id, clock_hz });
        }
    }
    None
}
