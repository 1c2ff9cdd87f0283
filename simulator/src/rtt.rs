//! RTT: text and trace through memory, as a debug probe reads it (SEGGER UM08001, chapter "RTT").
//!
//! The firmware keeps a control block in RAM: an identifier, then descriptors of ring buffers. "Up" rings are written
//! by the firmware and read here; "down" rings the other way round. Whoever polls changes the target's memory (a read
//! offset), so polling happens at virtual times that nothing outside the run decides.
//!
//! There may be another reader, behind a debug probe. Two who move the read offset would steal each other's bytes, so then
//! this one is *passive*: it keeps its own place in each ring, never moves an offset, and looks before the other one can:
//!
//! ```text
//!   up ring   ···│ read offset: the probe's reader │ place: this reader │ write offset: the firmware │···
//! ```
//!
//! Firmware may not have set the block up yet, may overwrite it, or may never have had one. None of that is an error: a
//! block without its identifier is not there, and a descriptor that makes no sense is left alone until it does.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use bksim_protocol::frame;
use bksim_protocol::message::Channel;
use serde::{Deserialize, Serialize};

use crate::clock::{MILLISECOND, Picoseconds};
use crate::cpu::Core;

/// The identifier at the start of the block.
const ID: [u8; 16] = *b"SEGGER RTT\0\0\0\0\0\0";
/// Channels of one direction that have a stream.
const CHANNELS: usize = 16;
/// A block that claims more rings than this is not one.
const MOST_RINGS: u32 = 64;
/// A ring of more bytes is not one: all of it may have to be copied at each look.
const LARGEST_RING: u32 = 4 << 20;
const HEADER: u32 = 24;

/// Where the parts of a descriptor are: two pointers, then words. A pointer has as many bytes as a register of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Layout {
    /// Of a core with 32 bits.
    Narrow,
    /// Of a core with 64 bits.
    Wide,
}

impl Layout {
    const fn pointer(self) -> u32 {
        match self {
            Self::Narrow => 4,
            Self::Wide => 8,
        }
    }

    /// Bytes of a descriptor.
    const fn descriptor(self) -> u32 {
        2 * self.pointer() + 16
    }

    const fn size(self) -> u32 {
        2 * self.pointer()
    }

    const fn write_offset(self) -> u32 {
        self.size() + 4
    }

    const fn read_offset(self) -> u32 {
        self.size() + 8
    }
}

/// What a poll found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An up channel that was not known, or has another name or size now.
    Channel(Channel),
    /// Bytes of an up channel.
    Bytes {
        /// The data stream.
        stream: u8,
        /// The bytes, in order.
        bytes: Vec<u8>,
    },
}

/// The host's side of RTT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rtt {
    layout: Layout,
    block: Option<u32>,
    /// Where to search if the ELF has no symbol: (first address, bytes).
    search: Vec<(u32, u32)>,
    search_at: Picoseconds,
    pause: Picoseconds,
    known: Vec<Option<Channel>>,
    input: Vec<VecDeque<u8>>,
    /// Somebody else empties the rings.
    passive: bool,
    /// Of a passive reader, by up channel.
    places: Vec<Place>,
}

/// How far a passive reader has come in a ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    /// Nowhere: it begins where the other reader is.
    #[default]
    Unknown,
    /// The offset of the next byte.
    At(u32),
    /// The chip was reset when everything up to this offset had been read. The ring is still the old one as long as it
    /// shows that; then the firmware has set it up anew. (One that is left as it was, and goes on, is told from the other
    /// reader's offset on once more.)
    BeforeReset(u32),
}

/// A ring buffer's descriptor that makes sense.
struct Ring {
    descriptor: u32,
    name: u32,
    buffer: u32,
    size: u32,
    write: u32,
    read: u32,
}

impl Rtt {
    /// A reader of the block at `block`, or of one that is yet to be found in the ranges `search`.
    #[must_use]
    pub fn new(block: Option<u32>, search: Vec<(u32, u32)>) -> Self {
        Self {
            layout: Layout::Narrow,
            block,
            search: if block.is_some() { Vec::new() } else { search },
            search_at: 0,
            pause: MILLISECOND,
            known: vec![None; CHANNELS],
            input: vec![VecDeque::new(); CHANNELS],
            passive: false,
            places: vec![Place::Unknown; CHANNELS],
        }
    }

    /// Of a core whose pointers have 64 bits.
    #[must_use]
    pub fn with_wide_pointers(self) -> Self {
        Self { layout: Layout::Wide, ..self }
    }

    /// Where the size and the write offset of an up channel's ring are, if it is known where the block is.
    pub(crate) fn up_ring(&self, channel: u8) -> Option<(u32, u32)> {
        let descriptor = self.block?.checked_add(HEADER + u32::from(channel) * self.layout.descriptor())?;
        Some((descriptor.checked_add(self.layout.size())?, descriptor.checked_add(self.layout.write_offset())?))
    }

    /// Leaves the up rings to another reader from now on and only looks at what is in them.
    pub fn make_passive(&mut self) {
        self.passive = true;
    }

    /// The chip is being reset; everything in the rings has been read.
    pub fn chip_reset(&mut self) {
        for place in &mut self.places {
            if let Place::At(offset) = *place {
                *place = Place::BeforeReset(offset);
            }
        }
    }

    /// Bytes for a down channel; they wait until the firmware's ring has room. `false` for a channel that cannot be.
    pub fn send(&mut self, channel: u8, bytes: &[u8]) -> bool {
        match self.input.get_mut(usize::from(channel)) {
            Some(input) => {
                input.extend(bytes);
                true
            }
            None => false,
        }
    }

    /// Whether bytes wait for the firmware.
    #[must_use]
    pub fn has_input(&self) -> bool {
        self.input.iter().any(|input| !input.is_empty())
    }

    /// Takes what is in the up rings and fills the down rings.
    pub fn poll(&mut self, core: &mut dyn Core, now: Picoseconds) -> Vec<Found> {
        let Some((block, ups, downs)) = self.locate(core, now) else { return Vec::new() };
        let (found, rings) = self.look(core, block, ups);
        for ring in rings.iter().filter(|_| !self.passive) {
            core.poke(ring.descriptor + self.layout.read_offset(), &ring.write.to_le_bytes());
        }
        for index in 0..downs.min(CHANNELS as u32) {
            let input = &mut self.input[index as usize];
            if !input.is_empty()
                && let Some(ring) = ring(core, block + HEADER + (ups + index) * self.layout.descriptor(), self.layout)
            {
                give(core, &ring, self.layout, input);
            }
        }
        found
    }

    /// What a poll would find now, without changing anything.
    #[must_use]
    pub fn preview(&self, core: &dyn Core, now: Picoseconds) -> Vec<Found> {
        let mut reader = self.clone();
        reader.locate(core, now).map_or_else(Vec::new, |(block, ups, _)| reader.look(core, block, ups).0)
    }

    /// What is in the up rings, and those that are not empty.
    fn look(&mut self, core: &dyn Core, block: u32, ups: u32) -> (Vec<Found>, Vec<Ring>) {
        let (mut found, mut rings) = (Vec::new(), Vec::new());
        for index in 0..ups.min(CHANNELS as u32) {
            let Some(ring) = ring(core, block + HEADER + index * self.layout.descriptor(), self.layout) else {
                continue;
            };
            self.announce(core, &ring, index as usize, &mut found);
            let from = if self.passive { self.place(&ring, index as usize) } else { Some(ring.read) };
            let Some(bytes) = from.and_then(|from| contents(core, &ring, from)) else { continue };
            if self.passive {
                self.places[index as usize] = Place::At(ring.write);
            }
            if !bytes.is_empty() {
                found.push(Found::Bytes { stream: frame::RTT_UP + index as u8, bytes });
                rings.push(ring);
            }
        }
        (found, rings)
    }

    /// The block and its numbers of up and down rings, if it is there and set up.
    fn locate(&mut self, core: &dyn Core, now: Picoseconds) -> Option<(u32, u32, u32)> {
        if self.block.is_none() {
            if now < self.search_at {
                return None;
            }
            self.block = self.search.iter().find_map(|&(start, size)| search(core, start, size));
            self.search_at = now.saturating_add(self.pause);
            // Twice as long each time: the searches of a whole run cost little, however long it is.
            self.pause = self.pause.saturating_mul(2);
        }
        let block = self.block?;
        // All of its descriptors have addresses.
        block.checked_add(HEADER + 2 * MOST_RINGS * self.layout.descriptor())?;
        let mut id = [0; ID.len()];
        if !core.peek(block, &mut id) || id != ID {
            return None;
        }
        let (ups, downs) = (word(core, block + 16)?, word(core, block + 20)?);
        (ups <= MOST_RINGS && downs <= MOST_RINGS).then_some((block, ups, downs))
    }

    /// From where on a passive reader has not yet seen an up ring.
    fn place(&self, ring: &Ring, channel: usize) -> Option<u32> {
        // What is outside of what the other reader has left, the firmware has taken back: it has begun anew.
        let behind_read = |offset: u32| (offset + ring.size - ring.read) % ring.size;
        let is_left = |offset: u32| offset < ring.size && behind_read(offset) <= behind_read(ring.write);
        match self.places[channel] {
            Place::At(offset) if is_left(offset) => Some(offset),
            Place::BeforeReset(offset) if offset == ring.write => None,
            _ => Some(ring.read),
        }
    }

    fn announce(&mut self, core: &dyn Core, ring: &Ring, index: usize, found: &mut Vec<Found>) {
        let known = &mut self.known[index];
        let name = text(core, ring.name);
        if known.as_ref().is_some_and(|known| known.size == ring.size && known.name == name) {
            return;
        }
        let channel = Channel { stream: frame::RTT_UP + index as u8, name, size: ring.size };
        found.push(Found::Channel(channel.clone()));
        *known = Some(channel);
    }
}

fn word(core: &dyn Core, address: u32) -> Option<u32> {
    let mut bytes = [0; 4];
    core.peek(address, &mut bytes).then(|| u32::from_le_bytes(bytes))
}

/// A C string of at most 63 bytes; empty if there is none.
fn text(core: &dyn Core, address: u32) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    let at = |offset: usize| address.checked_add(offset as u32).filter(|_| address != 0 && offset < 63);
    while at(bytes.len()).is_some_and(|at| core.peek(at, &mut byte)) && byte[0] != 0 {
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ring(core: &dyn Core, descriptor: u32, layout: Layout) -> Option<Ring> {
    // Memories end below 4 GiB, so a pointer with an upper half leads nowhere.
    let pointer = |offset: u32| match layout {
        Layout::Narrow => word(core, descriptor + offset),
        Layout::Wide => {
            word(core, descriptor + offset + 4).filter(|upper| *upper == 0).and(word(core, descriptor + offset))
        }
    };
    let name = pointer(0).unwrap_or(0);
    let buffer = pointer(layout.pointer())?;
    let size = word(core, descriptor + layout.size())?;
    let (write, read) =
        (word(core, descriptor + layout.write_offset())?, word(core, descriptor + layout.read_offset())?);
    let fits = buffer != 0
        && (1..=LARGEST_RING).contains(&size)
        && write < size
        && read < size
        && buffer.checked_add(size).is_some();
    fits.then_some(Ring { descriptor, name, buffer, size, write, read })
}

/// The bytes of a ring from an offset to the write offset.
fn contents(core: &dyn Core, ring: &Ring, from: u32) -> Option<Vec<u8>> {
    let spans = if from <= ring.write { [(from, ring.write), (0, 0)] } else { [(from, ring.size), (0, ring.write)] };
    let mut bytes = Vec::new();
    for (from, to) in spans {
        let start = bytes.len();
        bytes.resize(start + (to - from) as usize, 0);
        if !core.peek(ring.buffer + from, &mut bytes[start..]) {
            return None;
        }
    }
    Some(bytes)
}

/// Fills a down ring; one place stays free, or full would look like empty.
fn give(core: &mut dyn Core, ring: &Ring, layout: Layout, input: &mut VecDeque<u8>) {
    let free = (ring.read + ring.size - ring.write - 1) % ring.size;
    let mut write = ring.write;
    for _ in 0..free {
        let Some(&byte) = input.front() else { break };
        if !core.poke(ring.buffer + write, &[byte]) {
            return;
        }
        input.pop_front();
        write = (write + 1) % ring.size;
    }
    if write != ring.write {
        core.poke(ring.descriptor + layout.write_offset(), &write.to_le_bytes());
    }
}

/// The first aligned place of the identifier.
fn search(core: &dyn Core, start: u32, size: u32) -> Option<u32> {
    const PIECE: u32 = 4096;
    let mut bytes = vec![0; PIECE as usize + ID.len()];
    for offset in (0..size).step_by(PIECE as usize) {
        let len = (size - offset).min(PIECE + ID.len() as u32) as usize;
        let address = start.checked_add(offset)?;
        let piece = &mut bytes[..len];
        if !core.peek(address, piece) {
            continue;
        }
        let skip = (address.next_multiple_of(4) - address) as usize;
        let at = piece.get(skip..)?.windows(ID.len()).step_by(4).position(|window| window == ID);
        if let Some(at) = at {
            return Some(address + skip as u32 + 4 * at as u32);
        }
    }
    None
}
