//! Which sectors of flash memory differ from a firmware, and what they must hold.

use bluekernel_boards::model::Board;
use serde::Serialize;

use super::layout::{Block, is_flash};

/// What one erase takes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sector {
    /// First address.
    pub address: u64,
    /// Bytes.
    pub size: u64,
}

impl Sector {
    /// The address behind the last byte.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.address + self.size
    }
}

/// A sector that does not hold what it must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The sector.
    pub sector: Sector,
    /// What it must hold, all of it.
    pub wanted: Vec<u8>,
}

/// All sectors of the board's flash memories, by address.
#[must_use]
pub fn sectors(board: &Board) -> Vec<Sector> {
    let mut sectors = Vec::new();
    for memory in board.chip.memory.iter().filter(|memory| is_flash(memory)) {
        let mut address = memory.base;
        for run in &memory.erase {
            for _ in 0..run.count {
                sectors.push(Sector { address, size: run.size });
                address += run.size;
            }
        }
    }
    sectors.sort_by_key(|sector| sector.address);
    sectors
}

/// The sectors that hold a part of the firmware.
#[must_use]
pub fn touched(sectors: &[Sector], blocks: &[Block]) -> Vec<Sector> {
    let holds =
        |sector: &&Sector| blocks.iter().any(|block| block.address < sector.end() && sector.address < block.end());
    sectors.iter().filter(holds).copied().collect()
}

/// What a sector must hold: the firmware's bytes, and where it has none, what is there `now`.
#[must_use]
pub fn wanted(sector: Sector, blocks: &[Block], now: &[u8]) -> Vec<u8> {
    let mut bytes = now.to_vec();
    for block in blocks {
        let from = block.address.max(sector.address);
        let to = block.end().min(sector.end());
        if from >= to {
            continue;
        }
        let place = |address: u64, start: u64| usize::try_from(address - start).unwrap_or(usize::MAX);
        let source = block.data.get(place(from, block.address)..place(to, block.address));
        let target = bytes.get_mut(place(from, sector.address)..place(to, sector.address));
        if let (Some(source), Some(target)) = (source, target) {
            target.copy_from_slice(source);
        }
    }
    bytes
}

/// The pieces of a sector to program once it is erased: what is erased anyway is left out, in cells of a page each.
#[must_use]
pub fn pieces(change: &Change, erased: u8) -> Vec<Block> {
    const CELL: usize = 256;
    let mut pieces: Vec<Block> = Vec::new();
    for (number, cell) in change.wanted.chunks(CELL).enumerate() {
        if cell.iter().all(|byte| *byte == erased) {
            continue;
        }
        let address = change.sector.address + (number * CELL) as u64;
        match pieces.last_mut().filter(|last| last.end() == address) {
            Some(last) => last.data.extend_from_slice(cell),
            None => pieces.push(Block { address, data: cell.to_vec() }),
        }
    }
    pieces
}

/// Puts changes together that are done in one go: few enough bytes that a Ctrl-C need not wait long.
#[must_use]
pub fn batches(changes: &[Change]) -> Vec<&[Change]> {
    const MOST: u64 = 64 * 1024;
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (place, change) in changes.iter().enumerate() {
        if place > start && bytes + change.sector.size > MOST {
            batches.push(&changes[start..place]);
            (start, bytes) = (place, 0);
        }
        bytes += change.sector.size;
    }
    if start < changes.len() {
        batches.push(&changes[start..]);
    }
    batches
}

#[cfg(test)]
mod tests;
