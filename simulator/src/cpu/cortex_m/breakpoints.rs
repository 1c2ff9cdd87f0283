//! The Flash Patch and Breakpoint unit (Arm DDI 0403E, C1.11), revision 1: six comparators for instructions of the code
//! region, 0x00000000-0x1FFFFFFF. Patching is not modelled, and the unit says so: FP_REMAP.RMPSPT is 0, and there are no
//! comparators for literals.
//!
//! ```text
//! FP_COMPn  31 30 29 28                                        2  1  0
//!          REPLACE  0  COMP: the word's address, bits 28:2        0  ENABLE
//!           01 the lower halfword  10 the upper one  11 both
//! ```

use serde::{Deserialize, Serialize};

/// Comparators for instructions: FP_CTRL.NUM_CODE of a Cortex-M3 or M4.
const COMPARATORS: usize = 6;

const ENABLE: u32 = 1;
/// FP_CTRL is written only with this bit.
const KEY: u32 = 1 << 1;
const NUM_CODE: u32 = 4;
/// The bits of FP_COMPn that exist.
const COMPARATOR: u32 = 0xdfff_fffd;
const COMP: u32 = 0x1fff_fffc;

/// The unit. A power-on reset clears it, a system reset does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BreakpointUnit {
    enabled: bool,
    comparators: [u32; COMPARATORS],
}

impl BreakpointUnit {
    fn comparator(offset: u32) -> Option<usize> {
        let index = offset.checked_sub(8)? as usize / 4;
        (index < COMPARATORS).then_some(index)
    }

    pub(crate) fn read(&self, offset: u32) -> u32 {
        match offset {
            0 => (COMPARATORS as u32) << NUM_CODE | u32::from(self.enabled),
            _ => Self::comparator(offset).map_or(0, |index| self.comparators[index]),
        }
    }

    pub(crate) fn write(&mut self, offset: u32, value: u32) {
        if offset == 0 {
            if value & KEY != 0 {
                self.enabled = value & ENABLE != 0;
            }
        } else if let Some(index) = Self::comparator(offset) {
            self.comparators[index] = value & COMPARATOR;
        }
    }

    /// The addresses of the instructions in front of which to stop.
    pub(crate) fn addresses(&self) -> Vec<u32> {
        let enabled = self.comparators.iter().filter(|comparator| self.enabled && **comparator & ENABLE != 0);
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
        let unit = BreakpointUnit::default();
        assert_eq!((unit.read(0), unit.read(4)), (0x60, 0));
    }

    #[test]
    fn the_control_register_needs_its_key() {
        let mut unit = BreakpointUnit::default();
        unit.write(0, ENABLE);
        assert_eq!(unit.read(0), 0x60);
        unit.write(0, KEY | ENABLE);
        assert_eq!(unit.read(0), 0x61);
        unit.write(0, KEY);
        assert_eq!(unit.read(0), 0x60);
    }

    #[test]
    fn replace_chooses_the_halfword() {
        let mut unit = BreakpointUnit::default();
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
        let mut unit = BreakpointUnit::default();
        unit.write(8 + 4 * 5, 1 << 30 | 0x100 | ENABLE);
        assert!(unit.addresses().is_empty());
        unit.write(0, KEY | ENABLE);
        assert_eq!(unit.addresses(), [0x100]);
        unit.write(8 + 4 * 5, 1 << 30 | 0x100);
        assert!(unit.addresses().is_empty());
    }

    #[test]
    fn there_is_no_seventh() {
        let mut unit = BreakpointUnit::default();
        unit.write(8 + 4 * 6, u32::MAX);
        assert_eq!(unit.read(8 + 4 * 6), 0);
        unit.write(8, u32::MAX);
        assert_eq!(unit.read(8), 0xdfff_fffd, "bits 29 and 1 do not exist");
    }
}
