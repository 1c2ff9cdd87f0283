//! Serial configuration controller of the MPS2 board (Arm 100112, "SCC register descriptions"): identification, LEDs
//! and switches next to the board's own controller, and a mailbox to the oscillators.
//!
//! The oscillators can be read and written, and nothing follows: the clocks of this image are fixed. Remapping block
//! RAM to address 0 (CFG_REG0 bit 0) is not modelled and is listed when firmware asks for it.

use serde::{Deserialize, Serialize};

use super::{Context, Device};

const CFG_REG0: u32 = 0x000;
const CFG_REG1: u32 = 0x004;
const CFG_REG3: u32 = 0x00C;
const CFG_REG4: u32 = 0x010;
const SYS_CFGDATA_RTN: u32 = 0x0A0;
const SYS_CFGDATA_OUT: u32 = 0x0A4;
const SYS_CFGCTRL: u32 = 0x0A8;
const SYS_CFGSTAT: u32 = 0x0AC;
const SCC_DLL: u32 = 0x100;
const SCC_AID: u32 = 0xFF8;
const SCC_ID: u32 = 0xFFC;

const CTRL_WRITE: u32 = 1 << 30;
const CTRL_START: u32 = 1 << 31;
const STAT_DONE: u32 = 1 << 0;
const STAT_ERROR: u32 = 1 << 1;
const FUNCTION_OSCILLATOR: u32 = 1;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mps2Scc {
    remap: u32,
    leds: u32,
    data_in: u32,
    data_out: u32,
    control: u32,
    status: u32,
    dll_mask: u32,
    oscillators: [u32; 3],
}

impl Default for Mps2Scc {
    fn default() -> Self {
        Self {
            remap: 0,
            leds: 0,
            data_in: 0,
            data_out: 0,
            control: 0,
            status: 0,
            dll_mask: 0xFF00_0000,
            oscillators: [50_000_000, 24_576_000, 25_000_000],
        }
    }
}

impl Mps2Scc {
    fn transfer(&mut self) {
        let function = self.control >> 20 & 0x3F;
        let device = (self.control & 0xFFF) as usize;
        self.status = STAT_DONE;
        match self.oscillators.get_mut(device).filter(|_| function == FUNCTION_OSCILLATOR) {
            Some(oscillator) if self.control & CTRL_WRITE != 0 => *oscillator = self.data_out,
            Some(oscillator) => self.data_in = *oscillator,
            None => self.status |= STAT_ERROR,
        }
    }
}

impl Device for Mps2Scc {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            CFG_REG0 => self.remap,
            CFG_REG1 => self.leds,
            // The switches: all off.
            CFG_REG3 => 0,
            // Board revision C.
            CFG_REG4 => 2,
            SYS_CFGDATA_RTN => self.data_in,
            SYS_CFGDATA_OUT => self.data_out,
            SYS_CFGCTRL => self.control,
            SYS_CFGSTAT => self.status,
            // The loops are locked from the start, bits 23:16 and 0.
            SCC_DLL => self.dll_mask | 0x00FF_0001,
            SCC_AID => 0x0020_0008,
            // Arm, application note 385.
            SCC_ID => 0x4104_3850,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            CFG_REG0 => {
                if value & 1 != 0 {
                    context.unmodelled();
                }
                self.remap = value;
            }
            CFG_REG1 => self.leds = value & 0xFF,
            SYS_CFGDATA_OUT => self.data_out = value,
            SYS_CFGCTRL => {
                self.status = 0;
                self.control = value & 0x43F0_0FFF;
                if value & CTRL_START != 0 {
                    self.transfer();
                }
            }
            SCC_DLL => self.dll_mask = value & 0xFF00_0000,
            CFG_REG3 | CFG_REG4 | SYS_CFGDATA_RTN | SYS_CFGSTAT | SCC_AID | SCC_ID => {}
            _ => context.unmodelled(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;

    /// 100112 and DAI 0385: identification of the AN385 image; the DLLs are locked.
    #[test]
    fn identification() {
        let mut bench = Bench::<Mps2Scc>::new();
        let expected = [(CFG_REG0, 0), (CFG_REG1, 0), (CFG_REG3, 0), (SCC_DLL, 0xFFFF_0001), (SCC_ID, 0x4104_3850)];
        for (offset, value) in expected {
            assert_eq!(bench.read(offset), value, "offset {offset:#x}");
        }
        // The application note's number in bits 15:4.
        assert_eq!(bench.read(SCC_ID) >> 4 & 0xFFF, 0x385);
        assert_eq!(bench.unmodelled, 0);
    }

    #[test]
    fn oscillators_through_the_mailbox() {
        let mut bench = Bench::<Mps2Scc>::new();
        bench.write(SYS_CFGCTRL, CTRL_START | FUNCTION_OSCILLATOR << 20 | 2);
        assert_eq!((bench.read(SYS_CFGSTAT), bench.read(SYS_CFGDATA_RTN)), (STAT_DONE, 25_000_000));
        bench.write(SYS_CFGDATA_OUT, 1234).write(SYS_CFGCTRL, CTRL_START | CTRL_WRITE | FUNCTION_OSCILLATOR << 20);
        bench.write(SYS_CFGCTRL, CTRL_START | FUNCTION_OSCILLATOR << 20);
        assert_eq!(bench.read(SYS_CFGDATA_RTN), 1234);
        bench.write(SYS_CFGCTRL, CTRL_START | FUNCTION_OSCILLATOR << 20 | 3);
        assert_eq!(bench.read(SYS_CFGSTAT), STAT_DONE | STAT_ERROR);
    }

    #[test]
    fn remapping_is_not_modelled() {
        let mut bench = Bench::<Mps2Scc>::new();
        bench.write(CFG_REG0, 1);
        assert_eq!(bench.unmodelled, 1);
    }
}
