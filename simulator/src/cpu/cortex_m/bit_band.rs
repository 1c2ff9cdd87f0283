//! Bit-banding, which a Cortex-M3 and M4 have (Arm DDI 0439, 3.7; DDI 0337, 3.7): each word of an alias region stands for
//! one bit of the first megabyte of RAM or of peripherals. A store is a read-modify-write of the word with that bit, which
//! nothing can come between.
//!
//! | alias region | stands for | and is |
//! |---|---|---|
//! | 0x22000000-0x23FFFFFF | 0x20000000-0x200FFFFF | the engine's, which has the memories |
//! | 0x42000000-0x43FFFFFF | 0x40000000-0x400FFFFF | the bus's |
//!
//! Where the chip has a memory of its own in an alias region, it is that memory; where there is none behind the alias, an
//! access is a BusFault.

use super::config::CoreModel;
use crate::bus::{Access, Bus, BusError};

const RAM: u32 = 0x2000_0000;
const PERIPHERALS: u32 = 0x4000_0000;
/// An alias region is this far behind what it stands for, and has this many bytes.
const DISTANCE: u32 = 0x0200_0000;

/// A bit of RAM or of a peripheral's register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bit {
    /// The address of its word.
    pub(crate) word: u32,
    shift: u32,
}

impl Bit {
    /// The bit of a peripheral's register that an address stands for.
    pub(crate) fn of(model: CoreModel, address: u32) -> Option<Self> {
        Self::behind(PERIPHERALS, model, address)
    }

    /// The bit of RAM that an address stands for.
    pub(crate) fn in_ram(model: CoreModel, address: u32) -> Option<Self> {
        Self::behind(RAM, model, address)
    }

    fn behind(region: u32, model: CoreModel, address: u32) -> Option<Self> {
        let inside = |offset: &u32| *offset < DISTANCE && model.has_bit_band();
        let offset = address.checked_sub(region + DISTANCE).filter(inside)?;
        Some(Self { word: region + (offset >> 7 << 2), shift: offset >> 2 & 31 })
    }

    /// The bit out of its word: 0 or 1.
    pub(crate) fn get(self, word: u32) -> u32 {
        word >> self.shift & 1
    }

    /// The word with the bit set to bit 0 of `value`.
    pub(crate) fn set(self, word: u32, value: u32) -> u32 {
        word & !(1 << self.shift) | (value & 1) << self.shift
    }

    /// Reads it: 0 or 1.
    pub(crate) fn read(self, bus: &mut dyn Bus, access: Access) -> Result<u32, BusError> {
        Ok(self.get(bus.read(self.access(access))?))
    }

    /// Writes it: only bit 0 of the value counts.
    pub(crate) fn write(self, bus: &mut dyn Bus, access: Access, value: u32) -> Result<(), BusError> {
        let word = bus.read(self.access(access))?;
        bus.write(self.access(access), self.set(word, value))
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
        let in_ram = |address| Bit::in_ram(CoreModel::CortexM3, address);
        assert_eq!(in_ram(0x2200_0000 + 0x0003_1235 * 32 + 4 * 4), Some(Bit { word: 0x2003_1234, shift: 12 }));
        assert_eq!((in_ram(0x21ff_ffff), in_ram(0x2400_0000)), (None, None));
    }
}
