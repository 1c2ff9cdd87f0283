//! What an instruction costs.
//!
//! The integer pipeline is that of SiFive's E31 and U54, as the FE310-G000 manual (v3p2) tells it: one instruction a
//! cycle, and results that come later hold up whoever needs them. Which instruction does is not looked at: each is charged
//! the latency of its result, as if the next one needed it. Floating point is not in that manual; its latencies are those
//! of the same pipeline in LLVM's model of it (RISCVSchedRocket.td). The figures are deterministic and approximate:
//!
//! | class | source | there | here |
//! |---|---|---|---|
//! | arithmetic, LUI, AUIPC, stores, FENCE | FE310-G000, 3.3 | 1 | 1 |
//! | LW, LD, LWU, FLW, FLD; LB, LH and unsigned ones | 3.3 | 2; 3 | the same |
//! | MUL, MULH, MULHU, MULHSU, MULW | 3.3 | 5 | 5 |
//! | DIV, REM and unsigned ones, DIVW, REMW; of 64 bits | 3.3 (one bit a cycle) | 2-33 by operand; - | 33; 65 |
//! | reads of CSRs, and writes | 3.3 | 3; - | 3 |
//! | JAL, JALR | 3.2: predicted by target buffer and return stack | 1; 4 if mispredicted | 1 |
//! | branch: backward and taken, forward and not | 3.2: predicted by history | 1 | 1 |
//! | branch: backward and not taken, forward and taken | 3.2 | 4 if mispredicted | 4 |
//! | LR, SC, AMO | RISCVSchedRocket | 2; 1 for SC | 2; 1; 2 |
//! | FADD, FSUB, FSGNJ, FMIN, FMAX: single; double | RISCVSchedRocket | 4; 6 | the same |
//! | FMUL, FMADD and their kind: single; double | RISCVSchedRocket | 5; 7 | the same |
//! | FDIV; FSQRT single; FSQRT double | RISCVSchedRocket | 20; 20; 25 | the same |
//! | FCVT, FMV, FCLASS, comparisons | RISCVSchedRocket | 2 | 2 |
//! | MRET, SRET, FENCE.I, SFENCE.VMA, WFI | not given | - | 4: the pipeline is refilled, as behind a mispredicted branch |
//! | a trap, from its cause to the handler's first instruction | 8.5, of interrupts | 4 | 4 |
//!
//! Not modelled: caches and wait states; the three cycles that a PLIC adds; that independent instructions overlap.

use super::boxing::operands;
use super::config::Isa;
use super::instruction::{Fetched, Float, Instruction};

/// What must be known of an instruction that has ended or is to begin, as bits of [`Cost::after`].
pub mod after {
    /// A branch forward: if it is not taken, [`super::Cost::refill`] is taken back.
    pub const FORWARD: u16 = 1;
    /// A branch backward: if it is taken, [`super::Cost::refill`] is taken back.
    pub const BACKWARD: u16 = 2;
    /// The instruction engine must not see it: the core executes it, or finds it illegal.
    pub const HOST: u16 = 4;
    /// The core executes it, or finds it illegal, and the instruction engine says so by itself.
    pub const TRAPS: u16 = 8;
    /// It needs the floating-point unit.
    pub const FLOAT: u16 = 16;
    /// FENCE.I.
    pub const FENCE: u16 = 32;
    /// SC: without a reservation the instruction engine would not look whether its address is aligned.
    pub const CONDITIONAL: u16 = 64;
    /// Single precision in registers of double precision: see [`crate::cpu::riscv::boxing`].
    pub const BOXES: u16 = 128;
    /// A fused multiplication: likewise.
    pub const FUSED: u16 = 256;
}

/// Cycles that a mispredicted branch adds.
const REFILL: u8 = 3;

/// The cost of one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Cycles, a branch mispredicted.
    pub cycles: u8,
    /// Of these, cycles to take back if the branch goes the other way.
    pub refill: u8,
    /// See [`after`].
    pub after: u16,
}

/// How instructions and traps are charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// By the table of this module.
    Pipeline,
    /// One instruction is one cycle; traps are free.
    Instruction,
}

/// The cost table of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostModel {
    /// Its instruction set: what it does not have is illegal.
    pub isa: Isa,
    /// How it is charged.
    pub clock: Clock,
}

impl CostModel {
    /// The cost of an instruction.
    #[must_use]
    pub const fn instruction(self, fetched: Fetched) -> Cost {
        let Some(instruction) = fetched.decode(self.isa) else {
            // It is never executed.
            return Cost { cycles: 1, refill: 0, after: after::HOST };
        };
        let (cycles, refill) = match self.clock {
            Clock::Pipeline => cycles(instruction),
            Clock::Instruction => (1, 0),
        };
        let used = operands(fetched, self.isa);
        let boxes = if used.need_boxes() { after::BOXES } else { 0 };
        let fused = if used.product.is_some() { after::FUSED } else { 0 };
        Cost { cycles, refill, after: flags(instruction, refill) | boxes | fused }
    }

    /// Cycles from an interrupt or exception to the handler's first instruction.
    #[must_use]
    pub const fn trap(self) -> u64 {
        match self.clock {
            Clock::Pipeline => 4,
            Clock::Instruction => 0,
        }
    }
}

/// Cycles, and those of them that come back if a branch goes the way that was predicted.
const fn cycles(instruction: Instruction) -> (u8, u8) {
    let plain = match instruction {
        Instruction::Arithmetic
        | Instruction::AddToPc { .. }
        | Instruction::Store { .. }
        | Instruction::StoreConditional(_)
        | Instruction::Jump { .. }
        | Instruction::JumpRegister { .. }
        | Instruction::Fence => 1,
        Instruction::Load { memory, .. } if memory.size < 4 => 3,
        Instruction::Load { .. } | Instruction::LoadReserved(_) | Instruction::Atomic(_) => 2,
        Instruction::Multiply => 5,
        Instruction::Divide { wide: false } => 33,
        Instruction::Divide { wide: true } => 65,
        Instruction::Branch { .. } => return (1 + REFILL, REFILL),
        Instruction::Float(class) => float(class),
        Instruction::FloatMinMax(operands) => float(Float::Add { double: operands.double }),
        Instruction::Csr(_) => 3,
        // They trap, which is charged by itself.
        Instruction::EnvironmentCall | Instruction::Breakpoint => 1,
        Instruction::MachineReturn
        | Instruction::SupervisorReturn
        | Instruction::FenceInstructions
        | Instruction::FenceAddresses
        | Instruction::WaitForInterrupt => 1 + REFILL,
    };
    (plain, 0)
}

const fn float(class: Float) -> u8 {
    match class {
        Float::Add { double: false } => 4,
        Float::Add { double: true } => 6,
        Float::Multiply { double: false } => 5,
        Float::Multiply { double: true } => 7,
        Float::Divide | Float::Root { double: false } => 20,
        Float::Root { double: true } => 25,
        Float::Move => 2,
    }
}

const fn flags(instruction: Instruction, refill: u8) -> u16 {
    let float = if instruction.is_float() { after::FLOAT } else { 0 };
    float
        | match instruction {
            Instruction::Branch { offset, .. } if refill > 0 && offset < 0 => after::BACKWARD,
            Instruction::Branch { .. } if refill > 0 => after::FORWARD,
            Instruction::FenceInstructions => after::FENCE,
            Instruction::StoreConditional(_) => after::CONDITIONAL,
            Instruction::FloatMinMax(_)
            | Instruction::SupervisorReturn
            | Instruction::WaitForInterrupt
            | Instruction::FenceAddresses => after::HOST,
            Instruction::EnvironmentCall | Instruction::Breakpoint | Instruction::MachineReturn => after::TRAPS,
            // The engine never is in M-mode, so registers of that mode trap.
            Instruction::Csr(csr) if csr.number >> 8 & 3 == 3 => after::TRAPS,
            Instruction::Csr(_) => after::HOST,
            _ => 0,
        }
}

#[cfg(test)]
mod tests;
