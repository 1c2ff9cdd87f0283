//! The option bytes: how the chip is protected and starts, kept in flash memory of their own (3.7.1).
//!
//! | address | bits 15:8 | bits 7:0 |
//! |---|---|---|
//! | 0x1fff c000 | RDP, read protection | user options: 7:5 resets and watchdog, 3:2 brown-out level |
//! | 0x1fff c008 | 11:8 nWRP of sectors 8 to 11 | nWRP of sectors 0 to 7 |
//!
//! The other bytes of the 16 are not used and stay erased.

use serde::{Deserialize, Serialize};

use crate::devices::Protection;

/// Bits that exist in OPTCR's lower half: RDP, user options.
const LOWER: u32 = 0xFFEC;
/// Bits that exist in its upper half: nWRP.
const UPPER: u32 = 0x0FFF;
/// nRST_STDBY, nRST_STOP, WDG_SW.
const USER: u32 = 0b111 << 5;

const LEVEL_0: u32 = 0xAA;
const LEVEL_2: u32 = 0xCC;

/// The option bytes, as bits of OPTCR (3.9, FLASH_OPTCR).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Options(u32);

impl Default for Options {
    /// As ST delivers the chip: nothing is protected.
    fn default() -> Self {
        Self(0x0FFF_AAEC)
    }
}

impl Options {
    pub(super) fn of_register(optcr: u32) -> Self {
        Self(optcr & (UPPER << 16 | LOWER))
    }

    pub(super) fn register(self) -> u32 {
        self.0
    }

    pub(super) fn of_bytes(bytes: [u8; 16]) -> Self {
        let half = |at: usize| u32::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        Self::of_register(half(8) << 16 | half(0))
    }

    /// Bits that do not exist are erased.
    pub(super) fn bytes(self) -> [u8; 16] {
        let mut bytes = [0xFF; 16];
        bytes[0..2].copy_from_slice(&((self.0 | !LOWER) as u16).to_le_bytes());
        bytes[8..10].copy_from_slice(&((self.0 >> 16 | !UPPER) as u16).to_le_bytes());
        bytes
    }

    /// Whether a sector cannot be programmed nor erased: its nWRP bit is 0 (3.7.4).
    pub(super) fn protects(self, sector: usize) -> bool {
        sector < 12 && self.0 >> 16 >> sector & 1 == 0
    }

    /// Whether some sector cannot be erased.
    pub(super) fn protects_any(self) -> bool {
        self.0 >> 16 != UPPER
    }

    /// The level of the read protection (3.7.3): 0, 1, 2.
    pub(super) fn protection(self) -> Protection {
        match self.0 >> 8 & 0xFF {
            LEVEL_0 => Protection::Open,
            LEVEL_2 => Protection::Chip,
            _ => Protection::Memory,
        }
    }

    /// Whether they ask for what is not modelled: a watchdog that starts by itself, a reset in place of a sleep.
    pub(super) fn unmodelled(self) -> bool {
        self.0 & USER != USER
    }
}
