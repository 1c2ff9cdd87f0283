//! BDCR, the clock controller's part of the backup domain (RM 7.3.20): the LSE and the RTC's clock. It outlives all resets
//! but that of the backup domain, and stores to it are lost until PWR's DBP opens the domain.

use serde::{Deserialize, Serialize};

use super::super::super::{Context, Signal};

const LSEON: u32 = 1 << 0;
const LSEBYP: u32 = 1 << 2;
const RTCSEL: u32 = 0b11 << 8;
pub(super) const BDRST: u32 = 1 << 16;
const BITS: u32 = 0x0001_8305;

/// The register, without the bit that hardware sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Backup {
    bdcr: u32,
    open: bool,
}

impl Backup {
    pub(super) fn read(&self) -> u32 {
        self.bdcr
    }

    pub(super) fn lse_on(&self) -> bool {
        self.bdcr & LSEON != 0
    }

    pub(super) fn set_open(&mut self, open: bool) {
        self.open = open;
    }

    pub(super) fn write(&mut self, value: u32, context: &mut Context<'_>) {
        if !self.open {
            return;
        }
        let old = self.bdcr;
        let new = context.merge(old, value) & BITS;
        if new & BDRST != 0 {
            if old & BDRST == 0 {
                context.signal(Signal::BackupReset);
            }
            self.bdcr = BDRST;
            return;
        }
        // The RTC's clock is chosen once, the bypass while the LSE is off.
        let kept = if old & RTCSEL != 0 { RTCSEL } else { 0 } | if old & LSEON != 0 { LSEBYP } else { 0 };
        self.bdcr = new & !kept | old & kept;
    }
}
