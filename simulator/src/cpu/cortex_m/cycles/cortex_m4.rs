//! What an instruction costs on a Cortex-M4, where that is not what it costs on a Cortex-M3 (Arm DDI 0439D, sections
//! 3.3.1, "Cortex-M4 instructions", 3.9.1, "Exception handling", and 7.2.3, "FPU instruction set").
//!
//! | class | the manual | here |
//! |---|---|---|
//! | MLA, MLS, SMULL, UMULL, SMLAL, UMLAL (table 3-1) | 1 | 1 |
//! | the DSP instructions (table 3-2), UMAAL among them | 1 | 1 |
//! | SDIV, UDIV | 2-12 by operand | 12 |
//! | everything else of table 3-1 | as for the Cortex-M3 | the same |
//! | VABS, VADD, VCMP, VCMPE, VCVT, VMOV of registers and immediates, VMUL, VNEG, VNMUL, VSUB (table 7-1) | 1 | 1 |
//! | VMLA, VMLS, VNMLA, VNMLS, VFMA, VFMS, VFNMA, VFNMS | 3 | 3 |
//! | VDIV, VSQRT | 14; 1 if no other floating-point instruction follows | 14 |
//! | VLDR, VSTR, single; double | 2; 3 | 2; 3 |
//! | VLDM, VSTM, VPUSH, VPOP of N words (two for a double) | 1 + N | 1 + N |
//! | VMOV of half a double, to and from a core register | 1 | 1 |
//! | VMOV of one or two single registers or a double, to and from core registers | 2 | 2 |
//! | VMRS, VMSR | 1 | 1 |
//! | exception entry; tail-chain; return | 12; 6; 10 | the same |
//! | entry that saves floating-point registers at once; return that loads them | 29; 27 | 17 more each |
//! | lazy saving, in front of the handler's first floating-point instruction | not given | 17 |
//!
//! Not modelled, beyond what is not for the Cortex-M3: the cycle that an instruction waits for the floating-point result
//! of the one before; that VLDR and VSTR share a cycle with their neighbours; integer instructions that overtake VDIV and
//! VSQRT.

use super::{Cost, after};
use crate::cpu::cortex_m::thumb::float::{Extension, FloatClass, class};

/// What the seventeen words of a frame's floating-point part add to an entry or a return: 29 - 12 and 27 - 10.
pub(super) const FLOAT_CONTEXT: u64 = 17;

/// The cost of an instruction that would cost `m3` on a Cortex-M3.
pub(super) const fn instruction(first: u16, second: u16, m3: Cost) -> Cost {
    let cycles = if m3.after & after::FLOAT != 0 {
        float(first, second)
    } else if first & 0xff80 == 0xfb00 || first & 0xff80 == 0xfb80 && first & 0x00d0 != 0x0090 {
        1 // Multiplications, but not the divisions among the long ones.
    } else {
        m3.cycles
    };
    Cost { cycles, ..m3 }
}

const fn float(first: u16, second: u16) -> u8 {
    match class(Extension::V4Single, first, second) {
        Some(FloatClass::MultiplyAccumulate) => 3,
        Some(FloatClass::DivideOrRoot) => 14,
        Some(FloatClass::Memory { words }) => 1 + words,
        Some(FloatClass::Core) => 2,
        Some(FloatClass::Processing | FloatClass::Half | FloatClass::Status) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::CostModel;
    use super::*;
    use crate::cpu::cortex_m::config::Architecture;

    /// Encodings by arm-none-eabi-as 2.40; figures from the table in this file's head.
    fn check(name: &str, cycles: u8, after: u16, encodings: &[u32]) {
        for &encoding in encodings {
            let cost = CostModel::CortexM4.instruction((encoding >> 16) as u16, encoding as u16);
            assert_eq!(cost, Cost { cycles, refill: 0, after }, "{name}: {encoding:08x}");
        }
    }

    #[test]
    fn multiply_and_divide() {
        check("mul.w", 1, 0, &[0xfb02_f103]);
        check("mla, mls", 1, 0, &[0xfb02_4103, 0xfb02_4113]);
        check("umull, smull, umlal, smlal", 1, 0, &[0xfba3_1204, 0xfb83_1204, 0xfbe3_1204, 0xfbc3_1204]);
        check("udiv, sdiv", 12, 0, &[0xfbb2_f1f3, 0xfb92_f1f3]);
    }

    #[test]
    fn digital_signal_processing() {
        // smlabb; smlalbt; smlald; smulwb; smuad; smmla; smmul; smlsld; umaal; usada8; qadd; sadd16; uqsub8; sel;
        // pkhbt; ssat16; uxtab16; sxtb16
        check(
            "DSP",
            1,
            0,
            &[
                0xfb12_4103,
                0xfbc3_1294,
                0xfbc3_12c4,
                0xfb32_f103,
                0xfb22_f103,
                0xfb52_4103,
                0xfb52_f103,
                0xfbd3_12c4,
                0xfbe3_1264,
                0xfb72_4103,
                0xfa83_f182,
                0xfa92_f103,
                0xfac2_f153,
                0xfaa2_f183,
                0xeac2_0103,
                0xf322_0103,
                0xfa32_f183,
                0xfa2f_f182,
            ],
        );
    }

    #[test]
    fn floating_point() {
        let float = after::FLOAT;
        // vadd.f32 s1, s30, s31; vmul; vcmpe.f32 s20, #0.0; vcvt.s32.f32; vmov.f32 s17, #1.5; vneg
        check("processing", 1, float, &[0xee7f_0a2f, 0xee63_2a23, 0xeeb5_aac0, 0xeefd_aacb, 0xeef7_8a08, 0xeef1_6a47]);
        check("vmla, vnmls, vfma, vfnms", 3, float, &[0xee41_0a21, 0xee51_0a21, 0xeee1_0a21, 0xeed1_0a21]);
        check("vdiv, vsqrt", 14, float, &[0xeec1_0a21, 0xeeb1_2ae2]);
        check("vldr s1; vstr s30", 2, float, &[0xedd2_0a01, 0xed0d_fa02]);
        check("vldr d1; vstr d15", 3, float, &[0xed92_1b00, 0xed83_fbff]);
        check("vldmia, vstmia, vldmdb of three", 4, float, &[0xecd1_0a03, 0xece1_ea03, 0xed32_0a03]);
        check("vpush {s0-s31}, vpop {d0-d15}", 33, float, &[0xed2d_0a20, 0xecbd_0b20]);
        check(
            "vmov s1, r2; r3, s4; s4, s5, r6, r7; r6, r7, d8",
            2,
            float,
            &[0xee00_2a90, 0xee12_3a10, 0xec47_6a12, 0xec57_6b18],
        );
        check("vmov.32 d1[1], r2; r3, d4[0]", 1, float, &[0xee21_2b10, 0xee14_3b10]);
        check("vmrs, vmsr", 1, float, &[0xeef1_1a10, 0xeef1_fa10, 0xeee1_2a10]);
    }

    #[test]
    fn what_is_as_on_the_cortex_m3() {
        // adds; ldr; push {r4, r5, lr}; bne; bx lr; bl; ldrd; strex; msr; isb; tbb; pop {r4, r5, pc}
        let narrow = [0x18d1_u16, 0x6851, 0xb530, 0xd0fe, 0x4770, 0xbd30, 0xb672].map(|first| (first, 0));
        let wide = [0xf7ff_fffe_u32, 0xe9d3_1200, 0xe843_2100, 0xf381_8811, 0xf3bf_8f6f, 0xe8df_f001];
        for (first, second) in narrow.into_iter().chain(wide.map(|word| ((word >> 16) as u16, word as u16))) {
            let (m3, m4) = (CostModel::CortexM3, CostModel::CortexM4);
            assert_eq!(m4.instruction(first, second), m3.instruction(first, second), "{first:04x} {second:04x}");
        }
    }

    #[test]
    fn exceptions() {
        let m4 = CostModel::CortexM4;
        assert_eq!((m4.exception_entry(), m4.tail_chain(), m4.exception_return()), (12, 6, 10));
        assert_eq!(m4.exception_entry() + m4.float_context(), 29);
        assert_eq!(m4.exception_return() + m4.float_context(), 27);
        assert_eq!(CostModel::Instruction(Architecture::V7M).float_context(), 0);
    }
}
