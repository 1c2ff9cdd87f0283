//! Whether a firmware fits the chip: asked before anything is erased.

use std::path::Path;

use bluekernel_boards::model::{Board, Memory, MemoryKind};
use bluekernel_inspect::Image;

use crate::error::{Error, Result};

/// Bytes that belong into flash memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// First address.
    pub address: u64,
    /// The bytes.
    pub data: Vec<u8>,
}

impl Block {
    /// The address behind the last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.address + self.data.len() as u64
    }
}

/// What `image` puts into the flash memory of `board`, by address, nothing overlapping.
///
/// # Errors
/// Exit 2 if a part of it lies outside the chip's memories, if parts overlap, if it is code for another core, or if
/// nothing of it is loaded: with the part, its address and the chip's map.
pub fn blocks(image: &Image, elf: &Path, board: &Board) -> Result<Vec<Block>> {
    let refused = |what: String| {
        Error::usage(format!("{}: {what}", elf.display())).hint(format!(
            "{}. Is it a firmware for the board {}?",
            map(board),
            board.name
        ))
    };
    let chip = &board.chip;
    if let Some(arm) = image.arm_attributes().filter(|arm| !arm.runs_on(&chip.arch, chip.fpu != "none")) {
        return Err(refused(format!(
            "it is code for {}, and {} is {} ({})",
            arm.name(),
            chip.name,
            chip.core,
            chip.arch
        )));
    }
    let mut blocks: Vec<Block> = Vec::new();
    for (number, segment) in image.segments().iter().enumerate() {
        let size = segment.data.len() as u64;
        if size > 0 && !lies_in(board, segment.paddr, size, is_flash) {
            return Err(refused(format!(
                "segment {number}, {size} bytes at {:#010x}, lies outside the flash memory",
                segment.paddr
            )));
        }
        if segment.mem_size > 0 && !lies_in(board, segment.vaddr, segment.mem_size, |_| true) {
            return Err(refused(format!(
                "segment {number} needs {} bytes at {:#010x}, where the chip has no memory",
                segment.mem_size, segment.vaddr
            )));
        }
        if size > 0 {
            blocks.push(Block { address: segment.paddr, data: segment.data.clone() });
        }
    }
    blocks.sort_by_key(|block| block.address);
    if let Some(pair) = blocks.windows(2).find(|pair| pair[1].address < pair[0].end()) {
        return Err(refused(format!("two segments overlap at {:#010x}", pair[1].address)));
    }
    if blocks.is_empty() {
        return Err(refused("it loads nothing".into()));
    }
    check_stack(&blocks, board).map_err(refused)?;
    Ok(blocks)
}

/// The first word of the vector table is the initial stack pointer: one that points to no RAM is another chip's.
fn check_stack(blocks: &[Block], board: &Board) -> Result<(), String> {
    let Some(code) = board.code_memory().filter(|_| board.chip.arch.starts_with("armv")) else { return Ok(()) };
    let table = code.base + board.linker.flash_offset;
    let word = blocks.iter().find_map(|block| {
        let start = usize::try_from(table.checked_sub(block.address)?).ok()?;
        Some(u32::from_le_bytes(block.data.get(start..start.checked_add(4)?)?.try_into().ok()?))
    });
    match word {
        // A stack grows down from behind the last byte that it may use.
        Some(word) if !lies_in(board, u64::from(word).saturating_sub(4), 4, is_ram) => Err(format!(
            "its vector table at {table:#010x} begins with the stack pointer {word:#010x}, which is in no RAM"
        )),
        _ => Ok(()),
    }
}

/// Whether bytes lie in memories of the chip that follow each other without a gap, all of the wanted kind.
fn lies_in(board: &Board, address: u64, size: u64, wanted: fn(&Memory) -> bool) -> bool {
    let Some(end) = address.checked_add(size) else { return false };
    let mut at = address;
    while at < end {
        let holds = |memory: &&Memory| memory.base <= at && at - memory.base < memory.size && wanted(memory);
        match board.chip.memory.iter().find(holds) {
            Some(memory) => at = memory.base.saturating_add(memory.size),
            None => return false,
        }
    }
    true
}

/// Whether a programmer writes it.
pub(super) fn is_flash(memory: &Memory) -> bool {
    matches!(memory.kind, MemoryKind::Flash | MemoryKind::Xip)
}

/// Whether firmware writes it.
pub(super) fn is_ram(memory: &Memory) -> bool {
    matches!(memory.kind, MemoryKind::Ram | MemoryKind::Tcm)
}

/// The chip's memories in one sentence.
fn map(board: &Board) -> String {
    let memories: Vec<_> = board
        .chip
        .memory
        .iter()
        .map(|memory| format!("{} {:#010x}..{:#010x}", memory.name, memory.base, memory.base + memory.size))
        .collect();
    format!("the memories of {} are {}", board.chip.name, memories.join(", "))
}

#[cfg(test)]
mod tests;
