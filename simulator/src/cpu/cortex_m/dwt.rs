//! The cycle counter of the Data Watchpoint and Trace unit (Arm DDI 0403E, C1.8). Comparators are not modelled: the unit
//! says that it has none.

use serde::{Deserialize, Serialize};

const CYCCNTENA: u32 = 1;
/// NUMCOMP 0; NOTRCPKT, NOEXTTRIG and NOPRFCNT: there is the cycle counter only.
const FEATURES: u32 = 1 << 27 | 1 << 26 | 1 << 24;

/// The unit. Cycles are core cycles.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Dwt {
    control: u32,
    /// DEMCR.TRCENA: without it the unit stands still.
    trace_enabled: bool,
    /// CYCCNT at `base`.
    value: u32,
    base: u64,
}

impl Dwt {
    fn counting(&self) -> bool {
        self.trace_enabled && self.control & CYCCNTENA != 0
    }

    fn count(&self, cycle: u64) -> u32 {
        let since = if self.counting() { cycle.saturating_sub(self.base) as u32 } else { 0 };
        self.value.wrapping_add(since)
    }

    fn rebase(&mut self, cycle: u64) {
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
    }

    pub(crate) fn read(&self, offset: u32, cycle: u64, pc: u32) -> u32 {
        match offset {
            0x00 => self.control | FEATURES,
            0x04 => self.count(cycle),
            0x1c => pc,
            _ => 0,
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32, cycle: u64) {
        match offset {
            0x00 => {
                self.rebase(cycle);
                self.control = value & CYCCNTENA;
            }
            0x04 => {
                self.value = value;
                self.base = cycle;
            }
            _ => {}
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
}
