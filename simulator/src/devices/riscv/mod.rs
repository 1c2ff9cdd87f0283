//! What stands beside RISC-V harts, whoever makes the chip.
//!
//! "Priv" is "The RISC-V Instruction Set Manual, Volume II: Privileged Architecture" 20211203, "ACLINT" the "RISC-V
//! Advanced Core Local Interruptor Specification" 1.0-rc4, whose first two devices at their usual places are SiFive's
//! CLINT; "PLIC" is the "RISC-V Platform-Level Interrupt Controller Specification" 1.0.0.

mod clint;
mod plic;

pub use clint::RiscvClint;
pub use plic::RiscvPlic;

/// Interrupts by their bits in mip (Priv 3.1.9), which are the lines of a hart.
mod line {
    /// Machine software interrupt.
    pub(super) const MSIP: u16 = 3;
    /// Machine timer interrupt.
    pub(super) const MTIP: u16 = 7;
    /// Supervisor external interrupt.
    pub(super) const SEIP: u16 = 9;
    /// Machine external interrupt.
    pub(super) const MEIP: u16 = 11;
}
