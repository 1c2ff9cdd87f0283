//! What a run of straight-line instructions costs, and a cache of that for translated blocks.

use std::cell::Cell;

use super::memory::Memory;
use crate::cpu::cycles::{CostModel, after};
use crate::cpu::thumb::length;

/// A straight run of instructions, measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// Cycles, a branch at the end taken for taken.
    pub(super) cycles: u32,
    /// Cycles of all but the last instruction.
    pub(super) head: u32,
    /// Instructions.
    pub(super) count: u32,
    /// Cycles to take back if the branch at the end is not taken.
    pub(super) refill: u8,
    /// What must be looked at behind it: [`after`], of all its instructions, but [`after::SINGLE`] of the last only.
    pub(super) after: u8,
}

/// Measures the instructions from `address` up to `end`. `after_single`: a single load or store ran directly before.
pub(super) fn measure(memory: &Memory, costs: CostModel, address: u32, end: u32, after_single: bool) -> Span {
    let mut span = Span { after: if after_single { after::SINGLE } else { 0 }, ..Span::default() };
    let mut at = address;
    while at < end {
        let (first, second) = memory.instruction(at);
        append(&mut span, costs, first, second);
        at = at.saturating_add(length(first));
    }
    span
}

/// Measures one more instruction.
#[inline]
pub(super) fn append(span: &mut Span, costs: CostModel, first: u16, second: u16) {
    let cost = costs.instruction(first, second);
    // Two neighbouring single loads or stores share a cycle.
    let shared = u32::from(span.after & cost.after & after::SINGLE != 0);
    span.head = span.cycles;
    span.cycles += u32::from(cost.cycles) - shared;
    span.count += 1;
    span.refill = cost.refill;
    span.after = span.after & !(after::SINGLE | after::BRANCH) | cost.after;
}

/// A translated block, measured as if no single load or store ran before it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    pub(super) address: u32,
    pub(super) size: u32,
    pub(super) span: Span,
    /// Its first instruction is a single load or store.
    pub(super) starts_single: bool,
}

/// How many blocks are kept. Flash addresses of up to 128 KiB never meet in one place.
const SLOTS: usize = 1 << 16;

/// A cache of measured blocks in memory that the core cannot write. One that it can write may hold other instructions
/// at the next visit, so blocks there are measured each time.
pub(super) struct Blocks {
    slots: Box<[Cell<Block>]>,
    costs: CostModel,
}

impl Blocks {
    pub(super) fn new(costs: CostModel) -> Self {
        // Size 0 matches no block.
        Self { slots: vec![Cell::default(); SLOTS].into_boxed_slice(), costs }
    }

    pub(super) fn costs(&self) -> CostModel {
        self.costs
    }

    /// Forgets all of them, since memory was written from outside.
    pub(super) fn clear(&self) {
        for slot in &self.slots {
            slot.set(Block::default());
        }
    }

    /// The block of `size` bytes at `address`.
    #[inline]
    pub(super) fn get(&self, memory: &Memory, address: u32, size: u32) -> Block {
        let slot = &self.slots[((address >> 1) ^ (address >> 17)) as usize % SLOTS];
        let block = slot.get();
        if block.address == address && block.size == size { block } else { self.measure(memory, slot, address, size) }
    }

    #[cold]
    fn measure(&self, memory: &Memory, slot: &Cell<Block>, address: u32, size: u32) -> Block {
        let (first, second) = memory.instruction(address);
        let block = Block {
            address,
            size,
            span: measure(memory, self.costs, address, address.saturating_add(size), false),
            starts_single: self.costs.instruction(first, second).after & after::SINGLE != 0,
        };
        if memory.find(address, 1).is_some_and(|mapping| !mapping.writable()) {
            slot.set(block);
        }
        block
    }
}
