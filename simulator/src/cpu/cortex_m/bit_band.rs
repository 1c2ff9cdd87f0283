//! Bit-banding of the peripherals, which a Cortex-M3 and M4 have (Arm DDI 0439, 3.7; DDI 0337, 3.7): each word of the alias region stands for one bit of
//! the first megabyte of peripherals. A store is a read-modify-write of the word with that bit, which nothing can come
//! between.
//!
//! The other alias region, of the first megabyte of RAM at 0x20000000, is not modelled: an access there is a BusFault,
//! unless the chip has a memory at that place.

use super::config::CoreModel;
use crate::bus::{Access, Bus, BusError};

const ALIAS: std::ops::Range<u32> = 0x4200_0000..0x4400_0000;
const PERIPHERALS: u32 = 0x4000_0000;

/// A bit of a peripheral's register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bit {
    word: u32,
    shift: u32,
}

impl Bit {
    /// The bit that an address stands for.
    pub(crate) fn of(model: CoreModel, address: u32) -> Option<Self> {
        let offset = (ALIAS.contains(&address) && model.has_bit_band()).then(|| address - ALIAS.start)?;
        Some(Self { word: PERIPHERALS + (offset >> 7 << 2), shift: offset >> 2 & 31 })
    }

    /// Reads it: 0 or 1.
    pub(crate) fn read(self, bus: &mut dyn Bus, access: Access) -> Result<u32, BusError> {
        Ok(bus.read(self.access(access))? >> self.shift & 1)
    }

    /// Writes it: only bit 0 of the value counts.
    pub(crate) fn write(self, bus: &mut dyn Bus, access: Access, value: u32) -> Result<(), BusError> {
        let word = bus.read(self.access(access))?;
        bus.write(self.access(access), word & !(1 << self.shift) | (value & 1) << self.shift)
    }

    fn access(self, access: Access) -> Access {
        Access { address: self.word, size: 4, ..access }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DDI 0439, 3.7: bit_word_addr = bit_band_base + byte_offset * 32 + bit_number * 4.
    #[test]
    fn every_bit_has_its_word() {
        for (byte, bit) in [(0x4000_0000, 0), (0x4000_0001, 7), (0x4002_3830, 3), (0x400f_ffff, 7)] {
            let address = 0x4200_0000 + (byte - 0x4000_0000) * 32 + bit * 4;
            let expected = Some(Bit { word: byte & !3, shift: 8 * (byte & 3) + bit });
            assert_eq!(Bit::of(CoreModel::CortexM3, address), expected);
            assert_eq!(Bit::of(CoreModel::CortexM0Plus, address), None);
        }
        let of = |address| Bit::of(CoreModel::CortexM4F, address);
        assert_eq!((of(0x41ff_ffff), of(0x4400_0000)), (None, None));
    }
}
