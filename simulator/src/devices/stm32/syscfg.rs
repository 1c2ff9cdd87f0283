//! System configuration controller of the STM32F405 and F407 (RM 9.2): which port an external-interrupt line listens to,
//! and what appears at address 0.
//!
//! | offset | register | bits |
//! |---|---|---|
//! | 0x00 | MEMRMP | 1:0 MEM_MODE |
//! | 0x04 | PMC | 23 MII_RMII_SEL |
//! | 0x08 to 0x14 | EXTICR1 to 4 | four lines in each, 4 bits a line: 0 is port A |
//! | 0x20 | CMPCR | 8 READY (read only), 0 CMP_PD |
//!
//! Memory is not remapped: asking for anything but flash memory at address 0 is listed. PMC reads as written; there is no
//! Ethernet. The compensation cell is ready as soon as it has power.

use serde::{Deserialize, Serialize};

use super::super::{Context, Device, NarrowStore, ResetCause, Signal};

const MEMRMP: u32 = 0x00;
const PMC: u32 = 0x04;
const EXTICR1: u32 = 0x08;
const EXTICR4: u32 = 0x14;
const CMPCR: u32 = 0x20;

const MEMRMP_MODE: u32 = 0b11;
const PMC_MII_RMII_SEL: u32 = 1 << 23;
const CMPCR_CMP_PD: u32 = 1 << 0;
const CMPCR_READY: u32 = 1 << 8;
/// The last port is I.
const LAST_PORT: u8 = 8;

/// The device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32f4Syscfg {
    memory_mode: u32,
    pmc: u32,
    /// The port of each line.
    ports: [u8; 16],
    compensation: u32,
}

impl Stm32f4Syscfg {
    fn select(&mut self, line: u8, port: u8, context: &mut Context<'_>) {
        if port > LAST_PORT {
            context.unmodelled();
        }
        if std::mem::replace(&mut self.ports[usize::from(line)], port) != port {
            context.signal(Signal::ExtiPort { line, port });
        }
    }
}

/// The four lines of an EXTICR.
fn lines(offset: u32) -> std::ops::Range<u8> {
    let first = (offset - EXTICR1) as u8;
    first..first + 4
}

impl Device for Stm32f4Syscfg {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            MEMRMP => self.memory_mode,
            PMC => self.pmc,
            EXTICR1..=EXTICR4 => {
                lines(offset).rev().fold(0, |value, line| value << 4 | u32::from(self.ports[usize::from(line)]))
            }
            CMPCR if self.compensation != 0 => CMPCR_READY | self.compensation,
            CMPCR => 0,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, offset: u32, value: u32, context: &mut Context<'_>) {
        match offset {
            MEMRMP => {
                self.memory_mode = value & MEMRMP_MODE;
                if self.memory_mode != 0 {
                    context.unmodelled();
                }
            }
            PMC => self.pmc = value & PMC_MII_RMII_SEL,
            EXTICR1..=EXTICR4 => {
                for (place, line) in lines(offset).enumerate() {
                    self.select(line, (value >> (4 * place) & 0xF) as u8, context);
                }
            }
            CMPCR => self.compensation = value & CMPCR_CMP_PD,
            _ => context.unmodelled(),
        }
    }

    fn reset(&mut self, _: ResetCause, context: &mut Context<'_>) -> bool {
        for line in 0..16 {
            self.select(line, 0, context);
        }
        *self = Self::default();
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

    /// RM 9.2.1 to 9.2.8 (F405 and F407): offset, reset value, bits that can be written. MEMRMP's reset value is what the
    /// boot pins say; with BOOT0 low it is 0.
    #[test]
    fn register_table() {
        for (offset, writable) in
            [(0x00, 0x3), (0x04, 1 << 23), (0x08, 0xFFFF), (0x0C, 0xFFFF), (0x10, 0xFFFF), (0x14, 0xFFFF)]
        {
            let mut bench = Bench::<Stm32f4Syscfg>::new();
            assert_eq!(bench.read(offset), 0, "{offset:#x}");
            bench.write(offset, u32::MAX);
            assert_eq!(bench.read(offset), writable, "{offset:#x}");
        }
        let mut bench = Bench::<Stm32f4Syscfg>::new();
        assert_eq!(bench.read(CMPCR), 0);
        assert_eq!(bench.write(CMPCR, u32::MAX).read(CMPCR), 0x101, "READY follows CMP_PD");
        assert_eq!(bench.unmodelled, 0);
        bench.write(0x18, 0).read(0x1C);
        assert_eq!(bench.unmodelled, 2);
    }

    /// RM 9.2.3 and 9.2.6: EXTI0 in bits 3:0 of EXTICR1, EXTI15 in bits 15:12 of EXTICR4.
    #[test]
    fn a_line_is_told_to_change_its_port_once() {
        let mut bench = Bench::<Stm32f4Syscfg>::new();
        bench.write(0x08, 0x0008).write(0x08, 0x0008).write(0x14, 0x2000);
        let port = |line, port| Signal::ExtiPort { line, port };
        assert_eq!(bench.signals, [port(0, 8), port(15, 2)]);
        assert_eq!((bench.read(0x08), bench.read(0x14)), (0x0008, 0x2000));
    }

    #[test]
    fn what_is_not_modelled_is_listed() {
        for (offset, value) in [(MEMRMP, 0b11), (EXTICR1, 0x0009)] {
            let mut bench = Bench::<Stm32f4Syscfg>::new();
            bench.write(offset, value);
            assert_eq!(bench.unmodelled, 1, "{offset:#x}");
        }
    }

    #[test]
    fn a_reset_leads_the_lines_back_to_port_a() {
        let mut bench = Bench::<Stm32f4Syscfg>::new();
        bench.write(0x0C, 0x0300);
        bench.signals.clear();
        assert!(bench.reset(ResetCause::Peripheral));
        assert_eq!(bench.signals, [Signal::ExtiPort { line: 6, port: 0 }]);
        assert_eq!(bench.device, Stm32f4Syscfg::default());
    }
}
