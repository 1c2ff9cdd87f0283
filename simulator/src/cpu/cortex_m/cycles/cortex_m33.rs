//! What an instruction costs on a Cortex-M33: an approximation, and no table of Arm's, who publishes none (the Technical
//! Reference Manual, Arm 100230, lists the instructions and no cycles).
//!
//! The core is in order, with a pipeline of three stages as the Cortex-M4 has, and issues some pairs of 16-bit instructions
//! together. LLVM compiles for it by its model of the Cortex-M4 (ARM.td: `ProcessorModel<"cortex-m33", CortexM4Model>`),
//! and so does this file count:
//!
//! | class | here |
//! |---|---|
//! | everything that a Cortex-M4 has, exceptions among it | as a Cortex-M4 |
//! | LDA, STL, LDAEX, STLEX and their byte and halfword forms | as LDREX: 2 |
//! | TT, TTT, SG | 1, as data processing |
//! | VSEL, VMAXNM, VMINNM, VRINT, VCVTA and their like | 1, as VADD |
//!
//! Not modelled, beyond what is not for the Cortex-M4: the pairs that are issued together.

use super::{Cost, cortex_m4};

/// The cost of an instruction that would cost `m3` on a Cortex-M3.
pub(super) const fn instruction(first: u16, second: u16, m3: Cost) -> Cost {
    let m4 = cortex_m4::instruction(first, second, m3);
    // They have encodings among the loads and stores of Armv7-M.
    let test_target = first & 0xfff0 == 0xe840 && second & 0xf03f == 0xf000;
    let secure_gateway = first == 0xe97f && second == 0xe97f;
    if test_target || secure_gateway { Cost { cycles: 1, ..m4 } } else { m4 }
}

#[cfg(test)]
mod tests {
    use super::super::{CostModel, after};
    use super::*;

    /// Encodings by arm-none-eabi-as 2.40, -march=armv8-m.main+fp+dsp; figures from the table in this file's head.
    fn check(name: &str, cycles: u8, after: u16, encodings: &[u32]) {
        for &encoding in encodings {
            let cost = CostModel::CortexM33.instruction((encoding >> 16) as u16, encoding as u16);
            assert_eq!(cost, Cost { cycles, refill: 0, after }, "{name}: {encoding:08x}");
        }
    }

    #[test]
    fn what_armv8_m_adds() {
        check(
            "lda, stl, ldab, stlh, ldaex, stlex",
            2,
            0,
            &[0xe8d1_0faf, 0xe8c1_0faf, 0xe8d1_0f8f, 0xe8c1_0f9f, 0xe8d1_0fef, 0xe8c1_0fe2],
        );
        check("tt, ttt, sg", 1, 0, &[0xe841_f000, 0xe841_f040, 0xe97f_e97f]);
        check("msr msplim, r0", 2, after::MASKS, &[0xf380_880a]);
        // vseleq.f32; vmaxnm.f32; vrinta.f32; vcvta.s32.f32; vrintr.f32
        check("FPv5", 1, after::FLOAT, &[0xfe00_0a81, 0xfe80_0a81, 0xfeb8_0a60, 0xfebc_0ae0, 0xeeb6_0a60]);
    }

    #[test]
    fn the_rest_is_as_on_the_cortex_m4() {
        // mla; udiv; ldr.w; ldmia.w; strex; vdiv.f32; vfma.f32; vldr d1
        for encoding in
            [0xfb02_4103_u32, 0xfbb2_f1f3, 0xf8d2_1190, 0xe8b8_0206, 0xe843_2100, 0xeec1_0a21, 0xeee1_0a21, 0xed92_1b00]
        {
            let (first, second) = ((encoding >> 16) as u16, encoding as u16);
            let (m4, m33) = (CostModel::CortexM4, CostModel::CortexM33);
            assert_eq!(m33.instruction(first, second), m4.instruction(first, second), "{encoding:08x}");
        }
        let m33 = CostModel::CortexM33;
        assert_eq!(
            (m33.exception_entry(), m33.tail_chain(), m33.exception_return(), m33.float_context()),
            (12, 6, 10, 17)
        );
    }
}
