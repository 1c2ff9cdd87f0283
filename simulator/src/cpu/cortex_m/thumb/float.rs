//! The instructions of the floating-point extension FPv4-SP: which there are, and of what class each is.
//! (Arm DDI 0403E, A6.4 to A6.7.)
//!
//! ```text
//!  first halfword        second halfword
//!  1110 110P UDWL Rn     Vd   101 s imm8              load, store, of one or more registers (A6.5)
//!  1110 1100 010L Rt2    Rt   101 s 00M1 Vm           transfer of two core registers (A6.7)
//!  1110 1110 pDqr Vn     Vd   101 s NopM.0 Vm         data processing (A6.4)
//!  1110 1110 AAAL Vn     Rt   101 C NBB1 0000         transfer of one core register (A6.6)
//! ```

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

/// The class of an instruction; `None` if FPv4-SP has no such instruction.
#[must_use]
pub const fn class(first: u16, second: u16) -> Option<FloatClass> {
    if !is_float(first, second) || first & 0x1000 != 0 {
        return None;
    }
    if first & 0x0200 == 0 {
        memory_or_pair(first, second)
    } else if second & 0x0010 == 0 {
        processing(first, second)
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

/// Table A6-2: by opc1, bits 7, 5 and 4 of the first halfword, and bit 6 of the second.
const fn processing(first: u16, second: u16) -> Option<FloatClass> {
    if second & 0x0100 != 0 {
        return None; // Double precision.
    }
    let odd = second & 0x0040 != 0;
    match first >> 4 & 0xb {
        // VMLA, VMLS; VNMLA, VNMLS; VFNMA, VFNMS; VFMA, VFMS.
        0x0 | 0x1 | 0x9 | 0xa => Some(FloatClass::MultiplyAccumulate),
        // VMUL, VNMUL; VADD, VSUB.
        0x2 | 0x3 => Some(FloatClass::Processing),
        0x8 if !odd => Some(FloatClass::DivideOrRoot), // VDIV
        0x8 => None,
        _ => other_processing(first, second),
    }
}

/// Table A6-3: by opc2, bits 3 to 0 of the first halfword, and bits 7 and 6 of the second.
const fn other_processing(first: u16, second: u16) -> Option<FloatClass> {
    if second & 0x0040 == 0 {
        // VMOV immediate; bits 7 and 5 should be zero.
        return if second & 0x00a0 == 0 { Some(FloatClass::Processing) } else { None };
    }
    match (first & 0xf, second >> 7 & 1) {
        (0x1, 1) => Some(FloatClass::DivideOrRoot), // VSQRT
        // VCMP and VCMPE with zero: M and Vm should be zero.
        (0x5, _) if second & 0x002f != 0 => None,
        // VMOV, VABS; VNEG; VCVTB, VCVTT; VCMP, VCMPE, also with zero; VCVT from and to integers and fixed point.
        (0x0..=0x5 | 0x8 | 0xa..=0xf, _) => Some(FloatClass::Processing),
        // VCVT between single and double precision, and what only FPv5 has.
        _ => None,
    }
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

    /// Encodings by arm-none-eabi-as 2.40, -mcpu=cortex-m4 -mfpu=fpv4-sp-d16.
    fn check(expected: FloatClass, encodings: &[u32]) {
        for &encoding in encodings {
            let (first, second) = ((encoding >> 16) as u16, encoding as u16);
            assert_eq!(class(first, second), Some(expected), "{encoding:08x}");
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
    fn what_the_extension_does_not_have() {
        // vadd.f64, vcvt.f64.f32, vmaxnm.f32, vrintr.f32, vmrs of another register, vldm with P, U and W.
        for encoding in [0xee31_0b02_u32, 0xeeb7_0ac0, 0xfe80_0a00, 0xeeb6_0a40, 0xeef7_0a10, 0xedb1_0a02] {
            let (first, second) = ((encoding >> 16) as u16, encoding as u16);
            assert_eq!((class(first, second), is_float(first, second)), (None, true), "{encoding:08x}");
        }
        // mrc p15; ldc p5; ands.w r10, r2, r10; a 16-bit instruction.
        for (first, second) in [(0xee10, 0x0f10), (0xec91, 0x0504), (0xea12, 0x0a0a), (0xbf00, 0x0a00)] {
            assert_eq!((class(first, second), is_float(first, second)), (None, false), "{first:04x} {second:04x}");
        }
    }
}
