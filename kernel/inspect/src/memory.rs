//! The one door to a target's memory: simulator, probe, core dump and file stand behind the same trait.

use crate::image::Image;

/// Memory that can be read.
pub trait Memory {
    /// Fills `buffer` with the bytes from `address` on; `false` if some of them cannot be read, and then the buffer's
    /// content means nothing. May block for as long as the connection to the target needs.
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool;
}

/// Memory as it is right after loading: what the file holds, zero where the file only reserves.
impl Memory for &Image {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool {
        self.initial_bytes(address, buffer)
    }
}
