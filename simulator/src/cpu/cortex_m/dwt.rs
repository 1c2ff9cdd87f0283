//! The Data Watchpoint and Trace unit (Arm DDI 0403E, C1.8): the cycle counter, and of Armv7-M the [`comparators`].
//!
//! Not modelled, and the unit says so: the counters of what cycles are spent on (DWT_CTRL.NOPRFCNT), packets for the ITM
//! (NOTRCPKT) and triggers of an ETM (NOEXTTRIG). The comparators of Armv8-M, which are others, are not there.

pub(crate) mod comparators;

use serde::{Deserialize, Serialize};

use super::config::{Architecture, CoreModel};
use comparators::{Comparators, Transfer};

/// DWT_CTRL.
const CYCCNTENA: u32 = 1;
/// NOTRCPKT, NOEXTTRIG and NOPRFCNT.
const FEATURES: u32 = 1 << 27 | 1 << 26 | 1 << 24;
const NUMCOMP: u32 = 28;

/// The unit. Cycles are core cycles.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Dwt {
    control: u32,
    /// DEMCR.TRCENA: without it the unit stands still.
    trace_enabled: bool,
    /// CYCCNT at `base`.
    value: u32,
    base: u64,
    comparators: Comparators,
    /// Up to here CYCCNT was compared.
    compared: u64,
    /// A watchpoint has matched.
    event: bool,
}

impl Dwt {
    pub(crate) fn new(model: CoreModel) -> Self {
        let count = if model.architecture() == Architecture::V7M { 4 } else { 0 };
        Self { comparators: Comparators::new(count), ..Self::default() }
    }

    fn counting(&self) -> bool {
        self.trace_enabled && self.control & CYCCNTENA != 0
    }

    fn count(&self, cycle: u64) -> u32 {
        let since = if self.counting() { cycle.saturating_sub(self.base) as u32 } else { 0 };
        self.value.wrapping_add(since)
    }

    fn rebase(&mut self, cycle: u64) {
        self.catch_up(cycle);
        self.value = self.count(cycle);
        self.base = cycle;
    }

    /// DEMCR.TRCENA was written.
    pub(crate) fn set_trace_enabled(&mut self, enabled: bool, cycle: u64) {
        self.rebase(cycle);
        self.trace_enabled = enabled;
    }

    /// `cycles` have passed in which the core stood still in Debug state (C1.8.8).
    pub(crate) fn stand_still(&mut self, cycles: u64) {
        self.base += cycles;
        self.compared += cycles;
    }

    /// The next cycle, behind those that were compared, at which CYCCNT is what comparator 0 waits for.
    pub(crate) fn next_match(&self) -> Option<u64> {
        let wanted = self.comparators.cycle().filter(|_| self.counting())?;
        let distance = wanted.wrapping_sub(self.count(self.compared));
        Some(self.compared + if distance == 0 { 1 << 32 } else { u64::from(distance) })
    }

    /// Compares CYCCNT up to `cycle`.
    pub(crate) fn catch_up(&mut self, cycle: u64) {
        if self.next_match().is_some_and(|at| at <= cycle) {
            self.event |= self.comparators.cycle_matched();
        }
        self.compared = self.compared.max(cycle);
    }

    /// The data addresses (first, last) whose accesses are to be told by [`Dwt::transferred`].
    pub(crate) fn watched(&self) -> Vec<(u32, u32)> {
        if self.trace_enabled { self.comparators.data() } else { Vec::new() }
    }

    /// The addresses (first, last) of instructions to be told by [`Dwt::executed`].
    pub(crate) fn instructions(&self) -> Vec<(u32, u32)> {
        if self.trace_enabled { self.comparators.instructions() } else { Vec::new() }
    }

    /// A load or store was made; `true`: that is a watchpoint event.
    pub(crate) fn transferred(&mut self, transfer: Transfer) -> bool {
        self.event |= self.trace_enabled && self.comparators.transferred(transfer);
        self.event
    }

    /// The instruction at `pc` was executed.
    pub(crate) fn executed(&mut self, pc: u32) {
        self.event |= self.trace_enabled && self.comparators.executed(pc);
    }

    /// Whether there was a watchpoint event. Asking clears it.
    pub(crate) fn take_event(&mut self) -> bool {
        std::mem::take(&mut self.event)
    }

    pub(crate) fn read(&mut self, offset: u32, cycle: u64, pc: u32) -> u32 {
        match offset {
            0x00 => self.control | FEATURES | (self.comparators.count() as u32) << NUMCOMP,
            0x04 => self.count(cycle),
            0x1c => pc,
            _ => self.comparators.read(offset),
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, cycle: u64) {
        self.rebase(cycle);
        match offset {
            0x00 => self.control = value & CYCCNTENA,
            0x04 => self.value = value,
            _ => self.comparators.write(offset, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_only_with_both_enables() {
        let mut dwt = Dwt::default();
        dwt.write(0, 1, 10);
        assert_eq!(dwt.read(4, 20, 0), 0);
        dwt.set_trace_enabled(true, 30);
        assert_eq!(dwt.read(4, 35, 0), 5);
        dwt.write(0, 0, 40);
        assert_eq!(dwt.read(4, 90, 0), 10);
        dwt.write(4, 0xffff_fffe, 100);
        dwt.write(0, 1, 100);
        assert_eq!(dwt.read(4, 103, 0), 1, "32 bits wrap");
        assert_eq!(dwt.read(0, 0, 0) & 1 << 25, 0, "NOCYCCNT is clear");
    }

    #[test]
    fn it_says_what_it_has() {
        // DDI 0337I, table 8-1: DWT_CTRL of a Cortex-M3 is 0x40000000 with everything; here some of it is said to be absent.
        assert_eq!(Dwt::new(CoreModel::CortexM3).read(0, 0, 0), 0x4d00_0000);
        assert_eq!(Dwt::new(CoreModel::CortexM7F).read(0, 0, 0) >> 28, 4);
        assert_eq!(Dwt::new(CoreModel::CortexM33F).read(0, 0, 0) >> 28, 0);
    }

    #[test]
    fn the_cycle_counter_is_compared_once_a_turn() {
        let mut dwt = Dwt::new(CoreModel::CortexM3);
        dwt.set_trace_enabled(true, 0);
        dwt.write(0x20, 50, 0);
        dwt.write(0x28, 1 << 7 | 4, 0); // CYCMATCH, watchpoint
        assert_eq!(dwt.next_match(), None, "it does not count");
        dwt.write(0, CYCCNTENA, 10);
        assert_eq!(dwt.next_match(), Some(60));
        dwt.catch_up(59);
        assert!(!dwt.take_event());
        dwt.catch_up(75);
        assert!(dwt.take_event());
        assert_eq!(dwt.next_match(), Some(60 + (1 << 32)));
        assert_eq!((dwt.read(0x28, 75, 0) >> 24, dwt.read(0x28, 75, 0) >> 24), (1, 0), "MATCHED, cleared by the read");
        dwt.write(4, 40, 100);
        assert_eq!(dwt.next_match(), Some(110));
        dwt.stand_still(1000);
        assert_eq!(dwt.next_match(), Some(1110), "not in Debug state");
    }
}
