//! What the memories hold when a machine is switched on: what the chip has kept, and the firmware.
//!
//! Firmware is loaded as a programmer does it: in flash memory the erase blocks that it touches are erased, then
//! programmed; the others stay as they are.

use std::ops::Range;

use bluekernel_boards::model::{Board, Memory};

use super::CreateError;
use crate::chip::{Chip, keeps_content};
use crate::cpu::Core;
use crate::firmware::{Firmware, bases};

/// Fills the memories of a new core.
pub(super) fn fill(
    core: &mut dyn Core,
    board: &Board,
    firmware: Option<&Firmware>,
    mut chip: Option<&mut Chip>,
) -> Result<(), CreateError> {
    let pieces = firmware.map_or(&[][..], |firmware| &firmware.pieces);
    let mut put = |address: u32, bytes: &[u8]| {
        let put = core.poke(address, bytes);
        put.then_some(())
            .ok_or_else(|| CreateError::Engine(format!("cannot load {} bytes at {address:#010x}", bytes.len())))
    };
    for memory in board.chip.memory.iter().filter(|memory| keeps_content(memory)) {
        let kept = chip.as_mut().map(|chip| chip.memory(&memory.name)).transpose()?.flatten();
        let mut image = kept.unwrap_or_else(|| vec![0xFF; memory.size as usize]);
        for block in program(memory, &mut image, pieces) {
            if let Some(chip) = &mut chip {
                chip.write(memory.base + block.start as u64, &image[block])?;
            }
        }
        put(memory.base as u32, &image)?;
    }
    for (address, bytes) in pieces {
        put(*address, bytes)?;
    }
    Ok(())
}

/// Erases and programs what the pieces touch; these blocks, as offsets.
fn program(memory: &Memory, image: &mut [u8], pieces: &[(u32, Vec<u8>)]) -> Vec<Range<usize>> {
    let offset = |address: u32| {
        let inside = bases(memory).filter_map(|base| u64::from(address).checked_sub(base));
        inside.filter(|offset| *offset < memory.size).map(|offset| offset as usize).next()
    };
    let pieces: Vec<(usize, &[u8])> =
        pieces.iter().filter_map(|(address, bytes)| Some((offset(*address)?, &bytes[..]))).collect();
    let mut blocks = erase_blocks(memory, image.len());
    blocks.retain(|block| pieces.iter().any(|(at, bytes)| *at < block.end && block.start < at + bytes.len()));
    for block in &blocks {
        image[block.clone()].fill(0xFF);
    }
    for (at, bytes) in pieces {
        if let Some(place) = image.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
    blocks
}

/// The erase blocks; what the chip's file leaves over at the end is one more.
fn erase_blocks(memory: &Memory, len: usize) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut start = 0;
    for kind in memory.erase.iter().filter(|kind| kind.size > 0) {
        for _ in 0..kind.count {
            if start < len {
                let end = usize::try_from(kind.size).unwrap_or(len).saturating_add(start).min(len);
                blocks.push(start..end);
                start = end;
            }
        }
    }
    if start < len {
        blocks.push(start..len);
    }
    blocks
}
