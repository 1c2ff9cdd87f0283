//! How conversions round: from fixed point to nearest, whatever FPSCR says (Arm DDI 0403E, A7.7.228 and A2.5.5, FixedToFP).

use crate::asm::{Code, R0, R1, R2};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::rig::{self, PROGRAM, Rig, also_on};

/// FPSCR: IXC, the cumulative inexact flag.
const INEXACT: u32 = 1 << 4;

#[test]
fn from_fixed_point_it_is_always_to_nearest() {
    let below_a_tie = 0x0100_0003_u32; // has 25 bits: 0x01000004 is nearest, 0x01000002 the tie's other side
    for value in [below_a_tie, below_a_tie.wrapping_neg(), 0x0100_0001, 0x0100_0000, 0x8000_0101] {
        // vcvt.f32.s32 s0, s0, #4; vcvt.f32.u32 s0, s0, #4. The quotient by 16 is exact.
        let signed = ([0xeeba, 0x0ace], value.cast_signed() as f32 / 16.0);
        let unsigned = ([0xeebb, 0x0ace], value as f32 / 16.0);
        for ((convert, expected), mode) in
            [signed, unsigned].into_iter().flat_map(|it| (0..4).map(move |mode| (it, mode)))
        {
            let mut program = Code::at(PROGRAM);
            program.store(CPACR, FULL_ACCESS).mov32(R0, value).mov32(R1, mode << 22);
            program.vmov_to(0, R0).put(&[0xeee1, 0x1a10]); // vmsr fpscr, r1
            program.movs(R2, 0).cmp(R2, 0).put(&[0xbf08]).put(&convert); // it eq
            program.vmov_to(1, R0).vmov_from(R1, 0).put(&[0xeef1, 0x2a10]).bkpt(0); // vmrs r2, fpscr
            for (single_step, cycles) in [(true, 100), (false, 100), (false, 1), (false, 2), (false, 3)] {
                let rig = Rig::in_pieces(&rig::m4f(true), single_step, cycles, &program);
                let what = format!("{value:#x} as {expected}, mode {mode}, {single_step}, {cycles}");
                assert_eq!(rig.pc(), program.here() - 2, "{what}");
                assert_eq!(rig.register(1), expected.to_bits(), "{what}");
                let is_inexact = f64::from(expected) * 16.0 != f64::from(value) && convert[0] == 0xeebb
                    || f64::from(expected) * 16.0 != f64::from(value.cast_signed()) && convert[0] == 0xeeba;
                let status = mode << 22 | if is_inexact { INEXACT } else { 0 };
                assert_eq!(rig.register(2) & 0x0fff_ffff, status, "FPSCR: {what}");
            }
        }
    }
}

#[test]
fn to_integers_and_sums_it_is_as_fpscr_says() {
    // 1.5 and 2^-24 more than 1: vcvtr.s32.f32 s1, s0; vadd.f32 s2, s0, s3
    let tiny = f32::from_bits(0x3380_0000);
    // To nearest even; up; down; towards zero.
    for (mode, integer, sum) in [(0, 2, 1.5_f32), (1, 2, 1.5_f32.next_up()), (2, 1, 1.5), (3, 1, 1.5)] {
        let mut program = Code::at(PROGRAM);
        program.store(CPACR, FULL_ACCESS).mov32(R0, mode << 22).put(&[0xeee1, 0x0a10]); // vmsr fpscr, r0
        program.mov32(R0, 1.5_f32.to_bits()).vmov_to(0, R0).mov32(R0, (tiny / 2.0).to_bits()).vmov_to(3, R0);
        program.put(&[0xeefd, 0x0a40]).vadd(2, 0, 3).vmov_from(R1, 1).vmov_from(R2, 2).bkpt(0);
        for single_step in [true, false] {
            let rig = Rig::in_pieces(&rig::m4f(true), single_step, 100, &program);
            assert_eq!((rig.register(1), rig.register(2)), (integer, sum.to_bits()), "mode {mode}");
        }
    }
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        from_fixed_point_it_is_always_to_nearest,
        to_integers_and_sums_it_is_as_fpscr_says,
    }
}
