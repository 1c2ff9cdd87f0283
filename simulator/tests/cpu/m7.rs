//! What a Cortex-M7 has beyond a Cortex-M4F (Arm DDI 0403E; Technical Reference Manual, DDI 0489): double precision and
//! the rest of FPv5, cache registers, identity. What is computed is compared with what the host computes: IEEE 754 leaves
//! no choice.

use bksim::cpu::cortex_m::{CoreModel, CortexConfig};

use crate::asm::{Code, R0, R1, R2, R3};
use crate::float_asm::{
    Operation, VABS, VADD, VCMP, VCVT_FROM_SIGNED, VCVT_TO_SIGNED, VCVTA, VCVTP, VDIV, VFMA, VMAXNM, VMINNM, VMLA,
    VMUL, VNEG, VNMUL, VRINTA, VRINTM, VRINTN, VRINTP, VRINTR, VRINTX, VRINTZ, VSELEQ, VSELGE, VSQRT, VSUB,
};
use crate::float_context::{EXTENDED, RESET, UNTOUCHED};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::random::Numbers;
use crate::rig::{self, PROGRAM, RAM, Rig, STACK, also_on};

const CCR: u32 = 0xe000_ed14;
const SHCSR: u32 = 0xe000_ed24;
const USGFAULTENA: u32 = 1 << 18;
/// Where operands come from and results go to, doubles.
const OPERANDS: u32 = RAM + 0x100;
const RESULTS: u32 = RAM + 0x200;

fn config() -> CortexConfig {
    CortexConfig { model: rig::model(CoreModel::CortexM7F), ..rig::config(false) }
}

fn new(program: &Code, handlers: &[(u32, &Code)]) -> Rig {
    Rig::with(&config(), program, handlers)
}

/// Switches the unit on, with these modes in FPSCR, and loads d0, d1, ...; r1 is RESULTS.
fn with_operands(fpscr: u32, count: u16) -> Code {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).mov32(R0, fpscr).vmsr(R0).mov32(R0, OPERANDS).mov32(R1, RESULTS);
    for index in 0..count {
        program.vldr_double(index, R0, 2 * index);
    }
    program
}

/// Runs a program on these operands; the doubles at RESULTS.
fn run<const COUNT: usize>(program: &Code, operands: &[f64]) -> [u64; COUNT] {
    let mut rig = new(program, &[]);
    for (index, value) in operands.iter().enumerate() {
        assert!(rig.core.poke(OPERANDS + 8 * index as u32, &value.to_le_bytes()));
    }
    rig.run_to_breakpoint();
    std::array::from_fn(|index| {
        let at = RESULTS + 8 * index as u32;
        u64::from(rig.word(at)) | u64::from(rig.word(at + 4)) << 32
    })
}

/// The bits of a result that no operand's NaN can have come to: an invalid operation gives the default NaN (A2.5.4).
fn bits(value: f64) -> u64 {
    if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() }
}

/// Doubles of all sizes: ordinary ones, small and large ones, denormal ones, zeros and infinities.
fn double(n: &mut Numbers) -> f64 {
    let mantissa = n.below(1 << 52);
    let exponent = match n.below(8) {
        0 => 0,
        1 => n.below(60),
        2 => 2046 - n.below(60),
        _ => 960 + n.below(120),
    };
    match n.below(24) {
        0 => 0.0,
        1 => f64::NEG_INFINITY,
        2 => n.below(1000) as f64,
        _ => f64::from_bits(n.below(2) << 63 | exponent << 52 | mantissa),
    }
}

#[test]
fn arithmetic_is_the_hosts() {
    let mut program = with_operands(0, 3);
    program.double(VADD, 3, 0, 1).vstr_double(3, R1, 0).double(VSUB, 15, 0, 1).vstr_double(15, R1, 2);
    program.double(VMUL, 14, 0, 1).vstr_double(14, R1, 4).double(VDIV, 13, 0, 1).vstr_double(13, R1, 6);
    program.double(VABS, 4, 0, 0).double(VSQRT, 5, 0, 4).vstr_double(5, R1, 8);
    program.double(VSQRT, 6, 0, 0).vstr_double(6, R1, 10).double(VNMUL, 7, 0, 1).vstr_double(7, R1, 12);
    // Fused, and with two roundings; VFMA and VMLA add to the destination.
    program.vldr_double(8, R0, 4).double(VFMA, 8, 0, 1).vstr_double(8, R1, 14);
    program.vldr_double(9, R0, 4).double(VMLA, 9, 0, 1).vstr_double(9, R1, 16);
    program.double(VNEG, 10, 0, 0).vstr_double(10, R1, 18).bkpt(0);
    let mut n = Numbers::new(7);
    for round in 0..300 {
        let [a, b, c] = std::array::from_fn(|_| double(&mut n));
        let results: [u64; 10] = run(&program, &[a, b, c]);
        let expected = [a + b, a - b, a * b, a / b, a.abs().sqrt(), a.sqrt(), -(a * b), a.mul_add(b, c), c + a * b, -a];
        // The sign of a NaN that VNMUL and VNEG make is another matter: they change it.
        for (index, (result, expected)) in results.into_iter().zip(expected).enumerate() {
            let sign = if index == 6 && expected.is_nan() { 1 << 63 } else { 0 };
            assert_eq!(result, bits(expected) | sign, "round {round}, result {index} of {a:e}, {b:e}, {c:e}");
        }
    }
}

#[test]
fn not_a_number_goes_through() {
    // A2.5.4: a quiet NaN operand is the result; a signaling one, made quiet, comes before it. FPSCR.DN: the default one.
    let quiet = f64::from_bits(0x7ff8_0000_0000_1234);
    let signaling = f64::from_bits(0xfff0_0000_0000_5678);
    for (fpscr, a, b, expected) in [
        (0, quiet, 1.0, 0x7ff8_0000_0000_1234),
        (0, quiet, signaling, 0xfff8_0000_0000_5678),
        (1 << 25, quiet, 1.0, 0x7ff8_0000_0000_0000),
    ] {
        let mut program = with_operands(fpscr, 2);
        program.double(VADD, 2, 0, 1).vstr_double(2, R1, 0).bkpt(0);
        assert_eq!(run(&program, &[a, b]), [expected], "{fpscr:#x}");
    }
}

/// An operation on d0 and d1, or on d0 alone.
fn of_two(fpscr: u32, operation: Operation, a: f64, b: f64) -> u64 {
    let mut program = with_operands(fpscr, 2);
    program.double(operation, 2, 0, u16::from(operation.has_n())).vstr_double(2, R1, 0).bkpt(0);
    run::<1>(&program, &[a, b])[0]
}

#[test]
fn rounding_to_integral_values() {
    // FPSCR.RMode: 0 to nearest, 1 up, 2 down, 3 towards zero.
    for value in [2.5_f64, -2.5, 3.5, 0.49, -0.51, 1e300, -0.0] {
        for (fpscr, operation, expected) in [
            (0, VRINTA, value.round()),
            (0, VRINTN, value.round_ties_even()),
            (0, VRINTP, value.ceil()),
            (0, VRINTM, value.floor()),
            (0, VRINTZ, value.trunc()),
            (0, VRINTR, value.round_ties_even()),
            (1 << 22, VRINTR, value.ceil()),
            (2 << 22, VRINTX, value.floor()),
            (3 << 22, VRINTR, value.trunc()),
        ] {
            assert_eq!(
                of_two(fpscr, operation, value, 0.0),
                expected.to_bits(),
                "{operation:?} of {value}, {fpscr:#x}"
            );
        }
    }
}

#[test]
fn the_number_of_two_is_the_greater_or_the_smaller_one() {
    // DDI 0403E, A7.7: maxNum and minNum of IEEE 754: a number wins over a quiet NaN.
    for (a, b, max, min) in [(1.5, -2.5, 1.5, -2.5), (f64::NAN, 3.0, 3.0, 3.0), (-0.0, 0.0, 0.0, -0.0)] {
        let expected = [max, min].map(f64::to_bits);
        assert_eq!([of_two(0, VMAXNM, a, b), of_two(0, VMINNM, a, b)], expected, "{a}, {b}");
    }
}

#[test]
fn selection_by_the_flags() {
    for (r2, eq, ge) in [(0, 1.0, 1.0), (1, 2.0, 1.0)] {
        let mut program = with_operands(0, 2);
        program.movs(R2, r2).cmp(R2, 0).double(VSELEQ, 2, 0, 1).vstr_double(2, R1, 0);
        program.double(VSELGE, 2, 0, 1).vstr_double(2, R1, 2).bkpt(0);
        assert_eq!(run(&program, &[1.0, 2.0]), [eq, ge].map(f64::to_bits), "{r2}");
    }
}

#[test]
fn conversions() {
    let to_integer = |operation: Operation, value: f64| {
        let mut program = with_operands(0, 1);
        program.double(operation, 8, 0, 0).vstr(8, R1, 0).bkpt(0);
        run::<1>(&program, &[value])[0] as u32 as i32
    };
    // Towards zero, to nearest with ties away from zero, up; out of range saturates (A2.5.8).
    for (value, zero, away, up) in [
        (2.5, 2, 3, 3),
        (-2.5, -2, -3, -2),
        (1e10, i32::MAX, i32::MAX, i32::MAX),
        (-1e10, i32::MIN, i32::MIN, i32::MIN),
    ] {
        let results = [VCVT_TO_SIGNED, VCVTA, VCVTP].map(|operation| to_integer(operation, value));
        assert_eq!(results, [zero, away, up], "{value}");
    }
    let mut n = Numbers::new(11);
    for _ in 0..100 {
        // A double to single precision and back; a single one to double precision; an integer.
        let a = double(&mut n);
        let mut program = with_operands(0, 1);
        program.vcvt_to_single(30, 0).vstr(30, R1, 0).vcvt_to_double(9, 30).vstr_double(9, R1, 2);
        program.vldr(3, R0, 0).double(VCVT_FROM_SIGNED, 10, 0, 3).vstr_double(10, R1, 4).bkpt(0);
        let [single, back, integer]: [u64; 3] = run(&program, &[a]);
        assert_eq!(single as u32, (a as f32).to_bits(), "{a:e}");
        assert_eq!(back, f64::from(a as f32).to_bits(), "{a:e}");
        assert_eq!(integer, f64::from(a.to_bits() as u32 as i32).to_bits(), "{a:e}");
    }
}

#[test]
fn comparison_sets_the_flags() {
    // FPSCR.NZCV: less 1000, equal 0110, greater 0010, unordered 0011 (A2.5.6).
    for (a, b, flags) in [(1.0, 2.0, 0b1000), (2.0, 2.0, 0b0110), (3.0, 2.0, 0b0010), (f64::NAN, 2.0, 0b0011)] {
        let mut program = with_operands(0, 2);
        program.double(VCMP, 0, 0, 1).vmrs(R3).str(R3, R1, 0).bkpt(0);
        assert_eq!(run::<1>(&program, &[a, b])[0] as u32 >> 28, flags, "{a}, {b}");
    }
}

#[test]
fn exceptions_accumulate() {
    // FPSCR: IOC 0, DZC 1, OFC 2, UFC 3, IXC 4, IDC 7 (A2.5.3). FZ, bit 24, flushes denormal operands to zero.
    for (fpscr, operation, a, b, bits) in [
        (0, VDIV, 1.0, 0.0, 1 << 1),
        (0, VDIV, 0.0, 0.0, 1),
        (0, VMUL, f64::MAX, 2.0, 1 << 2 | 1 << 4),
        (0, VMUL, f64::MIN_POSITIVE, 0.1, 1 << 3 | 1 << 4),
        (1 << 24, VADD, 5e-324, 1.0, 1 << 7),
        (0, VADD, 1.0, 2.0, 0),
    ] {
        let mut program = with_operands(fpscr, 2);
        program.double(operation, 2, 0, 1).vmrs(R3).str(R3, R1, 0).bkpt(0);
        assert_eq!(run::<1>(&program, &[a, b])[0] as u32 & 0x9f, bits, "{operation:?} of {a:e}, {b:e}");
    }
}

#[test]
fn a_context_is_sixteen_words_of_doubles_too() {
    // d0-d7 are in the frame, saved when the handler uses the unit; d8 is not.
    let mut program = with_operands(0, 8);
    program.vldr_double(8, R0, 0).svc(0).vstr_double(7, R1, 0).vstr_double(8, R1, 2).bkpt(0);
    let mut handler = Code::at(0x300);
    handler.double(VADD, 7, 0, 1).double(VADD, 8, 0, 1).ret();
    let mut rig = new(&program, &[(11, &handler)]);
    let values: Vec<f64> = (0..8).map(|index| 1.5 + f64::from(index)).collect();
    for (index, value) in values.iter().enumerate() {
        assert!(rig.core.poke(OPERANDS + 8 * index as u32, &value.to_le_bytes()));
    }
    assert!(rig.core.poke(STACK - 4, &UNTOUCHED.to_le_bytes()));
    rig.run_to_breakpoint();
    let at = |address| f64::from_bits(u64::from(rig.word(address)) | u64::from(rig.word(address + 4)) << 32);
    let frame = STACK - EXTENDED + 0x20;
    assert_eq!((0..8).map(|index| at(frame + 8 * index)).collect::<Vec<_>>(), values);
    assert_eq!((at(RESULTS), at(RESULTS + 8)), (values[7], values[0] + values[1]));
}

#[test]
fn double_precision_needs_the_unit_too() {
    // vadd.f64 d0, d1, d2; vsel, vmaxnm and vrint of FPv5; with CPACR 0 each is NOCP, and on one is not.
    let instructions: [[u16; 2]; 4] = [[0xee31, 0x0b02], [0xfe24, 0x3b05], [0xfe81, 0x0b02], [0xfeb9, 0x0b41]];
    for instruction in instructions {
        for (access, cfsr) in [(0, Some(1 << 19)), (FULL_ACCESS, None)] {
            let mut program = Code::at(PROGRAM);
            program.store(SHCSR, USGFAULTENA).store(CPACR, access).put(&instruction).bkpt(1);
            let mut usage = Code::at(0x200);
            usage.bkpt(0);
            let mut rig = new(&program, &[(6, &usage)]);
            rig.run_to_breakpoint();
            assert_eq!(rig.core.fault_report().map(|report| report.cfsr), cfsr, "{instruction:04x?}, {access:#x}");
        }
    }
}

#[test]
fn caches_as_cmsis_switches_them_on() {
    // SCB_EnableICache and SCB_EnableDCache: CSSELR, CCSIDR, invalidate all of it, then CCR.IC and CCR.DC.
    let mut program = Code::at(PROGRAM);
    program.store(0xe000_ef50, 0).store(CCR, 0x0006_0200); // ICIALLU
    program.store(0xe000_ed84, 0).mov32(R0, 0xe000_ed80).ldr(R2, R0, 0);
    program.store(0xe000_ef60, 0x7f << 5 | 3 << 30); // DCISW: last set and way
    program.store(CCR, 0x0007_0200).mov32(R0, CCR).ldr(R3, R0, 0).bkpt(0);
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    // BP and STKALIGN are ones whatever is written.
    assert_eq!((rig.register(2), rig.register(3)), (0xf00f_e019, 0x0007_0200));
}

#[test]
fn registers() {
    // DDI 0489, System control registers and FPU; what is behind them here: 16 KiB caches, no TCM.
    for (address, value) in [
        (0xe000_ed00, 0x411f_c272),
        (CCR, 0x0004_0200),
        (0xe000_ed40, 0x0000_0030),
        (0xe000_ed44, 0x0000_0200),
        (0xe000_ed50, 0x0010_0030),
        (0xe000_ed60, 0x0110_1110),
        (0xe000_ed64, 0x0211_2000),
        (0xe000_ed68, 0x2023_2231),
        (0xe000_ed6c, 0x0111_1131),
        (0xe000_ed70, 0x0131_0132),
        (0xe000_ed78, 0x0900_0003),
        (0xe000_ed7c, 0x8303_c003),
        (0xe000_ef34, RESET),
        (0xe000_ef40, 0x1011_0221),
        (0xe000_ef44, 0x1200_0011),
        (0xe000_ef48, 0x0000_0040),
        (0xe000_ef90, 0),
        (0xe000_ef94, 0),
        (0xe000_ef98, 0),
    ] {
        let mut program = Code::at(PROGRAM);
        program.mov32(R0, address).ldr(R1, R0, 0).bkpt(0);
        let mut rig = new(&program, &[]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(1), rig::with_float(config().model, address, value), "{address:#x}");
    }
}

#[test]
fn there_is_no_bit_banding() {
    let mut program = Code::at(PROGRAM);
    program.store(0x4200_0000, 0x1234).bkpt(1);
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!(rig.bus.log.iter().map(|seen| (seen.2, seen.4)).collect::<Vec<_>>(), [(0x4200_0000, Some(0x1234))]);
}

#[test]
fn what_it_costs() {
    // The table of cycles/cortex_m7.rs: a store is mov32 2 and str 1; loads and stores 1; vadd.f64 2; vmul.f64 5;
    // vdiv.f64 28; ldmia of three 2.
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).mov32(R0, RAM).double(VADD, 0, 1, 2).double(VMUL, 3, 4, 5).double(VDIV, 6, 7, 8);
    program.put(&[0xc80e]).bkpt(0); // ldmia r0!, {r1-r3}
    let mut rig = new(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!(rig.core.cycles(), 5 + 2 + 2 + 5 + 28 + 2);
}

also_on! {
    [cortex_m7: CortexM7] {
        caches_as_cmsis_switches_them_on,
        registers,
        there_is_no_bit_banding,
    }
}
