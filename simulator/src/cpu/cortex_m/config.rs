//! What a Cortex-M core is built from.

use serde::{Deserialize, Serialize};

use super::thumb::float::Extension;
pub use crate::cpu::config::{CpuError, MemoryRegion};

/// Which core. A name that ends in F has the floating-point unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoreModel {
    /// Cortex-M0 (Armv6-M), without its optional parts: no unprivileged level, no VTOR, no protection unit.
    CortexM0,
    /// Cortex-M0+ (Armv6-M), with unprivileged level, VTOR and protection unit.
    CortexM0Plus,
    /// Cortex-M3 (Armv7-M).
    #[default]
    CortexM3,
    /// Cortex-M4 (Armv7E-M).
    CortexM4,
    /// Cortex-M4 (Armv7E-M, FPv4-SP).
    CortexM4F,
    /// Cortex-M7 (Armv7E-M).
    CortexM7,
    /// Cortex-M7 (Armv7E-M, FPv5 with double precision).
    CortexM7F,
    /// Cortex-M33 (Armv8-M Mainline with DSP extension), without Security Extension.
    CortexM33,
    /// Cortex-M33 (Armv8-M Mainline with DSP extension, FPv5-SP), without Security Extension.
    CortexM33F,
}

/// What a core can do at all: each has what those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Architecture {
    /// Armv6-M (Arm DDI 0419).
    V6M,
    /// Armv7-M, with or without the DSP extension (Arm DDI 0403).
    V7M,
    /// Armv8-M Mainline (Arm DDI 0553).
    V8M,
}

impl CoreModel {
    /// Names, as chip files use them, and what they name. Only what is modelled is here.
    const NAMES: [(&str, Self); 9] = [
        ("cortex-m0", Self::CortexM0),
        ("cortex-m0+", Self::CortexM0Plus),
        ("cortex-m3", Self::CortexM3),
        ("cortex-m4", Self::CortexM4),
        ("cortex-m4f", Self::CortexM4F),
        ("cortex-m7", Self::CortexM7),
        ("cortex-m7f", Self::CortexM7F),
        ("cortex-m33", Self::CortexM33),
        ("cortex-m33f", Self::CortexM33F),
    ];

    /// By the name that chip files use; `None` for a core that is not modelled.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, model)| *model)
    }

    /// The names that [`CoreModel::by_name`] knows.
    pub fn known() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// Its architecture.
    #[must_use]
    pub fn architecture(self) -> Architecture {
        match self {
            Self::CortexM0 | Self::CortexM0Plus => Architecture::V6M,
            Self::CortexM3 | Self::CortexM4 | Self::CortexM4F | Self::CortexM7 | Self::CortexM7F => Architecture::V7M,
            Self::CortexM33 | Self::CortexM33F => Architecture::V8M,
        }
    }

    /// Whether thread mode can be unprivileged, and whether the vector table can be elsewhere than at 0: what a Cortex-M0+
    /// may have and a Cortex-M0 has not.
    #[must_use]
    pub fn has_privilege_and_vtor(self) -> bool {
        self != Self::CortexM0
    }

    /// What its floating-point unit can do; `None` if it has none.
    #[must_use]
    pub fn float(self) -> Option<Extension> {
        match self {
            Self::CortexM4F => Some(Extension::V4Single),
            Self::CortexM7F => Some(Extension::V5Double),
            Self::CortexM33F => Some(Extension::V5Single),
            _ => None,
        }
    }

    /// How many regions its memory protection unit may have, as a chip's maker chooses; 0 is none. (Arm DDI 0432C, 1.2; DDI
    /// 0484C, 1.3; DDI 0337, 1.4; DDI 0439D, 1.4; DDI 0489, 1.4; 100230, A1.4.)
    #[must_use]
    pub fn mpu_regions(self) -> &'static [u8] {
        match self {
            Self::CortexM0 => &[0],
            Self::CortexM0Plus | Self::CortexM3 | Self::CortexM4 | Self::CortexM4F => &[0, 8],
            Self::CortexM7 | Self::CortexM7F => &[0, 8, 16],
            Self::CortexM33 | Self::CortexM33F => &[0, 4, 8, 12, 16],
        }
    }

    /// Whether it has a floating-point unit.
    #[must_use]
    pub fn has_float(self) -> bool {
        self.float().is_some()
    }

    /// Whether a word of a second address range stands for each bit of a peripheral, and of RAM.
    #[must_use]
    pub fn has_bit_band(self) -> bool {
        matches!(self, Self::CortexM3 | Self::CortexM4 | Self::CortexM4F)
    }

    /// Whether it has cache registers.
    #[must_use]
    pub fn has_caches(self) -> bool {
        matches!(self, Self::CortexM7 | Self::CortexM7F)
    }
}

/// A Cortex-M core and its memories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CortexConfig {
    /// Which core.
    pub model: CoreModel,
    /// External interrupts, 1 to 240; of Armv6-M 1 to 32, of Armv8-M 1 to 480.
    pub irqs: u16,
    /// Implemented priority bits, 3 to 8; of Armv6-M 2.
    pub prio_bits: u8,
    /// Memories.
    pub memories: Vec<MemoryRegion>,
    /// Regions of the memory protection unit; 0 for a core without one. See [`CoreModel::mpu_regions`].
    pub mpu_regions: u8,
    /// Where the vector table is after reset; a multiple of 128. A Cortex-M0 has it at 0, and a Cortex-M0+ at a multiple of
    /// 256.
    pub vector_table: u32,
    /// The core has no SysTick, which Armv6-M leaves to the chip: its registers read as zero and ignore writes.
    pub without_systick: bool,
    /// Core cycles in one tick of SysTick's reference clock; `None` for a chip that has no such clock.
    pub systick_reference: Option<u32>,
    /// One instruction is one cycle and exceptions cost nothing, in place of the core's cost table.
    pub instruction_clock: bool,
}

impl CortexConfig {
    /// Whether there can be such a core.
    ///
    /// # Errors
    /// [`CpuError::Config`] with the number that is out of range.
    pub(super) fn check(&self) -> Result<(), CpuError> {
        let refuse = |what: String| Err(CpuError::Config(what));
        // Of the vector table's address, the lower bits of VTOR that do not exist.
        let (irqs, prio_bits, fixed) = match self.model {
            CoreModel::CortexM0 => (1..=32, 2..=2, u32::MAX),
            CoreModel::CortexM0Plus => (1..=32, 2..=2, 0xff),
            model if model.architecture() == Architecture::V8M => (1..=480, 3..=8, 0x7f),
            _ => (1..=240, 3..=8, 0x7f),
        };
        if !irqs.contains(&self.irqs) {
            return refuse(format!(
                "{} external interrupts: {} to {} are possible",
                self.irqs,
                irqs.start(),
                irqs.end()
            ));
        }
        if !prio_bits.contains(&self.prio_bits) {
            let (least, most) = (prio_bits.start(), prio_bits.end());
            return refuse(format!("{} priority bits: {least} to {most} are possible", self.prio_bits));
        }
        let regions = self.model.mpu_regions();
        if !regions.contains(&self.mpu_regions) {
            let possible: Vec<String> = regions.iter().map(u8::to_string).collect();
            return refuse(format!("{} protection regions: possible are {}", self.mpu_regions, possible.join(", ")));
        }
        match self.vector_table & fixed {
            0 => Ok(()),
            _ if fixed == u32::MAX => {
                refuse(format!("vector table at {:#x}: this core has it at 0, always", self.vector_table))
            }
            _ => {
                refuse(format!("vector table at {:#x}: a multiple of {} bytes is needed", self.vector_table, fixed + 1))
            }
        }
    }
}
