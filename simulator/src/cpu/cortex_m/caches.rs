//! The cache registers of a Cortex-M7 (Arm DDI 0489, System control registers and Cache maintenance operations): 16 KiB
//! each for instructions and data.
//!
//! There are the registers and no caches: every access goes to memory, takes as long as if it were found in a cache, and
//! sees what was written last. Firmware that forgets to clean or to invalidate works here, and not on a chip.
//!
//! | address | register | here |
//! |---|---|---|
//! | 0xE000ED78, 0xE000ED7C | CLIDR, CTR | see [`super::identity`] |
//! | 0xE000ED80 | CCSIDR | of the cache that CSSELR selects |
//! | 0xE000ED84 | CSSELR | bit 0, InD |
//! | 0xE000EF50-0xE000EF78 | ICIALLU to BPIALL | write only; nothing to do |
//! | 0xE000EF90, 0xE000EF94, 0xE000EF98 | ITCMCR, DTCMCR, AHBPCR | 0: the memories of the chip are no TCM, and there is no AHBP |
//! | 0xE000EF9C | CACR | SIWT and FORCEWT can be set |
//! | others up to 0xE000EFBC | AHBSCR, ABFSR, error banks | 0 |

use serde::{Deserialize, Serialize};

/// CSSELR.InD: the instruction cache.
const INSTRUCTIONS: u32 = 1;
/// CACR.SIWT and FORCEWT.
const CACR_WRITABLE: u32 = 1 | 1 << 2;

/// CCSIDR: write-through, write-back, read- and write-allocate in bits 31:28; sets - 1 in 27:13, ways - 1 in 12:3, binary
/// logarithm of the line's words - 2 in 2:0.
const fn ccsidr(sets: u32, ways: u32) -> u32 {
    const LINE: u32 = 1; // Eight words.
    0xf << 28 | (sets - 1) << 13 | (ways - 1) << 3 | LINE
}

/// The registers that keep a value.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Caches {
    csselr: u32,
    cacr: u32,
}

impl Caches {
    /// A word, by its address in the System Control Space.
    pub(crate) fn read(&self, address: u32) -> u32 {
        match address & 0xfff {
            0xd80 if self.csselr & INSTRUCTIONS != 0 => ccsidr(256, 2),
            0xd80 => ccsidr(128, 4),
            0xd84 => self.csselr,
            0xf9c => self.cacr,
            _ => 0,
        }
    }

    /// Writes the bits `mask` of a word.
    pub(crate) fn write(&mut self, address: u32, value: u32, mask: u32) {
        match address & 0xfff {
            0xd84 => self.csselr = (self.csselr & !mask | value & mask) & INSTRUCTIONS,
            0xf9c => self.cacr = (self.cacr & !mask | value & mask) & CACR_WRITABLE,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_the_manual_encodes_them() {
        // DDI 0489, CCSIDR encodings: 16 KiB of data 0xF00FE019, of instructions 0xF01FE009.
        let mut caches = Caches::default();
        assert_eq!(caches.read(0xe000_ed80), 0xf00f_e019);
        caches.write(0xe000_ed84, u32::MAX, u32::MAX);
        assert_eq!((caches.read(0xe000_ed84), caches.read(0xe000_ed80)), (1, 0xf01f_e009));
        // As CMSIS counts: (sets) * (ways) * 32 bytes.
        for selected in [0, 1] {
            caches.write(0xe000_ed84, selected, u32::MAX);
            let ccsidr = caches.read(0xe000_ed80);
            assert_eq!(((ccsidr >> 13 & 0x7fff) + 1) * ((ccsidr >> 3 & 0x3ff) + 1) * 32, 16 << 10);
        }
    }

    #[test]
    fn maintenance_is_accepted_and_reads_zero() {
        let mut caches = Caches::default();
        for address in (0xe000_ef50..=0xe000_efbc).step_by(4) {
            caches.write(address, u32::MAX, u32::MAX);
            assert_eq!(caches.read(address), if address == 0xe000_ef9c { 5 } else { 0 }, "{address:#x}");
        }
    }
}
