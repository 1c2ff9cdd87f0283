//! What a Cortex-M core is built from.

use bluekernel_boards::model::Attrs;
use serde::{Deserialize, Serialize};

/// Which core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoreModel {
    /// Cortex-M3 (Armv7-M).
    #[default]
    CortexM3,
    /// Cortex-M4 with the floating-point unit (Armv7E-M, FPv4-SP).
    CortexM4F,
}

impl CoreModel {
    /// The names that [`CoreModel::by_name`] knows.
    pub const KNOWN: &str = "cortex-m3, cortex-m4f";

    /// By the name that chip files use; `None` for a core that is not modelled.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "cortex-m3" => Some(Self::CortexM3),
            "cortex-m4f" => Some(Self::CortexM4F),
            _ => None,
        }
    }

    /// Whether it has a floating-point unit.
    #[must_use]
    pub fn has_float(self) -> bool {
        match self {
            Self::CortexM3 => false,
            Self::CortexM4F => true,
        }
    }
}

/// A memory that the core reaches without a device model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryRegion {
    /// First address, a multiple of 4 KiB.
    pub base: u32,
    /// Bytes, a multiple of 4 KiB.
    pub size: u32,
    /// What the core may do with it. A store to memory that is not writable is a BusFault.
    pub attrs: Attrs,
    /// Other first addresses at which the same bytes appear.
    pub aliases: Vec<u32>,
}

/// A Cortex-M core and its memories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CortexConfig {
    /// Which core.
    pub model: CoreModel,
    /// External interrupts, 1 to 240.
    pub irqs: u16,
    /// Implemented priority bits, 3 to 8.
    pub prio_bits: u8,
    /// Memories.
    pub memories: Vec<MemoryRegion>,
    /// Where the vector table is after reset; a multiple of 128.
    pub vector_table: u32,
    /// Core cycles in one tick of SysTick's reference clock; `None` for a chip that has no such clock.
    pub systick_reference: Option<u32>,
    /// One instruction is one cycle and exceptions cost nothing, in place of the core's cost table.
    pub instruction_clock: bool,
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
