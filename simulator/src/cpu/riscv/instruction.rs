//! What an instruction is: enough of it to charge it, to say which memory it touches, and to execute what only the host
//! can (unprivileged specification 20191213, chapter 24; privileged specification 20211203, chapter 8).
//!
//! The tables are complete and strict: a word that is not here is an illegal instruction of the core, whatever the
//! instruction engine would make of it.

use super::compressed::expand;
use super::config::Isa;

/// An instruction as it lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched(pub u32);

impl Fetched {
    /// From its first halfword and the one behind it, which does not count if the first is all of it.
    #[must_use]
    pub const fn new(first: u16, second: u16) -> Self {
        Self(first as u32 | if is_wide(first) { (second as u32) << 16 } else { 0 })
    }

    /// Bytes: 2 or 4.
    #[must_use]
    pub const fn length(self) -> u32 {
        length(self.0 as u16)
    }

    /// The instruction of four bytes that it is, or stands for; `None` if it is reserved.
    #[must_use]
    pub const fn expand(self, isa: Isa) -> Option<u32> {
        if is_wide(self.0 as u16) { Some(self.0) } else { expand(self.0 as u16, isa) }
    }

    /// What it is; `None` if the core does not have it.
    #[must_use]
    pub const fn decode(self, isa: Isa) -> Option<Instruction> {
        match self.expand(isa) {
            Some(word) => decode(word, isa),
            None => None,
        }
    }
}

/// Whether a first halfword begins an instruction of four bytes. (Longer ones do not exist here: they are illegal, and
/// count as of four bytes.)
#[must_use]
pub const fn is_wide(first: u16) -> bool {
    first & 3 == 3
}

/// Bytes of the instruction that begins with this halfword.
#[must_use]
pub const fn length(first: u16) -> u32 {
    if is_wide(first) { 4 } else { 2 }
}

/// An access to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// The register that its address starts from.
    pub base: u8,
    /// What is added.
    pub offset: i32,
    /// Bytes: 1, 2, 4 or 8.
    pub size: u8,
}

/// What an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Integer arithmetic.
    Arithmetic,
    /// AUIPC: the address of the instruction plus this.
    AddToPc {
        /// Where to.
        rd: u8,
        /// What is added.
        offset: i32,
    },
    /// MUL and its kind.
    Multiply,
    /// DIV, REM and their kind.
    Divide {
        /// Of 64 bits.
        wide: bool,
    },
    /// A load, of an integer or a floating-point register.
    Load {
        /// Where from.
        memory: Memory,
        /// Of a floating-point register.
        float: bool,
    },
    /// A store, likewise.
    Store {
        /// Where to.
        memory: Memory,
        /// Of a floating-point register.
        float: bool,
    },
    /// LR.
    LoadReserved(Memory),
    /// SC.
    StoreConditional(Memory),
    /// An AMO.
    Atomic(Memory),
    /// JAL.
    Jump {
        /// The link register.
        rd: u8,
        /// Where to, from here.
        offset: i32,
    },
    /// JALR.
    JumpRegister {
        /// The link register.
        rd: u8,
        /// Where to.
        rs1: u8,
        /// What is added.
        offset: i32,
    },
    /// A conditional branch.
    Branch {
        /// BEQ, BNE, -, -, BLT, BGE, BLTU, BGEU.
        condition: u8,
        /// One register.
        rs1: u8,
        /// The other.
        rs2: u8,
        /// Where to, from here.
        offset: i32,
    },
    /// FENCE.
    Fence,
    /// FENCE.I.
    FenceInstructions,
    /// Floating-point arithmetic.
    Float(Float),
    /// FMIN and FMAX.
    FloatMinMax(MinMax),
    /// ECALL.
    EnvironmentCall,
    /// EBREAK.
    Breakpoint,
    /// MRET.
    MachineReturn,
    /// SRET.
    SupervisorReturn,
    /// WFI.
    WaitForInterrupt,
    /// SFENCE.VMA.
    FenceAddresses,
    /// CSRRW and the others.
    Csr(Csr),
}

/// Classes of floating-point arithmetic that cost the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Float {
    /// Addition, subtraction, sign injection.
    Add {
        /// Of double precision.
        double: bool,
    },
    /// Multiplication, fused or not.
    Multiply {
        /// Of double precision.
        double: bool,
    },
    /// Division.
    Divide,
    /// Square root.
    Root {
        /// Of double precision.
        double: bool,
    },
    /// Comparison, classification, conversion, move.
    Move,
}

/// FMIN or FMAX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinMax {
    /// Where to, a floating-point register.
    pub rd: u8,
    /// One.
    pub rs1: u8,
    /// The other.
    pub rs2: u8,
    /// Of double precision.
    pub double: bool,
    /// FMAX.
    pub max: bool,
}

/// An access to a control and status register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Csr {
    /// Where the old value goes.
    pub rd: u8,
    /// The register's number.
    pub number: u16,
    /// What is done.
    pub operation: CsrOperation,
    /// What with: a register's number, or the value itself.
    pub source: u8,
    /// The source is the value itself.
    pub immediate: bool,
}

/// What is done with a control and status register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsrOperation {
    /// It is written.
    Write,
    /// Bits are set.
    Set,
    /// Bits are cleared.
    Clear,
}

impl Csr {
    /// Whether it writes: setting and clearing with x0 or 0 only read.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self.operation, CsrOperation::Write) || self.source != 0
    }

    /// Whether it is fflags, frm or fcsr.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self.number, 1..=3)
    }
}

impl Instruction {
    /// The memory that it touches.
    #[must_use]
    pub const fn memory(self) -> Option<Memory> {
        match self {
            Self::Load { memory, .. }
            | Self::Store { memory, .. }
            | Self::LoadReserved(memory)
            | Self::StoreConditional(memory)
            | Self::Atomic(memory) => Some(memory),
            _ => None,
        }
    }

    /// Whether a fault of its memory access is one of a store (privileged specification, 3.7.1): of SC and AMO it is, also
    /// when they read.
    #[must_use]
    pub const fn faults_as_store(self) -> bool {
        matches!(self, Self::Store { .. } | Self::StoreConditional(_) | Self::Atomic(_))
    }

    /// Whether it needs the floating-point unit.
    #[must_use]
    pub const fn is_float(self) -> bool {
        match self {
            Self::Load { float, .. } | Self::Store { float, .. } => float,
            Self::Float(_) | Self::FloatMinMax(_) => true,
            Self::Csr(csr) => csr.is_float(),
            _ => false,
        }
    }
}

const fn rd(word: u32) -> u8 {
    (word >> 7 & 31) as u8
}

const fn rs1(word: u32) -> u8 {
    (word >> 15 & 31) as u8
}

const fn rs2(word: u32) -> u8 {
    (word >> 20 & 31) as u8
}

const fn i_immediate(word: u32) -> i32 {
    word.cast_signed() >> 20
}

const fn s_immediate(word: u32) -> i32 {
    word.cast_signed() >> 25 << 5 | (word >> 7 & 31).cast_signed()
}

const fn b_immediate(word: u32) -> i32 {
    let low = (word >> 8 & 0xf) << 1 | (word >> 25 & 0x3f) << 5 | (word >> 7 & 1) << 11;
    word.cast_signed() >> 31 << 12 | low.cast_signed()
}

const fn j_immediate(word: u32) -> i32 {
    let low = (word >> 21 & 0x3ff) << 1 | (word >> 20 & 1) << 11 | (word >> 12 & 0xff) << 12;
    word.cast_signed() >> 31 << 20 | low.cast_signed()
}

/// An instruction of four bytes.
const fn decode(word: u32, isa: Isa) -> Option<Instruction> {
    let funct3 = word >> 12 & 7;
    let funct7 = word >> 25;
    Some(match word & 0x7f {
        0x03 => return load(word, funct3, isa),
        0x07 => {
            let float = float_size(funct3, isa);
            let Some(size) = float else { return None };
            Instruction::Load { memory: Memory { base: rs1(word), offset: i_immediate(word), size }, float: true }
        }
        0x0f if funct3 == 0 => Instruction::Fence,
        0x0f if funct3 == 1 => Instruction::FenceInstructions,
        0x13 => match funct3 {
            1 if word >> 26 == 0 && (isa.wide || funct7 == 0) => Instruction::Arithmetic,
            5 if word >> 26 & !0x10 == 0 && (isa.wide || funct7 & 1 == 0) => Instruction::Arithmetic,
            1 | 5 => return None,
            _ => Instruction::Arithmetic,
        },
        0x17 => Instruction::AddToPc { rd: rd(word), offset: (word & 0xffff_f000).cast_signed() },
        0x1b if isa.wide => match (funct3, funct7) {
            (0, _) | (1, 0) | (5, 0 | 0x20) => Instruction::Arithmetic,
            _ => return None,
        },
        0x23 if funct3 < 3 || funct3 == 3 && isa.wide => {
            let memory = Memory { base: rs1(word), offset: s_immediate(word), size: 1 << funct3 };
            Instruction::Store { memory, float: false }
        }
        0x27 => {
            let Some(size) = float_size(funct3, isa) else { return None };
            Instruction::Store { memory: Memory { base: rs1(word), offset: s_immediate(word), size }, float: true }
        }
        0x2f if isa.atomic => return atomic(word, funct3, isa),
        0x33 => match (funct7, funct3) {
            (0, _) | (0x20, 0 | 5) => Instruction::Arithmetic,
            (1, 0..=3) => Instruction::Multiply,
            (1, _) => Instruction::Divide { wide: isa.wide },
            _ => return None,
        },
        0x37 => Instruction::Arithmetic,
        0x3b if isa.wide => match (funct7, funct3) {
            (0, 0 | 1 | 5) | (0x20, 0 | 5) => Instruction::Arithmetic,
            (1, 0) => Instruction::Multiply,
            (1, 4..=7) => Instruction::Divide { wide: false },
            _ => return None,
        },
        0x43 | 0x47 | 0x4b | 0x4f => {
            if !has_format(word, isa) || !is_rounding_mode(funct3) {
                return None;
            }
            Instruction::Float(Float::Multiply { double: funct7 & 3 == 1 })
        }
        0x53 => return float(word, funct3, funct7, isa),
        0x63 if funct3 & 6 != 2 => {
            Instruction::Branch { condition: funct3 as u8, rs1: rs1(word), rs2: rs2(word), offset: b_immediate(word) }
        }
        0x67 if funct3 == 0 => Instruction::JumpRegister { rd: rd(word), rs1: rs1(word), offset: i_immediate(word) },
        0x6f => Instruction::Jump { rd: rd(word), offset: j_immediate(word) },
        0x73 => return system(word, funct3, isa),
        _ => return None,
    })
}

const fn load(word: u32, funct3: u32, isa: Isa) -> Option<Instruction> {
    let size = match funct3 {
        0 | 4 => 1,
        1 | 5 => 2,
        2 => 4,
        6 if isa.wide => 4,
        3 if isa.wide => 8,
        _ => return None,
    };
    let memory = Memory { base: rs1(word), offset: i_immediate(word), size };
    Some(Instruction::Load { memory, float: false })
}

/// Bytes of a load or store of a floating-point register.
const fn float_size(funct3: u32, isa: Isa) -> Option<u8> {
    match funct3 {
        2 if isa.float => Some(4),
        3 if isa.double => Some(8),
        _ => None,
    }
}

const fn atomic(word: u32, funct3: u32, isa: Isa) -> Option<Instruction> {
    let size = match funct3 {
        2 => 4,
        3 if isa.wide => 8,
        _ => return None,
    };
    let memory = Memory { base: rs1(word), offset: 0, size };
    Some(match word >> 27 {
        0b00010 if rs2(word) == 0 => Instruction::LoadReserved(memory),
        0b00011 => Instruction::StoreConditional(memory),
        // Swap, add; xor, and, or; min, max, signed and not.
        0b00001 | 0b00000 | 0b00100 | 0b01100 | 0b01000 | 0b10000 | 0b10100 | 0b11000 | 0b11100 => {
            Instruction::Atomic(memory)
        }
        _ => return None,
    })
}

/// Whether there is floating point of the instruction's format: single or double precision.
const fn has_format(word: u32, isa: Isa) -> bool {
    match word >> 25 & 3 {
        0 => isa.float,
        1 => isa.double,
        _ => false,
    }
}

/// Whether an instruction may ask for this rounding mode. (7 is the one in frm, which may turn out invalid.)
const fn is_rounding_mode(funct3: u32) -> bool {
    !matches!(funct3, 5 | 6)
}

const fn float(word: u32, funct3: u32, funct7: u32, isa: Isa) -> Option<Instruction> {
    if !has_format(word, isa) {
        return None;
    }
    let double = funct7 & 3 == 1;
    let (source, rounds) = (rs2(word), is_rounding_mode(funct3));
    // An integer of 64 bits in a core register needs one.
    let integer = source < 2 || source < 4 && isa.wide;
    Some(Instruction::Float(match funct7 >> 2 {
        0b00000 | 0b00001 if rounds => Float::Add { double },
        0b00010 if rounds => Float::Multiply { double },
        0b00011 if rounds => Float::Divide,
        0b01011 if rounds && source == 0 => Float::Root { double },
        0b00100 if funct3 < 3 => Float::Add { double },
        0b00101 if funct3 < 2 => {
            let operands = MinMax { rd: rd(word), rs1: rs1(word), rs2: source, double, max: funct3 == 1 };
            return Some(Instruction::FloatMinMax(operands));
        }
        // Between single and double precision.
        0b01000 if rounds && isa.double && source == (!double) as u8 => Float::Move,
        0b10100 if funct3 < 3 => Float::Move,
        0b11000 | 0b11010 if rounds && integer => Float::Move,
        0b11100 if funct3 == 0 && source == 0 && (!double || isa.wide) => Float::Move,
        0b11100 if funct3 == 1 && source == 0 => Float::Move,
        0b11110 if funct3 == 0 && source == 0 && (!double || isa.wide) => Float::Move,
        _ => return None,
    }))
}

const fn system(word: u32, funct3: u32, isa: Isa) -> Option<Instruction> {
    let operation = match funct3 & 3 {
        1 => CsrOperation::Write,
        2 => CsrOperation::Set,
        3 => CsrOperation::Clear,
        _ => {
            return match word {
                0x0000_0073 => Some(Instruction::EnvironmentCall),
                0x0010_0073 => Some(Instruction::Breakpoint),
                0x1050_0073 => Some(Instruction::WaitForInterrupt),
                0x3020_0073 => Some(Instruction::MachineReturn),
                0x1020_0073 if isa.supervisor => Some(Instruction::SupervisorReturn),
                _ if word & 0xfe00_7fff == 0x1200_0073 && isa.supervisor => Some(Instruction::FenceAddresses),
                _ => None,
            };
        }
    };
    let csr =
        Csr { rd: rd(word), number: (word >> 20) as u16, operation, source: rs1(word), immediate: funct3 & 4 != 0 };
    if csr.is_float() && !isa.float { None } else { Some(Instruction::Csr(csr)) }
}

#[cfg(test)]
mod tests;
