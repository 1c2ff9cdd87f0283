//! The instructions of the floating-point extensions FPv4-SP and FPv5: which there are, and of what class each is.
//! (Arm DDI 0403E, A6.4 to A6.7; DDI 0553 has them for Armv8-M, and they are the same.)
//!
//! ```text
//!  first halfword        second halfword
//!  1110 110P UDWL Rn     Vd   101 s imm8              load, store, of one or more registers (A6.5)
//!  1110 1100 010L Rt2    Rt   101 s 00M1 Vm           transfer of two core registers (A6.7)
//!  1110 1110 pDqr Vn     Vd   101 s NopM.0 Vm         data processing (A6.4)
//!  1111 1110 pDqr Vn     Vd   101 s NopM.0 Vm         what FPv5 adds to it: VSEL, VMAXNM, VRINTA, VCVTA and their like
//!  1110 1110 AAAL Vn     Rt   101 C NBB1 0000         transfer of one core register (A6.6)
//! ```
//!
//! There are sixteen double registers: a bit that would name one of sixteen more makes the instruction undefined.

use serde::{Deserialize, Serialize};

/// Which extension a floating-point unit has. All have 32 single registers, or 16 double ones, to load and to store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Extension {
    /// FPv4-SP: single precision.
    #[default]
    V4Single,
    /// FPv5-SP: single precision, with what FPv5 adds.
    V5Single,
    /// FPv5: double precision too.
    V5Double,
}

/// What a floating-point instruction does, as far as it matters for what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatClass {
    /// Arithmetic, comparison, conversion, and moves between floating-point registers or of an immediate.
    Processing,
    /// VMLA, VMLS, VNMLA, VNMLS, VFMA, VFMS, VFNMA, VFNMS.
    MultiplyAccumulate,
    /// VDIV, VSQRT.
    DivideOrRoot,
    /// VLDR, VSTR, VLDM, VSTM, VPUSH, VPOP.
    Memory {
        /// Words that it loads or stores.
        words: u8,
    },
    /// VMOV between a single register and a core register, or between a double or two single registers and two of them.
    Core,
    /// VMOV between half a double register and a core register.
    Half,
    /// VMRS, VMSR.
    Status,
}

/// Whether the instruction is one of coprocessor 10 or 11, which are the floating-point unit (A6.1): also those of their
/// encodings that FPv4-SP does not use.
#[must_use]
pub const fn is_float(first: u16, second: u16) -> bool {
    first & 0xec00 == 0xec00 && first & 0x0300 != 0x0300 && second & 0x0e00 == 0x0a00
}

/// Whether this is VCVT from fixed point, which rounds to nearest whatever FPSCR says (A7.7.228; A2.5.5, FixedToFP).
#[must_use]
pub const fn is_from_fixed_point(first: u16, second: u16) -> bool {
    first & 0xffbe == 0xeeba && second & 0x0e50 == 0x0a40
}

/// Whether an instruction that processes data does so in double precision.
#[must_use]
pub const fn is_double(second: u16) -> bool {
    second & 0x0100 != 0
}

/// The class of an instruction; `None` if the extension has no such instruction.
#[must_use]
pub const fn class(extension: Extension, first: u16, second: u16) -> Option<FloatClass> {
    if !is_float(first, second) {
        return None;
    }
    if first & 0x1000 != 0 {
        return if matches!(extension, Extension::V4Single) { None } else { unconditional(extension, first, second) };
    }
    if first & 0x0200 == 0 {
        memory_or_pair(first, second)
    } else if second & 0x0010 == 0 {
        processing(extension, first, second)
    } else {
        core(first, second)
    }
}

/// Table A6-4: by P, U, D, W and L.
const fn memory_or_pair(first: u16, second: u16) -> Option<FloatClass> {
    let double = second & 0x0100 != 0;
    let words = match first & 0x01a0 {
        // P, U and W clear: two core registers, if D is set. M would name a double register from 16 on.
        0x0000 if first & 0x0040 != 0 && second & 0x00d0 == 0x0010 && !(double && second & 0x0020 != 0) => {
            return Some(FloatClass::Core);
        }
        // VSTR and VLDR: P without W.
        0x0100 | 0x0180 => 1 + double as u16,
        // VSTM and VLDM: increment after; the same with write-back; decrement before with write-back.
        0x0080 | 0x00a0 | 0x0120 => second & if double { 0x00fe } else { 0x00ff },
        _ => return None,
    };
    // The first single register: Vd:D, or 2 * D:Vd. More of them than there are is unpredictable; here, undefined.
    let d = first >> 6 & 1;
    let from = if double { d << 5 | second >> 11 & 0x1e } else { second >> 11 & 0x1e | d };
    if words == 0 || from + words > 32 { None } else { Some(FloatClass::Memory { words: words as u8 }) }
}

/// Which of an instruction's registers are double ones.
#[derive(Clone, Copy)]
struct Doubles {
    d: bool,
    n: bool,
    m: bool,
}

impl Doubles {
    /// All or none, by the bit for it.
    const fn all(second: u16) -> Self {
        let double = is_double(second);
        Self { d: double, n: double, m: double }
    }

    /// Those of which the instruction has any.
    const fn of(self, d: bool, m: bool) -> Self {
        Self { d: self.d && d, n: false, m: self.m && m }
    }

    /// Whether the extension has them: bits 22 (D), 7 (N) and 5 (M) would name those behind the sixteenth.
    const fn exist(self, extension: Extension, first: u16, second: u16) -> bool {
        let any = self.d || self.n || self.m;
        let behind = self.d && first & 0x0040 != 0 || self.n && second & 0x0080 != 0 || self.m && second & 0x0020 != 0;
        !any || matches!(extension, Extension::V5Double) && !behind
    }
}

/// What FPv5 adds beside the conditional instructions: by bits 7, 5 and 4 of the first halfword.
const fn unconditional(extension: Extension, first: u16, second: u16) -> Option<FloatClass> {
    let all = Doubles::all(second);
    let odd = second & 0x0040 != 0;
    let doubles = match first & 0x02bf {
        0x0200..=0x023f if !odd => all, // VSEL, by two bits of condition
        0x0280..=0x028f => all,         // VMAXNM, VMINNM
        0x02b8..=0x02bb if second & 0x00c0 == 0x0040 => all.of(true, true), // VRINTA, VRINTN, VRINTP, VRINTM
        0x02bc..=0x02bf if odd => all.of(false, true), // VCVTA, VCVTN, VCVTP, VCVTM
        _ => return None,
    };
    if second & 0x0010 == 0 && doubles.exist(extension, first, second) { Some(FloatClass::Processing) } else { None }
}

/// Table A6-2: by opc1, bits 7, 5 and 4 of the first halfword, and bit 6 of the second.
const fn processing(extension: Extension, first: u16, second: u16) -> Option<FloatClass> {
    let odd = second & 0x0040 != 0;
    if first & 0x00b0 == 0x00b0 {
        return other_processing(extension, first, second);
    }
    if !Doubles::all(second).exist(extension, first, second) {
        return None;
    }
    match first >> 4 & 0xb {
        // VMLA, VMLS; VNMLA, VNMLS; VFNMA, VFNMS; VFMA, VFMS.
        0x0 | 0x1 | 0x9 | 0xa => Some(FloatClass::MultiplyAccumulate),
        // VMUL, VNMUL; VADD, VSUB.
        0x2 | 0x3 => Some(FloatClass::Processing),
        0x8 if !odd => Some(FloatClass::DivideOrRoot), // VDIV
        _ => None,
    }
}

/// Table A6-3: by opc2, bits 3 to 0 of the first halfword, and bits 7 and 6 of the second.
const fn other_processing(extension: Extension, first: u16, second: u16) -> Option<FloatClass> {
    let all = Doubles::all(second);
    let (d_alone, m_alone) = (all.of(true, false), all.of(false, true));
    let doubles = match (first & 0xf, second >> 7 & 1) {
        // VMOV immediate; bits 7 and 5 should be zero.
        _ if second & 0x0040 == 0 => {
            if second & 0x00a0 != 0 {
                return None;
            }
            d_alone
        }
        // VCMP and VCMPE with zero: M and Vm should be zero.
        (0x5, _) if second & 0x002f != 0 => return None,
        (0x5, _) => d_alone,
        // VMOV, VABS; VNEG, VSQRT; VCMP, VCMPE.
        (0x0 | 0x1 | 0x4, _) => all.of(true, true),
        // VCVTB and VCVTT from half precision; VCVT from integers, from and to fixed point.
        (0x2 | 0x8 | 0xa | 0xb | 0xe | 0xf, _) => d_alone,
        // VCVTB and VCVTT to half precision; VCVT and VCVTR to integers.
        (0x3 | 0xc | 0xd, _) => m_alone,
        // VRINTR, VRINTZ; VRINTX.
        (0x6, _) | (0x7, 0) if !matches!(extension, Extension::V4Single) => all.of(true, true),
        // VCVT between single and double precision, the bit for which is the source's.
        (0x7, 1) => Doubles { d: !is_double(second), n: false, m: is_double(second) },
        _ => return None,
    };
    if !doubles.exist(extension, first, second) {
        return None;
    }
    let root = matches!((first & 0xf, second >> 6 & 3), (0x1, 3));
    Some(if root { FloatClass::DivideOrRoot } else { FloatClass::Processing })
}

/// Table A6-5: by A, bits 7 to 5 of the first halfword, and C, bit 8 of the second. Bits that should be zero and are not
/// make the instruction unpredictable; here, undefined.
const fn core(first: u16, second: u16) -> Option<FloatClass> {
    let double = second & 0x0100 != 0;
    match first >> 5 & 7 {
        0 if !double && second & 0x006f == 0 => Some(FloatClass::Core),
        7 if !double && second & 0x00ef == 0 && first & 0xf == 1 => Some(FloatClass::Status), // Only FPSCR is there.
        0 | 1 if double && second & 0x00ef == 0 => Some(FloatClass::Half),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Extension::{V4Single, V5Double, V5Single};

    fn halves(encoding: u32) -> (u16, u16) {
        ((encoding >> 16) as u16, encoding as u16)
    }

    /// Encodings by arm-none-eabi-as 2.40, -mcpu=cortex-m4 -mfpu=fpv4-sp-d16. Every extension has these.
    fn check(expected: FloatClass, encodings: &[u32]) {
        check_from(V4Single, expected, encodings);
    }

    /// The same with -mcpu=cortex-m7 -mfpu=fpv5-d16, for what this extension has, and those before it have not.
    fn check_from(least: Extension, expected: FloatClass, encodings: &[u32]) {
        for &encoding in encodings {
            let (first, second) = halves(encoding);
            for extension in [V4Single, V5Single, V5Double] {
                let expected = (extension >= least).then_some(expected);
                assert_eq!(class(extension, first, second), expected, "{encoding:08x}, {extension:?}");
            }
        }
    }

    #[test]
    fn classes() {
        // vadd.f32 s1, s30, s31; vsub.f32 s2, s3, s4; vmul.f32 s5, s6, s7; vnmul.f32 s8, s9, s10; vabs.f32 s11, s12;
        // vneg.f32 s13, s14; vmov.f32 s15, s16; vmov.f32 s17, #1.5; vcmp.f32 s18, s19; vcmpe.f32 s20, #0.0;
        // vcvt.s32.f32 s21, s22; vcvtr.u32.f32 s23, s24; vcvt.f32.u32 s25, s26; vcvt.f32.s16 s27, s27, #3;
        // vcvt.u32.f32 s28, s28, #9; vcvtb.f32.f16 s29, s30; vcvtt.f16.f32 s31, s0
        check(
            FloatClass::Processing,
            &[
                0xee7f_0a2f,
                0xee31_1ac2,
                0xee63_2a23,
                0xee24_4ac5,
                0xeef0_5ac6,
                0xeef1_6a47,
                0xeef0_7a48,
                0xeef7_8a08,
                0xeeb4_9a69,
                0xeeb5_aac0,
                0xeefd_aacb,
                0xeefc_ba4c,
                0xeef8_ca4d,
                0xeefa_da66,
                0xeebf_eaeb,
                0xeef2_ea4f,
                0xeef3_fac0,
            ],
        );
        // vmla.f32 s1, s2, s3; vmls.f32 s1, s2, s3; vnmla.f32 s1, s2, s3; vnmls.f32 s1, s2, s3; vfma.f32 s1, s2, s3;
        // vfms.f32 s1, s2, s3; vfnma.f32 s1, s2, s3; vfnms.f32 s1, s2, s3
        check(
            FloatClass::MultiplyAccumulate,
            &[0xee41_0a21, 0xee41_0a61, 0xee51_0a61, 0xee51_0a21, 0xeee1_0a21, 0xeee1_0a61, 0xeed1_0a61, 0xeed1_0a21],
        );
        // vdiv.f32 s1, s2, s3; vsqrt.f32 s4, s5
        check(FloatClass::DivideOrRoot, &[0xeec1_0a21, 0xeeb1_2ae2]);
        // vldr s1, [r2, #4]; vstr s30, [sp, #-8]
        check(FloatClass::Memory { words: 1 }, &[0xedd2_0a01, 0xed0d_fa02]);
        // vldr d1, [r2]; vstr d15, [r3, #1020]
        check(FloatClass::Memory { words: 2 }, &[0xed92_1b00, 0xed83_fbff]);
        // vldmia r1, {s1-s3}; vstmia r1!, {s29-s31}; vldmdb r2!, {s0-s2}
        check(FloatClass::Memory { words: 3 }, &[0xecd1_0a03, 0xece1_ea03, 0xed32_0a03]);
        // vpush {s0-s31}; vpop {d0-d15}
        check(FloatClass::Memory { words: 32 }, &[0xed2d_0a20, 0xecbd_0b20]);
        // vmov s1, r2; vmov r3, s4; vmov s4, s5, r6, r7; vmov r6, r7, d8
        check(FloatClass::Core, &[0xee00_2a90, 0xee12_3a10, 0xec47_6a12, 0xec57_6b18]);
        // vmov.32 d1[1], r2; vmov.32 r3, d4[0]
        check(FloatClass::Half, &[0xee21_2b10, 0xee14_3b10]);
        // vmrs r1, fpscr; vmrs APSR_nzcv, fpscr; vmsr fpscr, r2
        check(FloatClass::Status, &[0xeef1_1a10, 0xeef1_fa10, 0xeee1_2a10]);
    }

    #[test]
    fn what_fpv5_adds() {
        // vseleq.f32 s0, s1, s2; vmaxnm.f32 s0, s1, s2; vminnm.f32 s1, s2, s3; vrinta.f32 s0, s1; vrintp.f32 s1, s2;
        // vcvta.s32.f32 s0, s1; vrintr.f32 s0, s1; vrintz.f32 s1, s31
        check_from(
            V5Single,
            FloatClass::Processing,
            &[0xfe00_0a81, 0xfe80_0a81, 0xfec1_0a61, 0xfeb8_0a60, 0xfefa_0a41, 0xfebc_0ae0, 0xeeb6_0a60, 0xeef6_0aef],
        );
    }

    #[test]
    fn double_precision() {
        // vadd.f64 d0, d1, d2; vsub; vmul; vnmul; vabs.f64 d0, d1; vneg.f64 d1, d2; vmov.f64 d1, d2; vmov.f64 d3, #1.5;
        // vcmp.f64 d1, #0.0; vcmpe.f64 d1, d2; vcvt.s32.f64 s0, d1; vcvtr.u32.f64 s1, d2; vcvt.f64.s32 d1, s3;
        // vcvt.f64.u16 d2, d2, #3; vcvt.s32.f64 d2, d2, #9; vcvt.f64.f32 d0, s1; vcvt.f32.f64 s0, d1;
        // vcvtb.f64.f16 d1, s3; vcvtt.f16.f64 s3, d1
        check_from(
            V5Double,
            FloatClass::Processing,
            &[
                0xee31_0b02,
                0xee31_0b42,
                0xee21_0b02,
                0xee21_0b42,
                0xeeb0_0bc1,
                0xeeb1_1b42,
                0xeeb0_1b42,
                0xeeb7_3b08,
                0xeeb5_1b40,
                0xeeb4_1bc2,
                0xeebd_0bc1,
                0xeefc_0b42,
                0xeeb8_1be1,
                0xeebb_2b66,
                0xeebe_2beb,
                0xeeb7_0ae0,
                0xeeb7_0bc1,
                0xeeb2_1b61,
                0xeef3_1bc1,
            ],
        );
        // vselge.f64 d3, d4, d5; vmaxnm.f64 d0, d1, d2; vrintn.f64 d0, d1; vrintx.f64 d1, d15; vcvtm.u32.f64 s1, d9
        check_from(
            V5Double,
            FloatClass::Processing,
            &[0xfe24_3b05, 0xfe81_0b02, 0xfeb9_0b41, 0xeeb7_1b4f, 0xfeff_0b49],
        );
        // vfma.f64 d0, d1, d2; vmla.f64 d0, d1, d2; vfnms.f64 d1, d2, d3
        check_from(V5Double, FloatClass::MultiplyAccumulate, &[0xeea1_0b02, 0xee01_0b02, 0xee92_1b03]);
        // vdiv.f64 d0, d1, d2; vsqrt.f64 d0, d1
        check_from(V5Double, FloatClass::DivideOrRoot, &[0xee81_0b02, 0xeeb1_0bc1]);
    }

    #[test]
    fn there_is_no_seventeenth_double_register() {
        // vadd.f64 d16, d1, d2; d0, d17, d2; d0, d1, d18; vcvt.f64.f32 d16, s1; vcvt.f32.f64 s0, d17; vsel, vcvta likewise.
        for encoding in
            [0xee71_0b02, 0xee31_0b82, 0xee31_0b22, 0xeef7_0ae0, 0xeeb7_0be1, 0xfe64_3b05, 0xfefc_0be1, 0xeef7_3b08]
        {
            let (first, second) = halves(encoding);
            assert_eq!(class(V5Double, first, second), None, "{encoding:08x}");
        }
    }

    #[test]
    fn what_the_extension_does_not_have() {
        // vadd.f64, vcvt.f64.f32, vmaxnm.f32, vrintr.f32.
        for encoding in [0xee31_0b02_u32, 0xeeb7_0ac0, 0xfe80_0a00, 0xeeb6_0a40] {
            let (first, second) = halves(encoding);
            assert_eq!((class(V4Single, first, second), is_float(first, second)), (None, true), "{encoding:08x}");
        }
        // vmrs of another register, vldm with P, U and W; vlldm, vlstm: nobody.
        for encoding in [0xeef7_0a10, 0xedb1_0a02, 0xec31_0a00, 0xec21_0a00] {
            let (first, second) = halves(encoding);
            assert_eq!((class(V5Double, first, second), is_float(first, second)), (None, true), "{encoding:08x}");
        }
        // mrc p15; ldc p5; ands.w r10, r2, r10; a 16-bit instruction.
        for (first, second) in [(0xee10, 0x0f10), (0xec91, 0x0504), (0xea12, 0x0a0a), (0xbf00, 0x0a00)] {
            assert_eq!(
                (class(V5Double, first, second), is_float(first, second)),
                (None, false),
                "{first:04x} {second:04x}"
            );
        }
    }
}
