//! The rings of SEGGER's Real-Time Transfer in memory that was saved, by the layout of `SEGGER_RTT.h`:
//!
//! ```text
//! id:[u8; 16]  up channels:u32  down channels:u32  { name:ptr  buffer:ptr  size:u32  write:u32  read:u32  flags:u32 }
//! ```

use super::streams::is_stream;

/// What the control block begins with.
const ID: &[u8; 16] = b"SEGGER RTT\0\0\0\0\0\0";

/// Where the channels begin.
const CHANNELS: usize = 24;

/// The most channels to the host that are believed.
const MOST_CHANNELS: u32 = 16;

/// Where control blocks may begin.
pub(super) fn find(memory: &[u8]) -> impl Iterator<Item = usize> {
    memory.windows(ID.len()).enumerate().filter(|(_, bytes)| bytes == ID).map(|(at, _)| at)
}

/// What the ring with a trace holds: also what a host has read of it, as far as it is not overwritten.
///
/// The name of a channel lies in flash, which is rarely saved: so the ring is told by what is in it.
pub(super) fn trace<'m>(
    block: &[u8],
    word_bytes: u8,
    read: impl Fn(u64, usize) -> Option<&'m [u8]>,
) -> Option<Vec<u8>> {
    let pointer = usize::from(word_bytes);
    (0..word(block, ID.len())?.min(MOST_CHANNELS)).find_map(|number| {
        let channel = block.get(CHANNELS + number as usize * (2 * pointer + 16)..)?;
        let high = if pointer == 8 { word(channel, pointer + 4)? } else { 0 };
        let buffer = u64::from(high) << 32 | u64::from(word(channel, pointer)?);
        let (size, write) = (word(channel, 2 * pointer)? as usize, word(channel, 2 * pointer + 4)? as usize);
        let ring = read(buffer, size)?;
        // The oldest byte is the one that is written next. Where none was written yet stand zeros, which mean nothing.
        let (new, old) = ring.split_at_checked(write)?;
        let stream = [old, new].concat();
        is_stream(&stream).then_some(stream)
    })
}

/// The little-endian word at `at`.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}
