//! The events of a recording once more, in order, for the formats that list them.

use std::io;

use super::schema::Row;
use crate::model::Trace;
use crate::wire::{Decoder, Item};

/// Tells `each` every event of `stream` with its time in cycles, in the order of the recording; `trace` is the trace of
/// that stream. Where `trace` has a gap, a row tells of it, in front of the first record behind it.
pub(super) fn walk(
    trace: &Trace,
    stream: &[u8],
    each: &mut dyn FnMut(u64, &Row<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut gaps = trace.gaps().iter().peekable();
    let mut decoder = Decoder::new();
    // In pieces, so that the decoder's buffer stays small next to a whole recording.
    for piece in stream.chunks(64 << 10) {
        decoder.push(piece);
        while let Some(record) = decoder.next() {
            while let Some(gap) = gaps.next_if(|gap| gap.end <= record.time) {
                each(gap.end, &Row::of_gap(gap))?;
            }
            if let Item::Event(event) = &record.item {
                each(record.time, &Row::of_event(event))?;
            }
        }
    }
    gaps.try_for_each(|gap| each(gap.end, &Row::of_gap(gap)))
}
