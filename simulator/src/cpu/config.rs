//! What every core is built from, whatever its architecture.

use bluekernel_boards::model::Attrs;

/// A memory that the core reaches without a device model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryRegion {
    /// First address, a multiple of 4 KiB.
    pub base: u32,
    /// Bytes, a multiple of 4 KiB.
    pub size: u32,
    /// What the core may do with it. A store to memory that is not writable is a fault.
    pub attrs: Attrs,
    /// Other first addresses at which the same bytes appear.
    pub aliases: Vec<u32>,
}

/// Why a core cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpuError {
    /// The configuration makes no sense: the board's file is at fault.
    #[error("{0}")]
    Config(String),
    /// The instruction engine refused: a defect of bksim.
    #[error("instruction engine: {0}")]
    Engine(String),
}
