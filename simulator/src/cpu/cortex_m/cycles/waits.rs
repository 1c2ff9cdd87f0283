//! What instruction fetches cost beyond the core's own cycles, where a memory has wait states.
//!
//! A memory answers with whole lines, of which the core has one at a time. So an instruction is charged for
//!
//! - the line that the target of a taken branch is in: the branch pays, by where it is itself;
//! - the next line, if the instruction that follows begins in it, or itself reaches into it; a taken branch does not pay
//!   for that.
//!
//! How many cycles each is, whoever has the memory says: a cache or a prefetch unit takes both, or one of them, away. What
//! comes from this file depends on nothing but the instruction and its address, and so is the same wherever a run is cut.
//!
//! Not charged: the first fetch of an exception's handler, and behind its return; loads of data.

use super::{Cost, CostModel, after};
use crate::cpu::cortex_m::thumb::length;
use crate::cpu::{FetchWaits, WaitRegion};

/// The most that a branch that is not taken may get back, the core's own refill included.
const MOST: u8 = 15;

/// What instructions cost: the core's table, and the memories that make it wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    model: CostModel,
    waits: Vec<WaitRegion>,
}

impl Costs {
    /// By a table, and no memory makes the core wait.
    #[must_use]
    pub fn new(model: CostModel) -> Self {
        Self { model, waits: Vec::new() }
    }

    /// Fetches from these regions cost more from now on, and from no others. Whether that changes anything. Where one
    /// instruction is one cycle, nothing does.
    pub fn set_waits(&mut self, waits: &[WaitRegion]) -> bool {
        let plain = matches!(self.model, CostModel::Instruction(_));
        let waits = if plain { &[] } else { waits };
        let changes = self.waits != waits;
        if changes {
            self.waits = waits.to_vec();
        }
        changes
    }

    /// The cost of the instruction at an address; `second` is not looked at if `first` is all of it.
    #[must_use]
    pub fn instruction(&self, address: u32, first: u16, second: u16) -> Cost {
        let cost = self.model.instruction(first, second);
        let region = self.waits.iter().find(|region| address.wrapping_sub(region.base) < region.size);
        region.map_or(cost, |region| charge(cost, region.waits, address, length(first)))
    }
}

fn charge(cost: Cost, waits: FetchWaits, address: u32, length: u32) -> Cost {
    let branch = waits.branch.min(MOST - cost.refill.min(MOST));
    let line = !waits.line.max(4).next_power_of_two().wrapping_sub(1);
    let leaves_line = (address ^ address.wrapping_add(length)) & line != 0;
    let sequential = if leaves_line { waits.sequential.min(branch) } else { 0 };
    if cost.after & after::BRANCH != 0 {
        Cost { cycles: cost.cycles + branch, refill: cost.refill + branch - sequential, ..cost }
    } else {
        Cost { cycles: cost.cycles + sequential, ..cost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::cortex_m::config::Architecture;

    const FLASH: u32 = 0x0800_0000;

    fn costs(sequential: u8, branch: u8) -> Costs {
        let mut costs = Costs::new(CostModel::CortexM3);
        let waits = FetchWaits { line: 16, sequential, branch };
        assert!(costs.set_waits(&[WaitRegion { base: FLASH, size: 0x1_0000, waits }]));
        costs
    }

    #[test]
    fn a_line_is_paid_for_once() {
        let costs = costs(5, 5);
        // Eight adds of two bytes are a line; the last one pays for the next.
        let cycles = |address| costs.instruction(address, 0x18d1, 0).cycles;
        assert_eq!((0..8).map(|index| cycles(FLASH + 2 * index)).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 1, 1, 6]);
        // add.w across the border pays, and in front of it as well.
        let wide = |address| costs.instruction(address, 0xeb02, 0x1103).cycles;
        assert_eq!([10, 12, 14, 16].map(|offset| wide(FLASH + offset)), [1, 6, 6, 1]);
        assert_eq!(cycles(FLASH + 0x1_000e), 1, "another memory");
    }

    #[test]
    fn a_branch_pays_for_its_target_s_line_or_for_the_next() {
        let costs = costs(3, 5);
        // b<c>: 1, and P = 2 if it is taken.
        let branch = |address| costs.instruction(address, 0xd0fe, 0);
        assert_eq!((branch(FLASH).cycles, branch(FLASH).refill), (1 + 2 + 5, 2 + 5));
        assert_eq!(
            (branch(FLASH + 14).cycles, branch(FLASH + 14).refill),
            (1 + 2 + 5, 2 + 5 - 3),
            "3 are the next line's"
        );
    }

    #[test]
    fn nothing_is_charged_where_nothing_waits() {
        let mut costs = costs(0, 0);
        assert_eq!(costs.instruction(FLASH + 14, 0xd0fe, 0), CostModel::CortexM3.instruction(0xd0fe, 0));
        assert!(costs.set_waits(&[]) && !costs.set_waits(&[]));
        let mut plain = Costs::new(CostModel::Instruction(Architecture::V7M));
        let waits = FetchWaits { line: 16, sequential: 5, branch: 5 };
        assert!(!plain.set_waits(&[WaitRegion { base: FLASH, size: 16, waits }]), "one instruction is one cycle");
    }

    #[test]
    fn more_than_fits_is_cut_off() {
        let costs = costs(200, 255);
        let cost = costs.instruction(FLASH + 14, 0xd0fe, 0);
        assert_eq!((cost.cycles, cost.refill), (3 + 13, 2));
    }
}
