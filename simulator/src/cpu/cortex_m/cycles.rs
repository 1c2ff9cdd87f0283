//! What an instruction costs. The Cortex-M4's own figures are in [`cortex_m4`], those of the Cortex-M0 and M0+ in
//! [`cortex_m0`], what stands for those of the Cortex-M7 and the Cortex-M33 in [`cortex_m7`] and [`cortex_m33`].
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
//! Wait states of memories come on top: [`Costs`].
//!
//! Not modelled: an instruction that its IT block skips costs what it would cost otherwise (the manual: 1); wait states
//! of the bus, and of memories but for instruction fetches; interlocks.

pub mod cortex_m0;
pub mod cortex_m33;
pub mod cortex_m4;
pub mod cortex_m7;
mod waits;

pub use waits::Costs;

use super::config::Architecture;
use super::thumb::float::is_float;
use super::thumb::is_wide;

/// The refill of the pipeline behind a branch, P.
const REFILL: u8 = 2;

/// What must be looked at when an instruction has ended, as bits of [`Cost::after`].
pub mod after {
    /// It may have branched: if it has not, [`super::Cost::refill`] is taken back.
    pub const BRANCH: u16 = 1;
    /// A single load or store: another one right behind it takes a cycle less.
    pub const SINGLE: u16 = 2;
    /// It may have written PRIMASK, BASEPRI, FAULTMASK or CONTROL.
    pub const MASKS: u16 = 4;
    /// SEV.
    pub const EVENT: u16 = 8;
    /// WFE.
    pub const WAIT: u16 = 16;
    /// YIELD: nothing to do, but the engine stops there.
    pub const YIELD: u16 = 32;
    /// It may have branched to an address whose bit 0 becomes the T bit.
    pub const INTERWORKING: u16 = 64;
    /// It needs the floating-point unit. The one bit here that is about what comes before the instruction: the unit may
    /// be off, or may still owe somebody the saving of its registers.
    pub const FLOAT: u16 = 128;
    /// Of an Armv6-M core, which has no floating point: it does not have the instruction, or does something else than
    /// the engine would.
    pub const FOREIGN: u16 = FLOAT;
}

/// The cost of one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Cycles, a branch taken for taken.
    pub cycles: u8,
    /// Of these, cycles to take back if the branch is not taken.
    pub refill: u8,
    /// See [`after`].
    pub after: u16,
}

/// How instructions and exceptions are charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostModel {
    /// By the Cortex-M0's table.
    CortexM0,
    /// By the Cortex-M0+'s table.
    CortexM0Plus,
    /// By the Cortex-M3's table.
    CortexM3,
    /// By the Cortex-M4's tables.
    CortexM4,
    /// By what is here for the Cortex-M7.
    CortexM7,
    /// By what is here for the Cortex-M33.
    CortexM33,
    /// One instruction, of those which this architecture has, is one cycle; exceptions are free.
    Instruction(Architecture),
}

impl CostModel {
    /// Cycles from the beginning of an instruction to its access of a device. The instruction clock has it at the
    /// instruction's end, as QEMU's `-icount` does: a timer that it starts counts from there.
    pub(crate) fn access_delay(self) -> u64 {
        u64::from(matches!(self, Self::Instruction(_)))
    }

    /// The cost of an instruction; `second` is not looked at if `first` is all of it.
    #[must_use]
    pub fn instruction(self, first: u16, second: u16) -> Cost {
        match self {
            Self::CortexM0 => cortex_m0::instruction(first, second, cortex_m0::REFILL),
            Self::CortexM0Plus => cortex_m0::instruction(first, second, cortex_m0::REFILL_PLUS),
            Self::CortexM3 => cortex_m3(first, second),
            Self::CortexM4 => cortex_m4::instruction(first, second, cortex_m3(first, second)),
            Self::CortexM7 => cortex_m7::instruction(first, second, cortex_m3(first, second)),
            Self::CortexM33 => cortex_m33::instruction(first, second, cortex_m3(first, second)),
            Self::Instruction(architecture) => {
                let own = if architecture == Architecture::V6M { Self::CortexM0 } else { Self::CortexM3 };
                let after = own.instruction(first, second).after & !(after::BRANCH | after::SINGLE);
                Cost { cycles: 1, refill: 0, after }
            }
        }
    }

    /// Cycles from an exception's recognition to its handler's first instruction: stacking and vector fetch.
    #[must_use]
    pub fn exception_entry(self) -> u64 {
        self.exception([16, 15, 12])
    }

    /// Cycles from the end of a handler to the first instruction of the one that follows without unstacking.
    #[must_use]
    pub fn tail_chain(self) -> u64 {
        self.exception([8, 7, 6])
    }

    /// Cycles from the end of a handler to the first instruction of what it had interrupted: unstacking.
    #[must_use]
    pub fn exception_return(self) -> u64 {
        self.exception([12, 11, 10])
    }

    /// Cycles that a frame's floating-point part takes, to store or to load: what an entry takes longer without lazy
    /// saving, a return longer behind such a frame, and lazy saving itself when it comes.
    #[must_use]
    pub fn float_context(self) -> u64 {
        let others = if self == Self::CortexM7 { cortex_m7::FLOAT_CONTEXT } else { cortex_m4::FLOAT_CONTEXT };
        self.exception([0, 0, others])
    }

    /// Of the cycles of a Cortex-M0, a Cortex-M0+, and a Cortex-M3 or M4, those of this core.
    fn exception(self, [m0, m0_plus, others]: [u64; 3]) -> u64 {
        match self {
            Self::CortexM0 => m0,
            Self::CortexM0Plus => m0_plus,
            Self::CortexM3 | Self::CortexM4 | Self::CortexM7 | Self::CortexM33 => others,
            Self::Instruction(_) => 0,
        }
    }
}

const fn cortex_m3(first: u16, second: u16) -> Cost {
    if is_wide(first) { wide(first, second) } else { narrow(first) }
}

const fn plain(cycles: u8) -> Cost {
    Cost { cycles, refill: 0, after: 0 }
}

const fn with(cycles: u8, after: u16) -> Cost {
    Cost { cycles, refill: 0, after }
}

const fn branch(cycles: u8) -> Cost {
    Cost { cycles: cycles + REFILL, refill: REFILL, after: after::BRANCH }
}

/// BX, BLX and loads of PC: the only branches that can leave Thumb state.
const fn interworking(cycles: u8) -> Cost {
    Cost { after: after::BRANCH | after::INTERWORKING, ..branch(cycles) }
}

const SINGLE: Cost = with(2, after::SINGLE);

/// LDM, STM, PUSH, POP.
const fn multiple(registers: u16, load: bool) -> Cost {
    let cycles = 1 + registers.count_ones() as u8;
    if load && registers & 0x8000 != 0 { interworking(cycles) } else { plain(cycles) }
}

const fn narrow(first: u16) -> Cost {
    match first >> 12 {
        0x4 if first & 0xff00 == 0x4700 => interworking(1), // BX, BLX
        0x4 if matches!(first & 0xff87, 0x4487 | 0x4687) => branch(1), // ADD, MOV to PC
        0x4 if first & 0xf800 == 0x4800 => SINGLE,          // LDR literal
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
        _ if is_float(first, second) => with(1, after::FLOAT),
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
        // MSR: of the flags and stack pointers (B5.2.3, SYSm), and of what is looked at behind it.
        0xf380 | 0xf390 if second & 0xff < 10 => plain(2),
        0xf380 | 0xf390 => with(2, after::MASKS),
        0xf3e0 | 0xf3f0 => plain(2), // MRS
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
        interworking(2) // LDR PC
    } else {
        // PLD, PLI; the encodings among them that are unpredictable load PC in this engine.
        with(1, after::INTERWORKING)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodings by arm-none-eabi-as 2.40; figures from the table in this file's head.
    fn check(class: &str, cycles: u8, refill: u8, after: u16, encodings: &[(u16, u16)]) {
        for &(first, second) in encodings {
            let cost = CostModel::CortexM3.instruction(first, second);
            assert_eq!(cost, Cost { cycles, refill, after }, "{class}: {first:04x} {second:04x}");
        }
    }

    #[test]
    fn data_processing_takes_one() {
        // adds r1,r2,r3; mov r8,r1; lsls r1,r2,#3; rev r1,r2; uxtb r1,r2; moveq r1,r2
        check("16-bit", 1, 0, 0, &[(0x18d1, 0), (0x4688, 0), (0x00d1, 0), (0xba11, 0), (0xb2d1, 0), (0x4611, 0)]);
        // movw r1,#1234; add.w r1,r2,r3,lsl #4; ubfx; clz; ssat; bfi
        check(
            "32-bit",
            1,
            0,
            0,
            &[
                (0xf240, 0x41d2),
                (0xeb02, 0x1103),
                (0xf3c2, 0x01c3),
                (0xfab2, 0xf182),
                (0xf302, 0x0107),
                (0xf362, 0x0142),
            ],
        );
        // it eq; nop; nop.w; udf #0; udf.w #0; svc 1; clrex
        check("others", 1, 0, 0, &[(0xbf08, 0), (0xbf00, 0), (0xf3af, 0x8000), (0xde00, 0), (0xf7f0, 0xa000)]);
        check("others", 1, 0, 0, &[(0xdf01, 0), (0xf3bf, 0x8f2f)]);
    }

    #[test]
    fn multiply_and_divide() {
        check("mul.w, muls", 1, 0, 0, &[(0xfb02, 0xf103), (0x4351, 0)]);
        check("mla, mls", 2, 0, 0, &[(0xfb02, 0x4103), (0xfb02, 0x4113)]);
        check("umull, smull", 5, 0, 0, &[(0xfba3, 0x1204), (0xfb83, 0x1204)]);
        check("umlal, smlal", 7, 0, 0, &[(0xfbe3, 0x1204), (0xfbc3, 0x1204)]);
        check("udiv, sdiv", 12, 0, 0, &[(0xfbb2, 0xf1f3), (0xfb92, 0xf1f3)]);
    }

    #[test]
    fn loads_and_stores() {
        // ldr r1,[r2,#4]; ldr r1,[pc,#8]; ldrb r1,[r2,r3]; str r1,[sp,#8]
        check("single", 2, 0, after::SINGLE, &[(0x6851, 0), (0x4902, 0), (0x5cd1, 0), (0x9102, 0)]);
        // ldr.w r1,[r2,#400]; ldr.w r1,[r2],#4; str.w r1,[r2,r3,lsl #2]
        check("single", 2, 0, after::SINGLE, &[(0xf8d2, 0x1190), (0xf852, 0x1b04), (0xf842, 0x1023)]);
        // ldmia r1!,{3}; ldmia.w r8!,{3}; push {r4,r5,lr}
        check("three registers", 4, 0, 0, &[(0xc91c, 0), (0xe8b8, 0x0206), (0xb530, 0)]);
        // stmia r1!,{2}; pop {r4,r5}
        check("two registers", 3, 0, 0, &[(0xc10c, 0), (0xbc30, 0)]);
        check("stmdb sp!, nine registers", 10, 0, 0, &[(0xe92d, 0x4ff0)]);
        check("ldrd, strd", 3, 0, 0, &[(0xe9d3, 0x1200), (0xe9e3, 0x1202), (0xe8f3, 0x1202)]);
        check("ldrex, strex, ldrexb", 2, 0, 0, &[(0xe852, 0x1f00), (0xe843, 0x2100), (0xe8d2, 0x1f4f)]);
        check("pld", 1, 0, after::INTERWORKING, &[(0xf891, 0xf000)]);
    }

    #[test]
    fn branches_pay_the_refill() {
        let branch = after::BRANCH;
        check("b<c>, b", 3, 2, branch, &[(0xd0fe, 0), (0xe7fe, 0), (0xf7ff, 0xbffe), (0xf43f, 0xaffe)]);
        let interworking = branch | after::INTERWORKING;
        check("bl", 3, 2, branch, &[(0xf7ff, 0xfffe)]);
        check("bx, blx", 3, 2, interworking, &[(0x4770, 0), (0x4798, 0)]);
        check("mov pc, add pc, cbz, cbnz", 3, 2, branch, &[(0x46f7, 0), (0x448f, 0), (0xb111, 0), (0xb911, 0)]);
        check("tbb, tbh", 4, 2, branch, &[(0xe8df, 0xf001), (0xe8d2, 0xf011)]);
        check("ldr pc", 4, 2, interworking, &[(0xf8d2, 0xf004)]);
        check("pop {r4, r5, pc}; ldmia.w sp!, {r4, r8, pc}", 6, 2, interworking, &[(0xbd30, 0), (0xe8bd, 0x8110)]);
    }

    #[test]
    fn system_instructions() {
        check("cps, msr", 2, 0, after::MASKS, &[(0xb672, 0), (0xb661, 0), (0xf381, 0x8811)]);
        check("msr apsr, msr psp", 2, 0, 0, &[(0xf381, 0x8800), (0xf381, 0x8809)]);
        check("mrs", 2, 0, 0, &[(0xf3ef, 0x8110)]);
        check("isb", 3, 0, 0, &[(0xf3bf, 0x8f6f)]);
        check("dsb, dmb", 1, 0, 0, &[(0xf3bf, 0x8f4f), (0xf3bf, 0x8f5f)]);
        check("wfi", 1, 0, 0, &[(0xbf30, 0)]);
        check("wfe", 1, 0, after::WAIT, &[(0xbf20, 0), (0xf3af, 0x8002)]);
        check("sev", 1, 0, after::EVENT, &[(0xbf40, 0), (0xf3af, 0x8004)]);
        check("yield", 1, 0, after::YIELD, &[(0xbf10, 0)]);
    }

    #[test]
    fn exceptions() {
        let m3 = CostModel::CortexM3;
        assert_eq!((m3.exception_entry(), m3.tail_chain(), m3.exception_return()), (12, 6, 10));
        let plain = CostModel::Instruction(Architecture::V7M);
        assert_eq!((plain.exception_entry(), plain.tail_chain(), plain.exception_return()), (0, 0, 0));
    }

    #[test]
    fn the_instruction_clock_keeps_what_must_be_looked_at() {
        let cost = |first, second| CostModel::Instruction(Architecture::V7M).instruction(first, second);
        assert_eq!(cost(0xfb92, 0xf1f3), Cost { cycles: 1, refill: 0, after: 0 });
        assert_eq!(cost(0xd0fe, 0), Cost { cycles: 1, refill: 0, after: 0 });
        assert_eq!(cost(0xb672, 0), Cost { cycles: 1, refill: 0, after: after::MASKS });
    }
}
