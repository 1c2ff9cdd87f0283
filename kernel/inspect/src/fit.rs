//! Whether a core can run what a file was built for, as far as the file says.

use crate::image::{Architecture, Image};

/// A core, as chip files name it.
#[derive(Clone, Copy, Debug)]
pub struct Core<'a> {
    /// `armv7-m`, `riscv32`, ...
    pub arch: &'a str,
    /// `cortex-m3`, `rv32imac`, ...
    pub name: &'a str,
    /// Whether it has floating point.
    pub float: bool,
}

impl Image {
    /// What the file was built for, in words, if that is more than the core has. `None`: it can run there, or the file does
    /// not say.
    #[must_use]
    pub fn exceeds(&self, core: Core<'_>) -> Option<String> {
        match self.architecture() {
            Architecture::Arm => {
                let built = self.arm_attributes()?;
                (!built.runs_on(core.arch, core.float)).then(|| built.name())
            }
            Architecture::Riscv32 | Architecture::Riscv64 => {
                let built = self.riscv_attributes()?;
                (!built.runs_on(core.name)).then(|| built.to_string())
            }
            _ => None,
        }
    }
}
