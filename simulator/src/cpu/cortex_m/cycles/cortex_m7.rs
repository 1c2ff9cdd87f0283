//! What an instruction costs on a Cortex-M7: an approximation, and no table of Arm's.
//!
//! The core issues up to two instructions a cycle and predicts branches, and Arm publishes no cycle counts for it. What
//! stands here is a core that issues one at a time and predicts every branch, with the latencies of the scheduling model
//! by which LLVM compiles for it (ARMScheduleM7.td): real code takes about as long where its instructions depend on each
//! other, and down to half of that where they do not.
//!
//! | class | LLVM's model | here |
//! |---|---|---|
//! | data processing, multiplication, DSP | 1 or 2, two or one a cycle | 1 |
//! | SDIV, UDIV | 7, nothing beside them | 7 |
//! | one load or store, LDRD, STRD, exclusive ones | one a cycle, of 64 bits | 1 |
//! | LDM, STM, PUSH, POP of N registers | not given; of 64 bits a cycle | N / 2, upwards |
//! | branch taken; not taken | 2, predicted | 1 + P; 1 |
//! | load of PC; POP with PC; TBB, TBH | as a load and a branch; two cycles to issue | 1 + P; N / 2 + P; 2 + P |
//! | P, the refill of the pipeline | | 1 |
//! | CPS, MRS, MSR, ISB, DSB, DMB | 3, nothing beside them | 3 |
//! | floating point, single; double | a latency of 3, the unit's stages | 1 |
//! | VADD, VSUB, double | 4 | 4 - 2 |
//! | VMUL, VNMUL, single; double | 3; 7 | 1; 7 - 2 |
//! | VMLA, VFMA and their like, single; double | 6; 11 | 6 - 2; 11 - 2 |
//! | VDIV, VSQRT, single; double | 16; 30 | 16 - 2; 30 - 2 |
//! | VLDR, VSTR; VLDM, VSTM, VPUSH, VPOP of N words | of 64 bits a cycle | 1; N / 2, upwards |
//! | VMOV to and from core registers, VMRS, VMSR | 1 | 1 |
//! | exception entry; tail-chain; return | 12 (Arm: typically 12, 14 at most) | 12; 6; 10, as a Cortex-M4 |
//! | saving or loading floating-point registers | not given; of 64 bits a cycle | 9 |
//!
//! Caches are not modelled: every access takes as long as if it were found there.

use super::{Cost, after};
use crate::cpu::cortex_m::thumb::float::{Extension, FloatClass, class, is_double};

/// The refill of the pipeline behind a branch that was predicted.
const REFILL: u8 = 1;

/// Seventeen words of a frame's floating-point part.
pub(super) const FLOAT_CONTEXT: u64 = 9;

/// The cost of an instruction that would cost `m3` on a Cortex-M3.
pub(super) const fn instruction(first: u16, second: u16, m3: Cost) -> Cost {
    let refill = if m3.after & after::BRANCH != 0 { REFILL } else { 0 };
    let cycles = if m3.after & after::FLOAT != 0 { float(first, second) } else { integer(first, second, m3) };
    // Loads and stores follow each other one a cycle anyhow.
    Cost { cycles: cycles + refill, refill, after: m3.after & !after::SINGLE }
}

const fn integer(first: u16, second: u16, m3: Cost) -> u8 {
    let table_branch = first & 0xfff0 == 0xe8d0 && second & 0xffe0 == 0xf000;
    let division = first & 0xffd0 == 0xfb90;
    if division {
        7
    } else if m3.after & after::MASKS != 0 || is_system(first, second) {
        3
    } else if table_branch {
        2
    } else {
        halves(registers(first, second))
    }
}

/// MRS and the barriers.
const fn is_system(first: u16, second: u16) -> bool {
    first & 0xffe0 == 0xf3e0 && second & 0xd000 == 0x8000
        || first & 0xfff0 == 0xf3b0 && second & 0xd000 == 0x8000 && matches!(second >> 4 & 0xf, 4..=6)
}

/// How many registers an instruction loads or stores, if that is what it does with several; else 1.
const fn registers(first: u16, second: u16) -> u8 {
    let count = match first >> 8 {
        0xb4 | 0xbc | 0xc0..=0xcf => (first & 0xff).count_ones(),
        0xb5 | 0xbd => 1 + (first & 0xff).count_ones(),
        0xe8 | 0xe9 if first & 0x0040 == 0 => second.count_ones(),
        _ => 1,
    };
    count as u8
}

/// Cycles for so many words, two at a time.
const fn halves(words: u8) -> u8 {
    if words == 0 { 1 } else { words.div_ceil(2) }
}

const fn float(first: u16, second: u16) -> u8 {
    let double = is_double(second);
    match class(Extension::V5Double, first, second) {
        Some(FloatClass::MultiplyAccumulate) => {
            if double {
                9
            } else {
                4
            }
        }
        Some(FloatClass::DivideOrRoot) => {
            if double {
                28
            } else {
                14
            }
        }
        Some(FloatClass::Memory { words }) => halves(words),
        // By opc1 (DDI 0403E, table A6-2); what FPv5 adds has other encodings.
        Some(FloatClass::Processing) if double && first & 0x1000 == 0 => match first >> 4 & 0xb {
            0x2 => 5,
            0x3 => 2,
            _ => 1,
        },
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::CostModel;
    use super::*;

    /// Encodings by arm-none-eabi-as 2.40, -mcpu=cortex-m7 -mfpu=fpv5-d16; figures from the table in this file's head.
    fn check(name: &str, cycles: u8, refill: u8, after: u16, encodings: &[u32]) {
        for &encoding in encodings {
            let (first, second) =
                if encoding > 0xffff { ((encoding >> 16) as u16, encoding as u16) } else { (encoding as u16, 0) };
            let cost = CostModel::CortexM7.instruction(first, second);
            assert_eq!(cost, Cost { cycles, refill, after }, "{name}: {encoding:08x}");
        }
    }

    #[test]
    fn integers() {
        // adds; movw; mul.w; mla; umull; smlal; smuad; nop
        check(
            "one",
            1,
            0,
            0,
            &[0x18d1, 0xf240_41d2, 0xfb02_f103, 0xfb02_4103, 0xfba3_1204, 0xfbc3_1204, 0xfb22_f103, 0xbf00],
        );
        check("sdiv, udiv", 7, 0, 0, &[0xfb92_f1f3, 0xfbb2_f1f3]);
        check("mrs, isb, dsb, dmb", 3, 0, 0, &[0xf3ef_8110, 0xf3bf_8f6f, 0xf3bf_8f4f, 0xf3bf_8f5f]);
        check("cpsid i; msr basepri, r1", 3, 0, after::MASKS, &[0xb672, 0xf381_8811]);
    }

    #[test]
    fn loads_and_stores() {
        // ldr r1, [r2, #4]; str r1, [sp, #8]; ldr.w r1, [r2], #4; ldrd; strd; ldrex; strex
        check("one", 1, 0, 0, &[0x6851, 0x9102, 0xf852_1b04, 0xe9d3_1200, 0xe9e3_1202, 0xe852_1f00, 0xe843_2100]);
        // push {r4, r5, lr}; ldmia r1!, {3}; ldmia.w r8!, {3}; pop {r4, r5}
        check("two or three registers", 2, 0, 0, &[0xb530, 0xc91c, 0xe8b8_0206]);
        check("two", 1, 0, 0, &[0xbc30, 0xc10c]);
        check("stmdb sp!, nine", 5, 0, 0, &[0xe92d_4ff0]);
    }

    #[test]
    fn branches() {
        let (branch, interworking) = (after::BRANCH, after::BRANCH | after::INTERWORKING);
        check("bne, b, bl, cbz", 2, 1, branch, &[0xd1fe, 0xe7fe, 0xf7ff_fffe, 0xb111]);
        check("bx lr, ldr pc", 2, 1, interworking, &[0x4770, 0xf8d2_f004]);
        check("tbb", 3, 1, branch, &[0xe8df_f001]);
        check("pop {r4, r5, pc}", 3, 1, interworking, &[0xbd30]);
    }

    #[test]
    fn floating_point() {
        let float = after::FLOAT;
        // vadd.f32; vmul.f32; vcvt.s32.f64 s0, d1; vcvt.f64.f32 d0, s1; vabs.f64 d0, d1; vmaxnm.f64 d0, d1, d2;
        // vrintn.f64 d0, d1; vmov s1, r2; vmrs r1, fpscr
        check(
            "one",
            1,
            0,
            float,
            &[
                0xee7f_0a2f,
                0xee63_2a23,
                0xeebd_0bc1,
                0xeeb7_0ae0,
                0xeeb0_0bc1,
                0xfe81_0b02,
                0xfeb9_0b41,
                0xee00_2a90,
                0xeef1_1a10,
            ],
        );
        check("vadd.f64, vsub.f64", 2, 0, float, &[0xee31_0b02, 0xee31_0b42]);
        check("vmul.f64", 5, 0, float, &[0xee21_0b02]);
        check("vfma.f32; vfma.f64", 4, 0, float, &[0xeee1_0a21]);
        check("vfma.f64, vmla.f64", 9, 0, float, &[0xeea1_0b02, 0xee01_0b02]);
        check("vdiv.f32, vsqrt.f32", 14, 0, float, &[0xeec1_0a21, 0xeeb1_2ae2]);
        check("vdiv.f64, vsqrt.f64", 28, 0, float, &[0xee81_0b02, 0xeeb1_0bc1]);
        check("vldr s1; vstr d15", 1, 0, float, &[0xedd2_0a01, 0xed83_fbff]);
        check("vldmia of three; vpush {s0-s31}", 2, 0, float, &[0xecd1_0a03]);
        check("vpush {s0-s31}, vpop {d0-d15}", 16, 0, float, &[0xed2d_0a20, 0xecbd_0b20]);
    }

    #[test]
    fn exceptions() {
        let m7 = CostModel::CortexM7;
        assert_eq!((m7.exception_entry(), m7.tail_chain(), m7.exception_return(), m7.float_context()), (12, 6, 10, 9));
    }
}
