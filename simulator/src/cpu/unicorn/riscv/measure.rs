//! What a run of RISC-V instructions costs. What one costs does not depend on its neighbours.

use super::super::blocks::{Measure, Packed, Span};
use super::super::memory::Memory;
use crate::cpu::riscv::cycles::{CostModel, after};
use crate::cpu::riscv::instruction::{Fetched, is_wide};

/// Flags that are about the last instruction only.
const LAST_ONLY: u16 = after::FORWARD | after::BACKWARD;

impl Measure for CostModel {
    fn block(&self, memory: &Memory, address: u32, end: u32) -> Packed {
        Packed::new(&measure(memory, *self, address, end))
    }
}

impl Memory {
    /// The instruction at an address.
    #[inline]
    pub(super) fn fetched(&self, address: u32) -> Fetched {
        let first = self.halfword(address);
        Fetched::new(first, if is_wide(first) { self.halfword(address.wrapping_add(2)) } else { 0 })
    }
}

/// Measures the instructions from `address` up to `end`.
pub(super) fn measure(memory: &Memory, costs: CostModel, address: u32, end: u32) -> Span {
    let mut span = Span::default();
    let mut at = address;
    while at < end {
        let fetched = memory.fetched(at);
        append(&mut span, costs, fetched);
        at = at.saturating_add(fetched.length());
    }
    span
}

/// Measures one more instruction.
#[inline]
pub(super) fn append(span: &mut Span, costs: CostModel, fetched: Fetched) {
    let cost = costs.instruction(fetched);
    span.head = span.cycles;
    span.cycles += u32::from(cost.cycles);
    span.count += 1;
    span.refill = cost.refill;
    span.after = span.after & !LAST_ONLY | cost.after;
}
