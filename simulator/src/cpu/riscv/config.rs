//! What a RISC-V core is built from.

use serde::{Deserialize, Serialize};

pub use crate::cpu::config::{CpuError, MemoryRegion};

/// Which core, by its instruction set. Each has M- and U-mode; RV64GC has S-mode too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RiscvModel {
    /// RV32I with M and C.
    Rv32Imc,
    /// RV32I with M, A and C, like a SiFive E31.
    #[default]
    Rv32Imac,
    /// RV32I with M, A, F and C.
    Rv32Imafc,
    /// RV64I with M, A, F, D and C, and S-mode, like a SiFive U54 without its address translation.
    Rv64Gc,
}

/// What a core's instruction set has beyond I, M and C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isa {
    /// Registers are of 64 bits.
    pub wide: bool,
    /// Atomic instructions, A.
    pub atomic: bool,
    /// Floating point of single precision, F.
    pub float: bool,
    /// Floating point of double precision, D.
    pub double: bool,
    /// Supervisor mode.
    pub supervisor: bool,
}

impl RiscvModel {
    /// Names, as chip files use them, and what they name.
    const NAMES: [(&str, Self); 4] = [
        ("rv32imc", Self::Rv32Imc),
        ("rv32imac", Self::Rv32Imac),
        ("rv32imafc", Self::Rv32Imafc),
        ("rv64gc", Self::Rv64Gc),
    ];

    /// By the name that chip files use; `None` for a core that is not modelled.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, model)| *model)
    }

    /// The names that [`RiscvModel::by_name`] knows.
    pub fn known() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// Its instruction set.
    #[must_use]
    pub const fn isa(self) -> Isa {
        let small = Isa { wide: false, atomic: false, float: false, double: false, supervisor: false };
        match self {
            Self::Rv32Imc => small,
            Self::Rv32Imac => Isa { atomic: true, ..small },
            Self::Rv32Imafc => Isa { atomic: true, float: true, ..small },
            Self::Rv64Gc => Isa { wide: true, atomic: true, float: true, double: true, supervisor: true },
        }
    }
}

impl Isa {
    /// Bits of a register, XLEN.
    #[must_use]
    pub const fn xlen(self) -> u32 {
        if self.wide { 64 } else { 32 }
    }

    /// What a register holds of a value.
    #[must_use]
    pub const fn truncate(self, value: u64) -> u64 {
        if self.wide { value } else { value & 0xffff_ffff }
    }
}

/// A RISC-V core and its memories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiscvConfig {
    /// Which core.
    pub model: RiscvModel,
    /// Its number, mhartid.
    pub hart: u32,
    /// Memories.
    pub memories: Vec<MemoryRegion>,
    /// The first instruction after reset.
    pub reset_address: u32,
    /// Where the bus has the machine timer's counter, eight bytes; without one the `time` register does not exist.
    pub mtime: Option<u32>,
    /// Entries of physical memory protection, up to 16; with 0 every mode may do everything.
    pub pmp_entries: u8,
    /// One instruction is one cycle and traps cost nothing, in place of the core's cost table.
    pub instruction_clock: bool,
}

impl Default for RiscvConfig {
    fn default() -> Self {
        Self {
            model: RiscvModel::default(),
            hart: 0,
            memories: Vec::new(),
            reset_address: 0,
            mtime: None,
            pmp_entries: 16,
            instruction_clock: false,
        }
    }
}
