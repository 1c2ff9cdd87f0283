//! Reading and writing 32-bit registers: the only unsafe code of this crate.
#![expect(unsafe_code, reason = "memory-mapped registers")]

/// A peripheral's registers.
///
/// Holding one proves that the address is a peripheral's, and that plain reads and writes of its registers cannot break
/// memory safety: none of the peripherals of this crate moves data by itself.
pub(crate) struct Registers(*mut u32);

// SAFETY: it is an address; what reads and writes there may do is the peripheral's matter, not the thread's.
unsafe impl Send for Registers {}

impl Registers {
    /// The peripheral at `base`, one of this board's.
    pub(crate) const fn at(base: usize) -> Self {
        Self(base as *mut u32)
    }

    /// Registers in ordinary memory, so that the host can watch what is written.
    #[cfg(test)]
    pub(crate) fn fake<const WORDS: usize>(memory: &mut [u32; WORDS]) -> Self {
        Self(memory.as_mut_ptr())
    }

    /// The register `offset` bytes from the first.
    #[inline(always)]
    pub(crate) fn read(&self, offset: usize) -> u32 {
        // SAFETY: see the type.
        unsafe { self.0.byte_add(offset).read_volatile() }
    }

    /// Writes the register `offset` bytes from the first.
    #[inline(always)]
    pub(crate) fn write(&self, offset: usize, value: u32) {
        // SAFETY: see the type.
        unsafe { self.0.byte_add(offset).write_volatile(value) };
    }
}
