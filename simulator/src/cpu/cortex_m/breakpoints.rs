//! The Flash Patch and Breakpoint unit (Arm DDI 0403E, C1.11), revision 1: six comparators for instructions of the code
//! region, 0x00000000-0x1FFFFFFF. Patching is not modelled, and the unit says so: FP_REMAP.RMPSPT is 0, and there are no
//! comparators for literals.
//!
//! The Breakpoint Unit of Armv6-M (Arm DDI 0419, C1.9) is the same without what patches: four comparators, and nothing at
//! all where FP_REMAP is.
//!
//! Revision 2, of the Cortex-M7 and M33 (Arm DDI 0403E, C1.11, and DDI 0553, D1.2, FP_COMPn), stops at any address: eight
//! comparators, each of a halfword.
//!
//! ```text
//! revision 2                          31                     1  0
//! FP_COMPn                           BPADDR: bits 31:1        BE
//!
//! revision 1
//! FP_COMPn  31 30 29 28                                        2  1  0
//!          REPLACE  0  COMP: the word's address, bits 28:2        0  ENABLE
//!           01 the lower halfword  10 the upper one  11 both
//! ```

use serde::{Deserialize, Serialize};

use super::config::{Architecture, CoreModel};

/// Comparators for instructions: FP_CTRL.NUM_CODE, BP_CTRL.NUM_CODE of a Cortex-M0 or M0+.
fn comparators(model: CoreModel) -> usize {
    match model {
        _ if model.architecture() == Architecture::V6M => 4,
        _ if is_second_revision(model) => 8,
        _ => 6,
    }
}

fn is_second_revision(model: CoreModel) -> bool {
    matches!(model, CoreModel::CortexM7 | CoreModel::CortexM7F) || model.architecture() == Architecture::V8M
}

const ENABLE: u32 = 1;
/// FP_CTRL is written only with this bit.
const KEY: u32 = 1 << 1;
const NUM_CODE: u32 = 4;
/// FP_CTRL.REV.
const SECOND_REVISION: u32 = 1 << 28;
/// The bits of FP_COMPn that exist.
const COMPARATOR: u32 = 0xdfff_fffd;
const COMP: u32 = 0x1fff_fffc;

/// The unit. A power-on reset clears it, a system reset does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BreakpointUnit {
    second_revision: bool,
    enabled: bool,
    comparators: Vec<u32>,
}

impl BreakpointUnit {
    pub(crate) fn new(model: CoreModel) -> Self {
        let second_revision = is_second_revision(model);
        Self { second_revision, enabled: false, comparators: vec![0; comparators(model)] }
    }

    fn comparator(&self, offset: u32) -> Option<usize> {
        let index = offset.checked_sub(8)? as usize / 4;
        (index < self.comparators.len()).then_some(index)
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        match offset {
            0 => {
                let revision = if self.second_revision { SECOND_REVISION } else { 0 };
                revision | (self.comparators.len() as u32) << NUM_CODE | u32::from(self.enabled)
            }
            _ => self.comparator(offset).map_or(0, |index| self.comparators[index]),
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        if offset == 0 {
            if value & KEY != 0 {
                self.enabled = value & ENABLE != 0;
            }
        } else if let Some(index) = self.comparator(offset) {
            self.comparators[index] = if self.second_revision { value } else { value & COMPARATOR };
        }
    }

    /// The addresses of the instructions in front of which to stop.
    pub(crate) fn addresses(&self) -> Vec<u32> {
        let enabled = self.comparators.iter().filter(|comparator| self.enabled && **comparator & ENABLE != 0);
        if self.second_revision {
            return enabled.map(|comparator| comparator & !ENABLE).collect();
        }
        let halves = enabled.flat_map(|comparator| {
            let (word, replace) = (comparator & COMP, comparator >> 30);
            [(1, word), (2, word | 2)].into_iter().filter(move |(half, _)| replace & half != 0)
        });
        halves.map(|(_, address)| address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_it_has() {
        // C1.11.3 and C1.11.4: NUM_CODE is bits 7:4, NUM_LIT bits 11:8, REV bits 31:28; FP_REMAP.RMPSPT is bit 29.
        let unit = BreakpointUnit::new(CoreModel::CortexM3);
        assert_eq!((unit.read(0), unit.read(4)), (0x60, 0));
    }

    #[test]
    fn armv6_m_has_four() {
        // DDI 0419, C1.9.2 and C1.9.3: BP_CTRL as FP_CTRL, and no register between it and BP_COMP0.
        let mut unit = BreakpointUnit::new(CoreModel::CortexM0);
        for offset in (4..0x40).step_by(4) {
            unit.write(offset, 1 << 30 | offset << 8 | ENABLE);
        }
        unit.write(0, KEY | ENABLE);
        assert_eq!((unit.read(0), unit.read(4), unit.read(0x18)), (0x41, 0, 0));
        assert_eq!(unit.addresses(), [0x800, 0xc00, 0x1000, 0x1400]);
    }

    #[test]
    fn the_second_revision_stops_anywhere() {
        for model in [CoreModel::CortexM7F, CoreModel::CortexM33F] {
            let mut unit = BreakpointUnit::new(model);
            unit.write(0, KEY | ENABLE);
            unit.write(8 + 4 * 7, 0x2000_0102 | ENABLE);
            unit.write(8, 0x0800_0400 | ENABLE);
            unit.write(12, 0x0800_0500);
            assert_eq!((unit.read(0), unit.read(8 + 4 * 7)), (0x1000_0081, 0x2000_0103));
            assert_eq!(unit.addresses(), [0x0800_0400, 0x2000_0102]);
        }
    }

    #[test]
    fn the_control_register_needs_its_key() {
        let mut unit = BreakpointUnit::new(CoreModel::CortexM3);
        unit.write(0, ENABLE);
        assert_eq!(unit.read(0), 0x60);
        unit.write(0, KEY | ENABLE);
        assert_eq!(unit.read(0), 0x61);
        unit.write(0, KEY);
        assert_eq!(unit.read(0), 0x60);
    }

    #[test]
    fn replace_chooses_the_halfword() {
        let mut unit = BreakpointUnit::new(CoreModel::CortexM3);
        unit.write(0, KEY | ENABLE);
        for (replace, expected) in [(1, vec![0x0800_0400]), (2, vec![0x0800_0402]), (3, vec![0x0800_0400, 0x0800_0402])]
        {
            unit.write(8, replace << 30 | 0x0800_0400 | ENABLE);
            assert_eq!(unit.addresses(), expected);
        }
        unit.write(8, 0x0800_0400 | ENABLE);
        assert!(unit.addresses().is_empty(), "00 would patch");
    }

    #[test]
    fn a_comparator_counts_if_both_enables_are_set() {
        let mut unit = BreakpointUnit::new(CoreModel::CortexM3);
        unit.write(8 + 4 * 5, 1 << 30 | 0x100 | ENABLE);
        assert!(unit.addresses().is_empty());
        unit.write(0, KEY | ENABLE);
        assert_eq!(unit.addresses(), [0x100]);
        unit.write(8 + 4 * 5, 1 << 30 | 0x100);
        assert!(unit.addresses().is_empty());
    }

    #[test]
    fn there_is_no_seventh() {
        let mut unit = BreakpointUnit::new(CoreModel::CortexM3);
        unit.write(8 + 4 * 6, u32::MAX);
        assert_eq!(unit.read(8 + 4 * 6), 0);
        unit.write(8, u32::MAX);
        assert_eq!(unit.read(8), 0xdfff_fffd, "bits 29 and 1 do not exist");
    }
}
