//! RTT: text and trace through the chip's memory, while the core runs (SEGGER UM08001, chapter "RTT").
//!
//! ```text
//! control block   "SEGGER RTT" 16 bytes | number of up rings | number of down rings | descriptors of up, then of down rings
//! descriptor      name | buffer | size | write offset | read offset | flags           six words; a ring's reader moves `read`
//! ```
//!
//! Firmware may not have set the block up yet, may open channels late, or overwrite it all. So nothing is believed: a
//! block counts while its identifier is there, a ring while its numbers make sense and its buffer lies in the chip's RAM.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::error::Result;

/// The identifier at the start of the block.
const ID: [u8; 16] = *b"SEGGER RTT\0\0\0\0\0\0";
/// The symbol of the control block.
pub const SYMBOL: &str = "_SEGGER_RTT";
/// Rings of one direction that are served.
pub const CHANNELS: usize = 16;
/// A block that claims more rings than this is none.
const MOST_RINGS: u32 = 64;
const HEADER: usize = 24;
const DESCRIPTOR: usize = 24;
const READ_OFFSET: u64 = 16;
const WRITE_OFFSET: u64 = 12;
/// Bytes of one read while searching.
const SEARCH: u64 = 4096;
/// The longest name of a channel.
const NAME: u64 = 64;

/// A chip's memory, as RTT needs it.
pub trait Port {
    /// Fills `buffer` with the bytes from `address` on.
    ///
    /// # Errors
    /// What the probe says.
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<()>;

    /// Writes a word.
    ///
    /// # Errors
    /// What the probe says.
    fn write_word(&mut self, address: u64, value: u32) -> Result<()>;

    /// Writes bytes.
    ///
    /// # Errors
    /// What the probe says.
    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<()>;
}

/// What a poll found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// An up channel that was not known, or has another name now.
    Channel {
        /// Its number.
        number: usize,
        /// Its name.
        name: String,
    },
    /// Bytes of an up channel.
    Bytes {
        /// Its number.
        number: usize,
        /// The bytes, in order.
        bytes: Vec<u8>,
    },
}

/// The host's side of RTT.
#[derive(Debug)]
pub struct Rtt {
    block: Option<u64>,
    /// RAM: buffers lie in it, and the block is searched for there if no symbol says where it is.
    ram: Vec<Range<u64>>,
    /// All memories: names lie in them.
    memories: Vec<Range<u64>>,
    /// Rings of both directions, once the block was seen.
    rings: Option<(u32, u32)>,
    known: Vec<Option<String>>,
    search_again: Instant,
    pause: Duration,
}

/// A ring's descriptor that makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ring {
    descriptor: u64,
    name: u64,
    buffer: u64,
    size: u32,
    write: u32,
    read: u32,
}

impl Rtt {
    /// A reader of the block at `block`, or of one that is yet to be found in `ram`.
    #[must_use]
    pub fn new(block: Option<u64>, ram: Vec<Range<u64>>, memories: Vec<Range<u64>>) -> Self {
        Self {
            block,
            ram,
            memories,
            rings: None,
            known: vec![None; CHANNELS],
            search_again: Instant::now(),
            pause: Duration::from_millis(50),
        }
    }

    /// Whether a block was seen.
    #[must_use]
    pub const fn is_attached(&self) -> bool {
        self.rings.is_some()
    }

    /// Overwrites the identifier of a block that an earlier run left in RAM, so that nothing stale is taken for this
    /// run's. The core must be halted.
    ///
    /// # Errors
    /// What the probe says.
    pub fn clear_stale(&mut self, port: &mut dyn Port) -> Result<()> {
        let block = match self.block {
            Some(block) => Some(block),
            None => self.search(port)?,
        };
        match block {
            Some(block) => port.write(block, &[0; ID.len()]),
            None => Ok(()),
        }
    }

    /// Takes what is in the up rings.
    ///
    /// # Errors
    /// What the probe says.
    pub fn poll(&mut self, port: &mut dyn Port) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let Some(up) = self.up_rings(port)? else { return Ok(found) };
        for (number, ring) in up {
            self.announce(port, number, &ring, &mut found)?;
            let bytes = take(port, &ring)?;
            if !bytes.is_empty() {
                found.push(Found::Bytes { number, bytes });
            }
        }
        Ok(found)
    }

    /// Puts a byte into a down ring, if it is there and has room.
    ///
    /// # Errors
    /// What the probe says.
    pub fn send(&mut self, port: &mut dyn Port, number: usize, byte: u8) -> Result<bool> {
        let (Some(block), Some((up, down))) = (self.block, self.rings) else { return Ok(false) };
        if number >= down as usize {
            return Ok(false);
        }
        let descriptor = block + (HEADER + (up as usize + number) * DESCRIPTOR) as u64;
        let mut bytes = [0; DESCRIPTOR];
        port.read(descriptor, &mut bytes)?;
        let Some(ring) = ring(descriptor, &bytes, &self.ram) else { return Ok(false) };
        let next = (ring.write + 1) % ring.size;
        if next == ring.read {
            return Ok(false);
        }
        port.write(ring.buffer + u64::from(ring.write), &[byte])?;
        port.write_word(descriptor + WRITE_OFFSET, next)?;
        Ok(true)
    }

    /// The up rings that make sense, if the block is there.
    fn up_rings(&mut self, port: &mut dyn Port) -> Result<Option<Vec<(usize, Ring)>>> {
        if self.block.is_none() && Instant::now() >= self.search_again {
            self.block = self.search(port)?;
            // Twice as long each time: a firmware without RTT is not disturbed for ever.
            self.search_again = Instant::now() + self.pause;
            self.pause *= 2;
        }
        let Some(block) = self.block else { return Ok(None) };
        // Once the number of rings is known, one read gets everything.
        let up = self.rings.map_or(0, |(up, _)| up.min(CHANNELS as u32)) as usize;
        let mut bytes = vec![0; HEADER + up * DESCRIPTOR];
        port.read(block, &mut bytes)?;
        let Some(rings) = rings(&bytes) else {
            self.rings = None;
            return Ok(None);
        };
        if self.rings != Some(rings) {
            self.rings = Some(rings);
            return self.up_rings(port);
        }
        let descriptors = bytes[HEADER..].chunks_exact(DESCRIPTOR).enumerate();
        let sensible = descriptors.filter_map(|(number, bytes)| {
            let descriptor = block + (HEADER + number * DESCRIPTOR) as u64;
            Some((number, ring(descriptor, bytes, &self.ram)?))
        });
        Ok(Some(sensible.collect()))
    }

    fn announce(&mut self, port: &mut dyn Port, number: usize, ring: &Ring, found: &mut Vec<Found>) -> Result<()> {
        if self.known[number].is_some() {
            return Ok(());
        }
        let name = self.text(port, ring.name)?;
        found.push(Found::Channel { number, name: name.clone() });
        self.known[number] = Some(name);
        Ok(())
    }

    fn text(&self, port: &mut dyn Port, address: u64) -> Result<String> {
        let Some(memory) = self.memories.iter().find(|memory| memory.contains(&address)) else {
            return Ok(String::new());
        };
        let length = NAME.min(memory.end - address);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        port.read(address, &mut bytes)?;
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        Ok(String::from_utf8_lossy(&bytes[..end]).into_owned())
    }

    /// The first block in RAM. Its words are aligned, and so is it.
    fn search(&self, port: &mut dyn Port) -> Result<Option<u64>> {
        let overlap = ID.len() as u64;
        for memory in &self.ram {
            let mut at = memory.start;
            while at + overlap <= memory.end {
                let mut bytes = vec![0; usize::try_from(SEARCH.min(memory.end - at)).unwrap_or(0)];
                port.read(at, &mut bytes)?;
                let found = bytes.windows(ID.len()).step_by(4).position(|window| window == ID);
                if let Some(place) = found {
                    return Ok(Some(at + 4 * place as u64));
                }
                at += SEARCH - overlap;
            }
        }
        Ok(None)
    }
}

/// The numbers of up and down rings, if a block begins here.
fn rings(bytes: &[u8]) -> Option<(u32, u32)> {
    let (up, down) = (word(bytes, 16)?, word(bytes, 20)?);
    (bytes.starts_with(&ID) && up <= MOST_RINGS && down <= MOST_RINGS).then_some((up, down))
}

fn ring(descriptor: u64, bytes: &[u8], ram: &[Range<u64>]) -> Option<Ring> {
    let ring = Ring {
        descriptor,
        name: u64::from(word(bytes, 0)?),
        buffer: u64::from(word(bytes, 4)?),
        size: word(bytes, 8)?,
        write: word(bytes, 12)?,
        read: word(bytes, 16)?,
    };
    let end = ring.buffer + u64::from(ring.size);
    let in_ram = ram.iter().any(|memory| memory.contains(&ring.buffer) && end <= memory.end);
    (in_ram && ring.write < ring.size && ring.read < ring.size).then_some(ring)
}

/// Takes the bytes between the read and the write offset, and gives their room back.
fn take(port: &mut dyn Port, ring: &Ring) -> Result<Vec<u8>> {
    let pieces =
        if ring.read <= ring.write { [ring.read..ring.write, 0..0] } else { [ring.read..ring.size, 0..ring.write] };
    let mut bytes = Vec::new();
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        let start = bytes.len();
        bytes.resize(start + piece.len(), 0);
        port.read(ring.buffer + u64::from(piece.start), &mut bytes[start..])?;
    }
    if !bytes.is_empty() {
        port.write_word(ring.descriptor + READ_OFFSET, ring.write)?;
    }
    Ok(bytes)
}

fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(offset..offset + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests;
