//! Debug support of the STM32F405 and F407 (RM 38.16): who the chip is, and what a debugger wants while the core halts.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x0 | IDCODE | 31:16 REV_ID, 11:0 DEV_ID (read only) |
//! | 0x4 | CR | 7:6 TRACE_MODE, 5 TRACE_IOEN, 2 DBG_STANDBY, 1 DBG_STOP, 0 DBG_SLEEP |
//! | 0x8 | APB1_FZ | 26:25 CAN, 23:21 I2C time-outs, 12 IWDG, 11 WWDG, 10 RTC, 8:0 TIM14 to TIM2 |
//! | 0xC | APB2_FZ | 18:16 TIM11 to TIM9, 1 TIM8, 0 TIM1 |
//!
//! The registers keep what is written, and nothing follows: virtual time stands still while a debugger has halted the core,
//! so there is nothing to freeze, and there are no low-power modes to leave clocks running in.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause};

const IDCODE: u32 = 0x0;
const CR: u32 = 0x4;
const APB1_FZ: u32 = 0x8;
const APB2_FZ: u32 = 0xC;

/// Device 0x413, revision 2 (RM 38.6.1). Bits 15:12 are reserved, and 6 on the chip.
const REVISION_2: u32 = 0x1007_6413;
const CR_BITS: u32 = 0x0000_00E7;
const APB1_BITS: u32 = 0x06E0_1DFF;
const APB2_BITS: u32 = 0x0007_0003;

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32Dbgmcu {
    cr: u32,
    apb1_freeze: u32,
    apb2_freeze: u32,
}

impl Device for Stm32Dbgmcu {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            IDCODE => REVISION_2,
            CR => self.cr,
            APB1_FZ => self.apb1_freeze,
            APB2_FZ => self.apb2_freeze,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            IDCODE => {}
            CR => self.cr = context.merge(self.cr, value) & CR_BITS,
            APB1_FZ => self.apb1_freeze = context.merge(self.apb1_freeze, value) & APB1_BITS,
            APB2_FZ => self.apb2_freeze = context.merge(self.apb2_freeze, value) & APB2_BITS,
            _ => context.unmodelled(),
        }
    }

    /// A debugger sets it up before the firmware starts, so only power resets it (RM 38.16.3).
    fn reset(&mut self, cause: ResetCause, _: &mut Context<'_>) -> bool {
        cause != ResetCause::Power
    }

    fn narrow_store(&self) -> NarrowStore {
        NarrowStore::Lanes
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;

    /// RM 38.16.6, table "DBG register map": offset, reset value, bits that can be written.
    #[test]
    fn register_table() {
        for (offset, reset, writable) in
            [(0x0, 0x1007_6413, 0), (0x4, 0, 0xE7), (0x8, 0, 0x06E0_1DFF), (0xC, 0, 0x0007_0003)]
        {
            let mut bench = Bench::<Stm32Dbgmcu>::new();
            assert_eq!(bench.read(offset), reset, "{offset:#x}");
            bench.write(offset, !reset);
            assert_eq!(bench.read(offset), reset ^ writable, "{offset:#x}");
            assert_eq!(bench.unmodelled, 0);
        }
        let mut bench = Bench::<Stm32Dbgmcu>::new();
        bench.write(0x10, 1).read(0x10);
        assert_eq!(bench.unmodelled, 2);
    }

    /// RM 38.6.1: DEV_ID of the F405, F407, F415 and F417 is 0x413, REV_ID of revision 2 is 0x1007.
    #[test]
    fn identification() {
        let id = Bench::<Stm32Dbgmcu>::new().read(0);
        assert_eq!((id & 0xFFF, id >> 16), (0x413, 0x1007));
    }

    #[test]
    fn what_a_debugger_has_set_outlives_all_resets_but_power() {
        let mut bench = Bench::<Stm32Dbgmcu>::new();
        bench.write(CR, 0b111);
        for cause in [ResetCause::Software, ResetCause::Pin, ResetCause::Watchdog] {
            assert!(bench.reset(cause));
            assert_eq!(bench.read(CR), 0b111);
        }
        assert!(!bench.reset(ResetCause::Power), "then it is put back as it was built");
    }
}
