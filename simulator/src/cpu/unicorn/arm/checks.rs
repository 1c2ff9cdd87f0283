//! Which demands of instructions count, and who looks at them before the instruction runs: Unicorn, where it can be made
//! to (see [`super::strict`]), or we.

use crate::cpu::cortex_m::config::{Architecture, CoreModel};
use crate::cpu::cortex_m::engine::Stop;
use crate::cpu::cortex_m::thumb::demand::{Demand, Traps, demand};

/// Who checks what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checks {
    /// What the firmware has switched on.
    pub(super) traps: Traps,
    /// Unicorn checks what it can, in translations that are made for that.
    pub(super) native: bool,
    pub(super) architecture: Architecture,
}

impl Checks {
    pub(super) fn new(model: CoreModel) -> Self {
        Self { traps: Traps::default(), native: false, architecture: model.architecture() }
    }

    /// Whether the core has IT blocks.
    pub(super) fn has_it(&self) -> bool {
        self.architecture != Architecture::V6M
    }

    /// Whether it is looked at at all. Of an Armv6-M core Unicorn checks everything by itself: it has no access that is not
    /// aligned, and no division.
    pub(super) fn counts(&self, demand: Demand) -> bool {
        let foreign = matches!(demand, Demand::Aligned(alignment) if alignment.armv8m);
        match self.architecture {
            Architecture::V6M => false,
            Architecture::V7M => !foreign && demand.counts(self.traps),
            Architecture::V8M => demand.counts(self.traps),
        }
    }

    /// What the instruction demands, if it counts.
    #[inline]
    pub(super) fn demand(&self, first: u16, second: u16) -> Option<Demand> {
        demand(first, second).filter(|demand| self.counts(*demand))
    }

    /// Whether we must look, also in a block that runs natively.
    pub(super) fn is_ours(&self, demand: Demand) -> bool {
        self.counts(demand) && !self.is_unicorns(demand)
    }

    /// Whether Unicorn looks, in a translation that is made for that.
    pub(super) fn is_unicorns(&self, demand: Demand) -> bool {
        self.native && matches!(demand, Demand::Aligned(alignment) if alignment.native) && self.counts(demand)
    }

    /// What follows if the registers are not what the instruction demands; `register` reads registers 0-14.
    pub(super) fn refusal(&self, first: u16, second: u16, mut register: impl FnMut(u8) -> u32) -> Option<Stop> {
        match self.demand(first, second)? {
            Demand::Aligned(alignment) => (!alignment.holds(register)).then_some(Stop::Unaligned),
            Demand::NotZero(divisor) => (register(divisor) == 0).then_some(Stop::DivideByZero),
        }
    }

    /// Whether Unicorn has refused an access that is in order: its translations know no exception.
    pub(super) fn permits(&self, first: u16, second: u16) -> bool {
        self.architecture != Architecture::V6M && self.demand(first, second).is_none()
    }
}
