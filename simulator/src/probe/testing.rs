//! A chip for the tests of the probe: a kilobyte of memory and a log.

use super::{Chip, Refused};

pub(crate) const RAM: u32 = 0x2000_0000;

#[derive(Clone, Debug)]
pub(crate) struct Memory {
    bytes: Vec<u8>,
    /// How often the debugger stored something.
    pub(crate) stores: usize,
    pub(crate) batches: usize,
    pub(crate) resets: Vec<bool>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { bytes: vec![0; 1024], stores: 0, batches: 0, resets: Vec::new() }
    }
}

impl Memory {
    fn place(&mut self, address: u32, size: u8) -> Result<&mut [u8], Refused> {
        assert!(matches!(size, 1 | 2 | 4) && address.is_multiple_of(size.into()), "{address:#x} {size}");
        let start = address.checked_sub(RAM).ok_or(Refused)? as usize;
        self.bytes.get_mut(start..start + usize::from(size)).ok_or(Refused)
    }
}

impl Chip for Memory {
    fn load(&mut self, address: u32, size: u8) -> Result<u32, Refused> {
        let bytes = self.place(address, size)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)))
    }

    fn store(&mut self, address: u32, size: u8, value: u32) -> Result<(), Refused> {
        assert!(size == 4 || value >> (8 * size) == 0, "{value:#x} in {size} bytes");
        self.place(address, size)?.copy_from_slice(&value.to_le_bytes()[..usize::from(size)]);
        self.stores += 1;
        Ok(())
    }

    fn set_reset(&mut self, asserted: bool) {
        self.resets.push(asserted);
    }

    fn end_batch(&mut self) {
        self.batches += 1;
    }
}
