//! What a run of Thumb instructions costs. Two neighbouring single loads or stores share a cycle, so what a block costs
//! depends on the instruction in front of it.

use std::cell::RefCell;

use super::super::blocks::{Measure, Packed, Span};
use super::super::memory::Memory;
use crate::cpu::cortex_m::cycles::{Costs, after};
use crate::cpu::cortex_m::thumb::{is_wide, length};

/// The run began right behind a single load or store. With [`STARTS_SINGLE`] among the bits of [`after`], which has
/// neither.
const AFTER_SINGLE: u16 = 0x100;
/// The first instruction is a single load or store.
const STARTS_SINGLE: u16 = 0x200;

impl Measure for RefCell<Costs> {
    /// As if no single load or store ran before it.
    fn block(&self, memory: &Memory, address: u32, end: u32) -> Packed {
        let (costs, (first, second)) = (self.borrow(), memory.instruction(address));
        let starts_single = costs.instruction(address, first, second).after & after::SINGLE != 0;
        packed(&measure(memory, &costs, address, end, false), false, starts_single)
    }
}

impl Memory {
    /// The instruction at an address: both halfwords; the second is 0 if the first is all of it.
    #[inline]
    pub(super) fn instruction(&self, address: u32) -> (u16, u16) {
        let first = self.halfword(address);
        (first, if is_wide(first) { self.halfword(address.wrapping_add(2)) } else { 0 })
    }
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

/// A span in a word.
pub(super) fn packed(span: &Span, after_single: bool, starts_single: bool) -> Packed {
    let flag = |condition: bool, bit: u16| if condition { bit } else { 0 };
    Packed::new(span).with(flag(after_single, AFTER_SINGLE) | flag(starts_single, STARTS_SINGLE))
}

impl Packed {
    /// Nothing to look at any more but whether a single load or store was last, and whether T may be clear.
    pub(super) fn settled(self) -> Self {
        self.only(after::SINGLE | after::INTERWORKING)
    }

    /// The same block right behind a single load or store: one cycle less, if it begins with one.
    pub(super) fn behind_single(self) -> Self {
        let behind = self.with(AFTER_SINGLE);
        if self.flags() & STARTS_SINGLE == 0 { behind } else { behind.one_cycle_less() }
    }

    pub(super) fn after_single(self) -> bool {
        self.flags() & AFTER_SINGLE != 0
    }
}
