//! What a run of straight-line instructions costs, and a cache of that for translated blocks.

use std::cell::{Cell, Ref, RefCell};

use super::memory::Memory;
use crate::cpu::WaitRegion;
use crate::cpu::cortex_m::cycles::{CostModel, Costs, after};
use crate::cpu::cortex_m::thumb::length;

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
    pub(super) after: u16,
}

/// Measures the instructions from `address` up to `end`. `after_single`: a single load or store ran directly before.
pub(super) fn measure(memory: &Memory, costs: &Costs, address: u32, end: u32, after_single: bool) -> Span {
    let mut span = Span { after: if after_single { after::SINGLE } else { 0 }, ..Span::default() };
    let mut at = address;
    while at < end {
        let (first, second) = memory.instruction(at);
        append(&mut span, costs, at, first, second);
        at = at.saturating_add(length(first));
    }
    span
}

/// Measures one more instruction.
#[inline]
pub(super) fn append(span: &mut Span, costs: &Costs, address: u32, first: u16, second: u16) {
    let cost = costs.instruction(address, first, second);
    // Two neighbouring single loads or stores share a cycle.
    let shared = u32::from(span.after & cost.after & after::SINGLE != 0);
    span.head = span.cycles;
    span.cycles += u32::from(cost.cycles) - shared;
    span.count += 1;
    span.refill = cost.refill;
    span.after = span.after & !(after::SINGLE | after::BRANCH | after::INTERWORKING) | cost.after;
}

/// The run began right behind a single load or store. With [`STARTS_SINGLE`] among the bits of [`after`], which has
/// neither.
const AFTER_SINGLE: u16 = 0x100;
/// The first instruction is a single load or store.
const STARTS_SINGLE: u16 = 0x200;

/// There is a breakpoint in the block.
pub(super) const BREAK: u16 = 0x400;

/// The block is in memory that the core cannot write.
pub(super) const READ_ONLY: u16 = 0x800;

/// A [`Span`] in a word, since one is read and one written in front of every block that runs. From bit 0: cycles (16
/// bits), head (16), instructions (16), refill (4), flags (12). A block has 512 instructions at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed(u64);

impl Packed {
    pub(super) fn new(span: &Span, after_single: bool, starts_single: bool) -> Self {
        let short = |value: u32| u64::from(value & 0xffff);
        let flag = |condition: bool, bit: u16| if condition { bit } else { 0 };
        let flags = span.after | flag(after_single, AFTER_SINGLE) | flag(starts_single, STARTS_SINGLE);
        Self(
            short(span.cycles)
                | short(span.head) << 16
                | short(span.count) << 32
                | u64::from(span.refill) << 48
                | u64::from(flags) << 52,
        )
    }

    /// The same with more flags.
    fn with(self, flags: u16) -> Self {
        Self(self.0 | u64::from(flags) << 52)
    }

    /// Nothing to look at any more but whether a single load or store was last, and whether T may be clear.
    pub(super) fn settled(self) -> Self {
        Self(self.0 & u64::from(after::SINGLE | after::INTERWORKING) << 52)
    }

    /// The same block right behind a single load or store: one cycle less, if it begins with one.
    pub(super) fn behind_single(self) -> Self {
        let behind = self.0 | u64::from(AFTER_SINGLE) << 52;
        if self.flags() & STARTS_SINGLE == 0 {
            return Self(behind);
        }
        // The first instruction is the head's, if there is more than one.
        Self(behind - 1 - if self.count() > 1 { 1 << 16 } else { 0 })
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
        self.0 >> 32 & 0xffff
    }

    #[inline]
    pub(super) fn refill(self) -> u64 {
        self.0 >> 48 & 0xf
    }

    /// Bits of [`after`], and two of this file's own.
    #[inline]
    pub(super) fn flags(self) -> u16 {
        (self.0 >> 52) as u16
    }

    pub(super) fn after_single(self) -> bool {
        self.flags() & AFTER_SINGLE != 0
    }
}

/// No block has more bytes: 512 instructions of four.
const LONGEST_BLOCK: u32 = 2048;

/// Where the block that begins at an address is kept.
#[inline]
fn index(address: u32) -> usize {
    ((address >> 1) ^ (address >> 17)) as usize % SLOTS
}

/// How many blocks are kept. Flash addresses of up to 128 KiB never meet in one place.
const SLOTS: usize = 1 << 16;

/// Address, and size in the upper half (0 is no block), and what was measured.
type Slot = (Cell<u64>, Cell<Packed>);

/// A cache of measured blocks. Whoever translates one anew, since its bytes were written or for any other reason, says so
/// by [`Blocks::translated`], and it is measured anew.
pub(super) struct Blocks {
    slots: Box<[Slot]>,
    costs: RefCell<Costs>,
    breakpoints: RefCell<Vec<u32>>,
}

impl Blocks {
    pub(super) fn new(costs: CostModel) -> Self {
        let slots = std::iter::repeat_with(Slot::default).take(SLOTS).collect();
        Self { slots, costs: RefCell::new(Costs::new(costs)), breakpoints: RefCell::default() }
    }

    /// What instructions cost now.
    #[inline]
    pub(super) fn costs(&self) -> Ref<'_, Costs> {
        self.costs.borrow()
    }

    /// Fetches from these memories cost more from now on: what has been measured does not hold any more.
    pub(super) fn set_waits(&self, waits: &[WaitRegion]) {
        if self.costs.borrow_mut().set_waits(waits) {
            self.clear();
        }
    }

    /// Marks the blocks that hold one of these addresses from now on.
    pub(super) fn set_breakpoints(&self, addresses: &[u32]) {
        if *self.breakpoints.borrow() != addresses {
            self.breakpoints.replace(addresses.to_vec());
            self.clear();
        }
    }

    /// Whether the next instruction may not run because it has a breakpoint.
    pub(super) fn has_breakpoint(&self, pc: u32) -> bool {
        self.breakpoints.borrow().contains(&pc)
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
        for (key, _) in &self.slots {
            key.set(0);
        }
    }

    /// The block of `size` bytes at `address`, measured as if no single load or store ran before it.
    #[inline]
    pub(super) fn get(&self, memory: &Memory, address: u32, size: u32) -> Packed {
        let slot = &self.slots[index(address)];
        let key = u64::from(address) | u64::from(size) << 32;
        if slot.0.get() == key { slot.1.get() } else { self.measure(memory, slot, key) }
    }

    #[cold]
    fn measure(&self, memory: &Memory, slot: &Slot, key: u64) -> Packed {
        let (address, size) = (key as u32, (key >> 32) as u32);
        let (first, second) = memory.instruction(address);
        let costs = self.costs();
        let span = measure(memory, &costs, address, address.saturating_add(size), false);
        let starts_single = costs.instruction(address, first, second).after & after::SINGLE != 0;
        let breaks = self.breakpoints.borrow().iter().any(|at| at.wrapping_sub(address) < size);
        let block = Packed::new(&span, false, starts_single).with(if breaks { BREAK } else { 0 });
        let read_only = memory.find(address, 1).is_some_and(|mapping| !mapping.writable());
        let block = block.with(if read_only { READ_ONLY } else { 0 });
        slot.0.set(key);
        slot.1.set(block);
        block
    }
}
