//! The Armv7-M core around the instruction engine.

pub mod config;

pub use config::{CoreModel, CortexConfig, CpuError, MemoryRegion};

use super::Core;

/// Builds a core in its reset state. Memory is zero; load the firmware with [`Core::poke`], then call [`Core::reset`].
///
/// # Errors
/// [`CpuError::Config`] for memories that overlap or are not in whole 4 KiB pages, or numbers out of range.
pub fn new(_config: &CortexConfig) -> Result<Box<dyn Core>, CpuError> {
    Err(CpuError::Engine("not built yet".into()))
}
