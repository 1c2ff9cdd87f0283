//! What a run of Thumb instructions costs and demands. Two neighbouring single loads or stores share a cycle, so what a
//! block costs depends on the instruction in front of it.

use std::cell::{Cell, Ref, RefCell, RefMut};

use super::super::blocks::{Blocks, Measure, Packed, SLOTS, Span, index};
use super::super::memory::Memory;
use super::checks::Checks;
use crate::cpu::cortex_m::cycles::{Costs, after};
use crate::cpu::cortex_m::thumb::entry::{EntryDemands, at_entry};
use crate::cpu::cortex_m::thumb::float::is_from_fixed_point;
use crate::cpu::cortex_m::thumb::{self, is_load_exclusive, is_wide, length};

/// The run began right behind a single load or store. With [`STARTS_SINGLE`] among the bits of [`after`], which has
/// neither.
const AFTER_SINGLE: u16 = 0x100;
/// The first instruction is a single load or store.
const STARTS_SINGLE: u16 = 0x200;

/// The block demands something that we must look at: see [`Blocks::entry_demands`]. Or it has an ISB in an IT block, which
/// Unicorn does not do right.
pub(super) const DEMANDS: u16 = 0x1000;
/// There is a VCVT from fixed point in the block: see [`super::rounding`].
pub(super) const FIXED_POINT: u16 = 0x4000;
/// There is a load in the block that marks the exclusive monitor.
pub(super) const EXCLUSIVE: u16 = 0x2000;

/// What instructions cost and demand for now.
pub(super) struct Rules {
    costs: RefCell<Costs>,
    checks: Cell<Checks>,
    /// What the blocks that are kept demand, if they have [`DEMANDS`].
    demands: Box<[Cell<Option<EntryDemands>>]>,
}

impl Rules {
    pub(super) fn new(costs: Costs, checks: Checks) -> Self {
        let demands = vec![Cell::default(); SLOTS].into();
        Self { costs: RefCell::new(costs), checks: Cell::new(checks), demands }
    }

    pub(super) fn borrow(&self) -> Ref<'_, Costs> {
        self.costs.borrow()
    }

    pub(super) fn borrow_mut(&self) -> RefMut<'_, Costs> {
        self.costs.borrow_mut()
    }
}

impl Measure for Rules {
    /// As if no single load or store ran before it.
    fn block(&self, memory: &Memory, address: u32, end: u32) -> Packed {
        let (costs, (first, second)) = (self.borrow(), memory.instruction(address));
        let starts_single = costs.instruction(address, first, second).after & after::SINGLE != 0;
        let block = packed(&measure(memory, &costs, address, end, false), false, starts_single);

        let checks = self.checks.get();
        let (mut flags, size) = (0, end - address);
        for (first, second) in instructions(memory, address, size) {
            if checks.demand(first, second).is_some_and(|demand| checks.is_ours(demand)) {
                flags |= DEMANDS;
            }
            if is_load_exclusive(first, second) {
                flags |= EXCLUSIVE;
            }
            if is_from_fixed_point(first, second) {
                flags |= FIXED_POINT;
            }
        }
        let forgets_it = checks.has_it() && forgets_it(memory, address, size);
        if forgets_it {
            flags |= DEMANDS;
        }
        if flags & DEMANDS != 0 {
            let demands = at_entry(instructions(memory, address, size), |demand| checks.is_ours(demand));
            self.demands[index(address)].set(demands.filter(|_| !forgets_it));
        }
        block.with(flags)
    }
}

impl Blocks<Rules> {
    pub(super) fn checks(&self) -> Checks {
        self.costs().checks.get()
    }

    /// Other demands count from now on.
    pub(super) fn set_checks(&self, checks: Checks) {
        self.costs().checks.set(checks);
        self.clear();
    }

    /// What the block at `address`, which was measured last there and has [`DEMANDS`], demands of the registers at its
    /// entry; `None` if that cannot be told there.
    pub(super) fn entry_demands(&self, address: u32) -> Option<EntryDemands> {
        self.costs().demands[index(address)].get()
    }
}

/// Whether there is an ISB in an IT block: behind it, Unicorn forgets ITSTATE.
fn forgets_it(memory: &Memory, address: u32, size: u32) -> bool {
    let is_isb = |(first, second)| thumb::is_isb(first, second);
    if !instructions(memory, address, size).any(is_isb) {
        return false;
    }
    // How many instructions are still covered. Up to 14 bytes in front there may be an IT that reaches in here; if those
    // bytes are something else, or jumped over, we are slow for nothing.
    let covered = |first: u16| if thumb::is_it(first) { 4 - (first & 0xf).trailing_zeros() } else { 0 };
    let reaches = |it: u32| {
        let begin = it.wrapping_add(2);
        let between = instructions(memory, begin, address.wrapping_sub(begin));
        covered(memory.halfword(it)).saturating_sub(between.count() as u32)
    };
    let in_front = (1..=7).filter_map(|halfwords| address.checked_sub(2 * halfwords));
    let mut left = in_front.map(reaches).max().unwrap_or(0);
    instructions(memory, address, size).any(|(first, second)| {
        let inside = left > 0;
        left = left.saturating_sub(1).max(covered(first));
        inside && is_isb((first, second))
    })
}

/// The instructions of `size` bytes at `address`.
pub(super) fn instructions(memory: &Memory, address: u32, size: u32) -> impl Iterator<Item = (u16, u16)> {
    let (mut at, end) = (address, address.saturating_add(size));
    std::iter::from_fn(move || {
        let instruction = (at < end).then(|| memory.instruction(at))?;
        at = at.saturating_add(length(instruction.0));
        Some(instruction)
    })
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
