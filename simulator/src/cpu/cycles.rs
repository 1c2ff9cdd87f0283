//! What an instruction costs.
//!
//! The Cortex-M3's figures are those of its Technical Reference Manual (Arm DDI 0337, section 3.3.1, "Cortex-M3
//! instructions"). They are deterministic and approximate; where the manual gives a range, this is what stands for it:
//!
//! | class | the manual | here |
//! |---|---|---|
//! | data processing, multiply to 32 bits | 1 | 1 |
//! | MLA, MLS | 2 | 2 |
//! | SMULL, UMULL; SMLAL, UMLAL | 3-5; 4-7 by operand | 5; 7 |
//! | SDIV, UDIV | 2-12 by operand | 12 |
//! | one load or store | 2; 1 when it follows another one | 2; 1 when it directly follows another one |
//! | LDM, STM, PUSH, POP, LDRD, STRD of N registers | 1 + N | 1 + N |
//! | exclusive load or store | 2 | 2 |
//! | branch taken; not taken | 1 + P; 1 | 1 + P; 1 |
//! | load of PC; POP with PC | 2 + P; 1 + N + P | the same |
//! | TBB, TBH | 2 + P | 2 + P |
//! | P, the refill of the pipeline | 1-3 | 2 |
//! | CPS, MRS, MSR | 1 or 2 | 2 |
//! | ISB; DSB, DMB | 1 + B | 1 + P; 1 |
//! | IT, NOP, hints | 1 (IT may be folded to 0) | 1 |
//! | exception entry; tail-chain; return | 12; 6; 10 (the chapter on exceptions) | the same |
//!
//! Not modelled: an instruction that its IT block skips costs what it would cost otherwise (the manual: 1); wait states
//! of memories and of the bus; interlocks.

use super::thumb::is_wide;

/// The refill of the pipeline behind a branch, P.
const REFILL: u8 = 2;

/// What must be looked at when an instruction has ended, as bits of [`Cost::after`].
pub mod after {
    /// It may have branched: if it has not, [`super::Cost::refill`] is taken back.
    pub const BRANCH: u8 = 1;
    /// A single load or store: another one right behind it takes a cycle less.
    pub const SINGLE: u8 = 2;
    /// It may have written PRIMASK, BASEPRI, FAULTMASK or CONTROL.
    pub const MASKS: u8 = 4;
    /// SEV.
    pub const EVENT: u8 = 8;
    /// WFE.
    pub const WAIT: u8 = 16;
    /// YIELD: nothing to do, but the engine stops there.
    pub const YIELD: u8 = 32;
}

/// The cost of one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Cycles, a branch taken for taken.
    pub cycles: u8,
    /// Of these, cycles to take back if the branch is not taken.
    pub refill: u8,
    /// See [`after`].
    pub after: u8,
}

/// How instructions and exceptions are charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostModel {
    /// By the Cortex-M3's table.
    CortexM3,
    /// One instruction is one cycle; exceptions are free.
    Instruction,
}

impl CostModel {
    /// The cost of an instruction; `second` is not looked at if `first` is all of it.
    #[must_use]
    pub fn instruction(self, first: u16, second: u16) -> Cost {
        let cost = if is_wide(first) { wide(first, second) } else { narrow(first) };
        match self {
            Self::CortexM3 => cost,
            Self::Instruction => Cost { cycles: 1, refill: 0, after: cost.after & !(after::BRANCH | after::SINGLE) },
        }
    }

    /// Cycles from an exception's recognition to its handler's first instruction: stacking and vector fetch.
    #[must_use]
    pub fn exception_entry(self) -> u64 {
        self.exception(12)
    }

    /// Cycles from the end of a handler to the first instruction of the one that follows without unstacking.
    #[must_use]
    pub fn tail_chain(self) -> u64 {
        self.exception(6)
    }

    /// Cycles from the end of a handler to the first instruction of what it had interrupted: unstacking.
    #[must_use]
    pub fn exception_return(self) -> u64 {
        self.exception(10)
    }

    fn exception(self, cycles: u64) -> u64 {
        match self {
            Self::CortexM3 => cycles,
            Self::Instruction => 0,
        }
    }
}

const fn plain(cycles: u8) -> Cost {
    Cost { cycles, refill: 0, after: 0 }
}

const fn with(cycles: u8, after: u8) -> Cost {
    Cost { cycles, refill: 0, after }
}

const fn branch(cycles: u8) -> Cost {
    Cost { cycles: cycles + REFILL, refill: REFILL, after: after::BRANCH }
}

const SINGLE: Cost = with(2, after::SINGLE);

/// LDM, STM, PUSH, POP.
const fn multiple(registers: u16, load: bool) -> Cost {
    let cycles = 1 + registers.count_ones() as u8;
    if load && registers & 0x8000 != 0 { branch(cycles) } else { plain(cycles) }
}

const fn narrow(first: u16) -> Cost {
    match first >> 12 {
        0x4 if first & 0xff00 == 0x4700 => branch(1),                  // BX, BLX
        0x4 if matches!(first & 0xff87, 0x4487 | 0x4687) => branch(1), // ADD, MOV to PC
        0x4 if first & 0xf800 == 0x4800 => SINGLE,                     // LDR literal
        0x5..=0x9 => SINGLE,
        0xb => match first >> 8 & 0xf {
            0x1 | 0x3 | 0x9 | 0xb => branch(1), // CBZ, CBNZ
            0x4 => multiple(first & 0xff, false),
            0x5 => multiple(first & 0xff | 0x4000, false), // PUSH with LR
            0x6 if first & 0xffe0 == 0xb660 => with(2, after::MASKS), // CPS
            0xc => multiple(first & 0xff, true),
            0xd => multiple(first & 0xff | 0x8000, true), // POP with PC
            0xf => hint(first),
            _ => plain(1),
        },
        0xc => multiple(first & 0xff, false),
        0xd if first & 0x0e00 != 0x0e00 => branch(1), // B<cond>; UDF and SVC are 0xde and 0xdf
        0xe => branch(1),
        _ => plain(1),
    }
}

/// Hints, 16-bit or the low byte of the 32-bit form.
const fn hint(first: u16) -> Cost {
    match first {
        0xbf10 => with(1, after::YIELD),
        0xbf20 => with(1, after::WAIT),
        0xbf40 => with(1, after::EVENT),
        _ => plain(1),
    }
}

const fn wide(first: u16, second: u16) -> Cost {
    match first >> 9 & 0xf {
        0x4 if first & 0x0040 == 0 => multiple(second, first & 0x0010 != 0),
        0x4 => dual_or_exclusive(first, second),
        0x8..=0xb if second & 0x8000 != 0 => branch_or_system(first, second),
        0xc => single(first, second),
        0xd => multiply(first, second),
        _ => plain(1),
    }
}

const fn dual_or_exclusive(first: u16, second: u16) -> Cost {
    if first & 0xfff0 == 0xe8d0 && second & 0xffe0 == 0xf000 {
        branch(2) // TBB, TBH
    } else if first & 0x0120 == 0 {
        plain(2) // LDREX, STREX and the byte and halfword forms
    } else {
        plain(3) // LDRD, STRD
    }
}

const fn branch_or_system(first: u16, second: u16) -> Cost {
    if second & 0x5000 != 0 || first & 0x0380 != 0x0380 {
        return branch(1); // BL, B T4, B<cond> T3
    }
    match first & 0xfff0 {
        0xf380 | 0xf390 => with(2, after::MASKS), // MSR
        0xf3e0 | 0xf3f0 => plain(2),              // MRS
        0xf3a0 if second & 0xff00 == 0x8000 => hint(0xbf00 | (second & 0xff) << 4),
        0xf3b0 if second & 0x00f0 == 0x0060 => plain(1 + REFILL), // ISB
        _ => plain(1),
    }
}

const fn single(first: u16, second: u16) -> Cost {
    let load = first & 0x0010 != 0;
    if !load || second & 0xf000 != 0xf000 {
        SINGLE
    } else if first & 0x0060 == 0x0040 {
        branch(2) // LDR PC
    } else {
        plain(1) // PLD, PLI
    }
}

const fn multiply(first: u16, second: u16) -> Cost {
    match first & 0x01f0 {
        0x0100 if second & 0xf000 == 0xf000 => plain(1), // MUL
        0x0100 => plain(2),                              // MLA, MLS
        0x0180 | 0x01a0 => plain(5),                     // SMULL, UMULL
        0x0190 | 0x01b0 => plain(12),                    // SDIV, UDIV
        0x01c0 | 0x01e0 => plain(7),                     // SMLAL, UMLAL
        _ => plain(1),
    }
}
