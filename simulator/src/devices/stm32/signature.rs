//! Device electronic signature of the STM32F4 (RM 39) and, between its words, the factory's calibration of the analogue
//! part (DS, on the temperature sensor and the reference voltage). Read only: it lies in memory that nobody can write.
//!
//! | offset from 0x1FFF7A00 | content |
//! |---|---|
//! | 0x10, 0x14, 0x18 | unique identifier: X and Y on the wafer; wafer and lot number; the lot number's other four letters |
//! | 0x22 | flash memory in KiB |
//! | 0x2A | VREFINT_CAL, the reference's value at 3.3 V |
//! | 0x2C, 0x2E | TS_CAL1 and TS_CAL2, the temperature sensor's values at 30 and 110 degrees |
//!
//! The identifier follows from the board's name: the same in every run, another for another board.

use bluekernel_boards::model::{Board, MemoryKind};
use serde::{Deserialize, Serialize};

use super::super::{Context, Device};

const UID_COORDINATES: u32 = 0x10;
const UID_LOT_AND_WAFER: u32 = 0x14;
const UID_LOT: u32 = 0x18;
const FLASH_SIZE: u32 = 0x20;
const REFERENCE: u32 = 0x28;
const TEMPERATURE: u32 = 0x2C;

/// 1.21 V of 3.3 V in 4096 steps (DS: VREFINT, typical).
const VREFINT_CAL: u32 = 1502;
/// 0.76 V at 25 degrees and 2.5 mV for each degree more (DS: temperature sensor, typical): 0.7725 V and 0.9725 V.
const TS_CAL1: u32 = 959;
const TS_CAL2: u32 = 1207;

/// The device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stm32Signature {
    unique_id: [u32; 3],
    flash_kib: u16,
}

impl Stm32Signature {
    /// The signature of a board's chip.
    #[must_use]
    pub fn new(board: &Board) -> Self {
        let flash = board.chip.memory.iter().filter(|memory| memory.kind == MemoryKind::Flash);
        let bytes = flash.map(|memory| memory.size).fold(0, u64::saturating_add);
        Self { unique_id: unique_id(&board.name), flash_kib: u16::try_from(bytes >> 10).unwrap_or(u16::MAX) }
    }
}

/// An identifier as RM 39.1 describes it: coordinates, a wafer's number, seven letters of a lot.
fn unique_id(name: &str) -> [u32; 3] {
    let hash = fnv_1a(name);
    let letter = |digit: u32| u32::from(b"0123456789ABCDEF"[(hash >> (32 + 4 * digit) & 0xF) as usize]);
    let lot = |first: u32, letters: u32| (0..letters).fold(0, |word, i| word | letter(first + i) << (8 * i));
    let wafer = (hash >> 60) as u32 + 1;
    [hash as u32, wafer | lot(0, 3) << 8, lot(3, 4)]
}

/// The 64-bit FNV-1a hash (Fowler, Noll and Vo): spreads the bits of a short name.
pub(in super::super) fn fnv_1a(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

impl Device for Stm32Signature {
    fn read(&mut self, offset: u32, context: &mut Context<'_>) -> u32 {
        match offset {
            UID_COORDINATES => self.unique_id[0],
            UID_LOT_AND_WAFER => self.unique_id[1],
            UID_LOT => self.unique_id[2],
            FLASH_SIZE => u32::from(self.flash_kib) << 16,
            REFERENCE => VREFINT_CAL << 16,
            TEMPERATURE => TS_CAL1 | TS_CAL2 << 16,
            _ => {
                context.unmodelled();
                0
            }
        }
    }

    fn write(&mut self, _: u32, _: u32, context: &mut Context<'_>) {
        context.bus_error();
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Bench;
    use super::*;
    use crate::testing::stm32f4_discovery;

    fn bench() -> Bench<Stm32Signature> {
        Bench::of(Stm32Signature::new(&stm32f4_discovery()), 16_000_000)
    }

    /// RM 39.2: "0x0400 corresponds to 1024 Kbytes", which the F407VG has.
    #[test]
    fn flash_size() {
        assert_eq!(bench().read(0x20) >> 16, 0x0400);
    }

    /// RM 39.1: bits 39:32 are the wafer's number, bits 95:40 are the lot's, in ASCII.
    #[test]
    fn the_identifier_is_of_the_manuals_form() {
        let mut bench = bench();
        let words = [bench.read(0x10), bench.read(0x14), bench.read(0x18)];
        let bytes = [words[1].to_le_bytes(), words[2].to_le_bytes()].concat();
        let (wafer, lot) = bytes.split_first().unwrap();
        assert!((1..=25).contains(wafer), "a lot has 25 wafers");
        assert!(lot.iter().all(u8::is_ascii_alphanumeric), "{lot:?}");
        assert_eq!(bench.unmodelled, 0);
    }

    #[test]
    fn a_board_keeps_its_identifier_and_another_has_another() {
        let mut other = stm32f4_discovery();
        assert_eq!(Stm32Signature::new(&other), bench().device);
        other.name.push('2');
        assert_ne!(Stm32Signature::new(&other).unique_id, bench().device.unique_id);
    }

    /// The published test vectors of the 64-bit FNV-1a hash.
    #[test]
    fn hash() {
        assert_eq!(fnv_1a(""), 0xCBF2_9CE4_8422_2325);
        assert_eq!(fnv_1a("a"), 0xAF63_DC4C_8601_EC8C);
        assert_eq!(fnv_1a("foobar"), 0x8594_4171_F739_67E8);
    }

    /// DS: VREFINT 1.21 V; 0.76 V at 25 degrees, 2.5 mV a degree; 12 bits at 3.3 V.
    #[test]
    fn calibration() {
        let steps = |tenths_of_millivolts: u32| (tenths_of_millivolts * 4096 + 33_000 / 2) / 33_000;
        let mut bench = bench();
        assert_eq!(bench.read(0x28) >> 16, steps(12_100));
        assert_eq!(bench.read(0x2C) & 0xFFFF, steps(7600 + 5 * 25));
        assert_eq!(bench.read(0x2C) >> 16, steps(7600 + 85 * 25));
    }

    #[test]
    fn nobody_writes_it() {
        let mut bench = bench();
        bench.write(0x10, 0);
        assert_eq!((bench.bus_errors, bench.unmodelled), (1, 0));
        bench.read(0x30);
        assert_eq!(bench.unmodelled, 1);
    }
}
