//! Power controller of the STM32F405 and F407 (RM 5.4).
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x0 | CR | 14 VOS, 9 FPDS, 8 DBP, 7:5 PLS, 4 PVDE, 3 CSBF and 2 CWUF (write only), 1 PDDS, 0 LPDS |
//! | 0x4 | CSR | read only: 14 VOSRDY, 3 BRR, 2 PVDO, 1 SBF, 0 WUF; 9 BRE, 8 EWUP |
//!
//! The supply is always well, so PVDO stays 0, and both regulators are ready at once: after reset, too, where the
//! manual has VOSRDY at 0, since the regulator has settled before the first instruction runs. There are no Stop and Standby
//! modes; what prepares them is listed.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause, Signal};

const CR: u32 = 0x0;
const CSR: u32 = 0x4;

const CR_LPDS: u32 = 1 << 0;
const CR_PDDS: u32 = 1 << 1;
const CR_DBP: u32 = 1 << 8;
const CR_FPDS: u32 = 1 << 9;
const CR_VOS: u32 = 1 << 14;
/// The bits that keep what is written to them.
const CR_BITS: u32 = 0x43F3;

const CSR_BRR: u32 = 1 << 3;
const CSR_EWUP: u32 = 1 << 8;
const CSR_BRE: u32 = 1 << 9;
const CSR_VOSRDY: u32 = 1 << 14;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32f4Pwr {
    cr: u32,
    wakeup_pin: bool,
    backup_regulator: bool,
}

impl Default for Stm32f4Pwr {
    fn default() -> Self {
        Self { cr: CR_VOS, wakeup_pin: false, backup_regulator: false }
    }
}

impl Stm32f4Pwr {
    fn set_control(&mut self, cr: u32, context: &mut Context<'_>) {
        if (self.cr ^ cr) & CR_DBP != 0 {
            context.signal(Signal::BackupAccess { open: cr & CR_DBP != 0 });
        }
        self.cr = cr;
    }
}

impl Device for Stm32f4Pwr {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        let flag = |set, bits| if set { bits } else { 0 };
        match offset {
            CR => self.cr,
            CSR => CSR_VOSRDY | flag(self.wakeup_pin, CSR_EWUP) | flag(self.backup_regulator, CSR_BRE | CSR_BRR),
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            CR => {
                if value & (CR_LPDS | CR_PDDS | CR_FPDS) != 0 {
                    context.unmodelled();
                }
                self.set_control(value & CR_BITS, context);
            }
            CSR => {
                self.wakeup_pin = value & CSR_EWUP != 0;
                // RM 5.4.2: BRE is in the backup domain.
                if self.cr & CR_DBP != 0 {
                    self.backup_regulator = value & CSR_BRE != 0;
                }
            }
            _ => context.unmodelled(),
        }
    }

    fn listens(&self, signal: Signal) -> bool {
        signal == Signal::BackupReset
    }

    fn hear(&mut self, signal: Signal, _: &mut Context<'_>) {
        if signal == Signal::BackupReset {
            self.backup_regulator = false;
        }
    }

    /// BRE is not reset with the rest (RM 5.4.2).
    fn reset(&mut self, cause: ResetCause, context: &mut Context<'_>) -> bool {
        self.set_control(CR_VOS, context);
        self.wakeup_pin = false;
        self.backup_regulator &= cause != ResetCause::Power;
        true
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Repeat
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    /// RM 5.4.1 and 5.4.2: offset, reset value, bits that can be written. VOSRDY is 0 there: see the head
    /// of the file. DBP is still 0 when CSR is written, so BRE is not among its bits.
    #[test]
    fn register_table() {
        for (offset, reset, writable) in [(0x0, 0x4000, 0x43F3), (0x4, 0x4000, 0x0100)] {
            let mut bench = Bench::<Stm32f4Pwr>::new();
            assert_eq!(bench.read(offset), reset, "{offset:#x}");
            bench.write(offset, !reset);
            assert_eq!(bench.read(offset), reset ^ writable, "{offset:#x}");
        }
        let mut bench = Bench::<Stm32f4Pwr>::new();
        bench.write(0x8, 0).read(0x8);
        assert_eq!(bench.unmodelled, 2);
    }

    #[test]
    fn dbp_opens_the_backup_domain() {
        let mut bench = Bench::<Stm32f4Pwr>::new();
        bench.write(CR, CR_VOS | CR_DBP).write(CR, CR_DBP).write(CR, 0);
        let access = |open| Signal::BackupAccess { open };
        assert_eq!(bench.signals, [access(true), access(false)]);
        assert_eq!(bench.unmodelled, 0);
    }

    /// RM 5.4.2: "The DBP bit of the PWR_CR register must be set before BRE can be written."
    #[test]
    fn the_backup_regulator_belongs_to_the_backup_domain() {
        let mut bench = Bench::<Stm32f4Pwr>::new();
        assert_eq!(bench.write(CSR, CSR_BRE).read(CSR), CSR_VOSRDY);
        bench.write(CR, CR_DBP).write(CSR, CSR_BRE);
        assert_eq!(bench.read(CSR), CSR_VOSRDY | CSR_BRE | CSR_BRR);
        bench.signals.clear();
        assert!(bench.reset(ResetCause::Software));
        assert_eq!((bench.read(CR), bench.read(CSR)), (0x4000, CSR_VOSRDY | CSR_BRE | CSR_BRR));
        assert_eq!(bench.signals, [Signal::BackupAccess { open: false }]);
        bench.hear(Signal::BackupReset);
        assert_eq!(bench.read(CSR), CSR_VOSRDY);
    }

    #[test]
    fn low_power_modes_are_not_modelled() {
        for bit in [CR_LPDS, CR_PDDS, CR_FPDS] {
            let mut bench = Bench::<Stm32f4Pwr>::new();
            bench.write(CR, CR_VOS | bit);
            assert_eq!(bench.unmodelled, 1, "{bit:#x}");
        }
    }
}
