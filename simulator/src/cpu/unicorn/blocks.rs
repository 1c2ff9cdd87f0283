//! What a run of straight-line instructions costs, and a cache of that for translated blocks.

use std::cell::{Cell, RefCell};

use super::counted::Counted;
use super::memory::Memory;

/// A straight run of instructions, measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// Cycles, a branch at the end taken for taken.
    pub(super) cycles: u32,
    /// Cycles of all but the last instruction.
    pub(super) head: u32,
    /// Instructions.
    pub(super) count: u32,
    /// Cycles to take back if the branch at the end goes the cheaper way.
    pub(super) refill: u8,
    /// What must be looked at behind it, in bits that the architecture numbers: none of this file's own.
    pub(super) after: u16,
}

/// There is a breakpoint in the block.
pub(super) const BREAK: u16 = 0x400;

/// The block is in memory that the core cannot write.
pub(super) const READ_ONLY: u16 = 0x800;

/// There are instructions in the block whose cycles somebody wants to know.
pub(super) const COUNTED: u16 = 0x8000;

/// A [`Span`] in a word, since one is read and one written in front of every block that runs. From bit 0: cycles (16
/// bits), head (16), instructions (10), refill (4), flags (16). A block has 512 instructions at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed(u64);

impl Packed {
    pub(super) fn new(span: &Span) -> Self {
        let short = |value: u32| u64::from(value & 0xffff);
        Self(
            short(span.cycles)
                | short(span.head) << 16
                | u64::from(span.count & 0x3ff) << 32
                | u64::from(span.refill) << 42
                | u64::from(span.after) << 46,
        )
    }

    /// The same with more flags.
    pub(super) fn with(self, flags: u16) -> Self {
        Self(self.0 | u64::from(flags) << 46)
    }

    /// The same without these flags.
    pub(super) fn without(self, flags: u16) -> Self {
        Self(self.0 & !(u64::from(flags) << 46))
    }

    /// Nothing but these flags.
    pub(super) fn only(self, flags: u16) -> Self {
        Self(self.0 & u64::from(flags) << 46)
    }

    /// The same with the first instruction a cycle cheaper.
    pub(super) fn one_cycle_less(self) -> Self {
        // The first instruction is the head's, if there is more than one.
        Self(self.0 - 1 - if self.count() > 1 { 1 << 16 } else { 0 })
    }

    #[inline]
    pub(super) fn cycles(self) -> u64 {
        self.0 & 0xffff
    }

    #[inline]
    pub(super) fn head(self) -> u64 {
        self.0 >> 16 & 0xffff
    }

    #[inline]
    pub(super) fn count(self) -> u64 {
        self.0 >> 32 & 0x3ff
    }

    #[inline]
    pub(super) fn refill(self) -> u64 {
        self.0 >> 42 & 0xf
    }

    /// What must be looked at, as the architecture numbers it, and this file's own.
    #[inline]
    pub(super) fn flags(self) -> u16 {
        (self.0 >> 46) as u16
    }
}

/// No block has more bytes: 512 instructions of four.
const LONGEST_BLOCK: u32 = 2048;

/// Where the block that begins at an address is kept.
#[inline]
pub(super) fn index(address: u32) -> usize {
    ((address >> 1) ^ (address >> 17)) as usize % SLOTS
}

/// How many blocks are kept. Flash addresses of up to 128 KiB never meet in one place.
pub(super) const SLOTS: usize = 1 << 16;

/// Address, and size in the upper half (0 is no block), and what was measured.
type Slot = (Cell<u64>, Cell<Packed>);

/// What a slot has for a block.
#[inline]
fn key(address: u32, size: u32) -> u64 {
    u64::from(address) | u64::from(size) << 32
}

/// An architecture's cost table.
pub(super) trait Measure {
    /// Measures the block between two addresses. It will be kept at [`index`] of the first.
    fn block(&self, memory: &Memory, address: u32, end: u32) -> Packed;
}

/// A cache of measured blocks. Whoever translates one anew, since its bytes were written or for any other reason, says so
/// by [`Blocks::translated`], and it is measured anew.
pub(super) struct Blocks<M> {
    slots: Box<[Slot; SLOTS]>,
    costs: M,
    breakpoints: RefCell<Vec<(u32, u32)>>,
    counted: Counted,
}

impl<M: Measure> Blocks<M> {
    pub(super) fn new(costs: M) -> Self {
        let slots: Box<[Slot]> = std::iter::repeat_with(Slot::default).take(SLOTS).collect();
        let Ok(slots) = slots.try_into() else { unreachable!("as many as were collected") };
        Self { slots, costs, breakpoints: RefCell::default(), counted: Counted::default() }
    }

    pub(super) fn costs(&self) -> &M {
        &self.costs
    }

    /// The code whose cycles somebody wants to know.
    pub(super) fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Marks the blocks that hold some of these addresses (first, last) from now on: [`COUNTED`].
    pub(super) fn set_counted(&self, code: &[(u32, u32)], called: &[(u32, u32)]) {
        self.counted.set(code, called);
        self.clear();
    }

    /// Marks the blocks that hold one of these addresses (first, last) from now on.
    pub(super) fn set_breakpoints(&self, ranges: &[(u32, u32)]) {
        if *self.breakpoints.borrow() != ranges {
            self.breakpoints.replace(ranges.to_vec());
            self.clear();
        }
    }

    /// Whether the next instruction may not run because it has a breakpoint.
    pub(super) fn has_breakpoint(&self, pc: u32) -> bool {
        self.breakpoints.borrow().iter().any(|&(first, last)| (first..=last).contains(&pc))
    }

    /// Forgets those that hold one of these bytes, since they were written from outside.
    pub(super) fn forget(&self, first: u32, len: u32) {
        if len as usize > SLOTS {
            return self.clear();
        }
        let from = first.saturating_sub(LONGEST_BLOCK) & !1;
        for address in (from..first.saturating_add(len)).step_by(2) {
            let slot = &self.slots[index(address)];
            let key = slot.0.get();
            let end = u64::from(address) + (key >> 32);
            if key as u32 == address && end > u64::from(first) {
                slot.0.set(0);
            }
        }
    }

    /// Forgets the block at an address: it was translated just now, perhaps from other bytes than before.
    pub(super) fn translated(&self, address: u32) {
        self.slots[index(address)].0.set(0);
    }

    /// Forgets all of them.
    pub(super) fn clear(&self) {
        for (key, _) in &*self.slots {
            key.set(0);
        }
    }

    /// The block of `size` bytes at `address`, if it has been measured.
    #[inline]
    pub(super) fn find(&self, address: u32, size: u32) -> Option<Packed> {
        let slot = &self.slots[index(address)];
        (slot.0.get() == key(address, size)).then(|| slot.1.get())
    }

    /// The block of `size` bytes at `address`.
    #[inline]
    pub(super) fn get(&self, memory: &Memory, address: u32, size: u32) -> Packed {
        self.find(address, size).unwrap_or_else(|| self.measure(memory, address, size))
    }

    /// [`COUNTED`], if some of `address..end` is.
    pub(super) fn counted_flag(&self, address: u32, end: u32) -> u16 {
        if self.counted.overlaps(address, end) { COUNTED } else { 0 }
    }

    #[cold]
    fn measure(&self, memory: &Memory, address: u32, size: u32) -> Packed {
        let slot = &self.slots[index(address)];
        let end = address.saturating_add(size);
        let breaks = self.breakpoints.borrow().iter().any(|range| range.0 < end && address <= range.1);
        let block = self.costs.block(memory, address, end);
        let block = block.with(if breaks { BREAK } else { 0 });
        let read_only = memory.find(address, 1).is_some_and(|mapping| !mapping.writable());
        let block = block.with(if read_only { READ_ONLY } else { 0 });
        let block = block.with(self.counted_flag(address, end));
        slot.0.set(key(address, size));
        slot.1.set(block);
        block
    }
}
