//! Floating point for the random programs: arithmetic, comparisons, moves, every kind of load and store, also of the
//! device and at addresses that no double would like; contexts begun, ended and refused. Of the extensions behind FPv4-SP
//! also what they add.

use bksim::cpu::cortex_m::thumb::float::Extension;

use crate::asm::{Code, R0, R4, R5, R7};
use crate::float_asm::{
    Operation, VABS, VADD, VCMP, VCVT_FROM_SIGNED, VCVT_FROM_UNSIGNED, VCVT_TO_SIGNED, VCVTA, VCVTB_FROM_HALF,
    VCVTB_TO_HALF, VCVTP, VDIV, VFMA, VFNMS, VMAXNM, VMINNM, VMLA, VMUL, VNEG, VNMLS, VNMUL, VRINTA, VRINTM, VRINTN,
    VRINTP, VRINTR, VRINTX, VRINTZ, VSELEQ, VSELGE, VSQRT, VSUB,
};
use crate::float_context::{FPCCR, FPDSCR};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::random::{Numbers, point};
use crate::rig::RAM;

/// Where [`end`] puts all registers.
const REGISTERS: u32 = RAM + 0x3000;

/// Switches the unit on, mostly, and gives the registers values. r4 is a pointer, r0-r3 are data.
pub(crate) fn begin(n: &mut Numbers, code: &mut Code) {
    if !n.one_in(4) {
        code.mov32(R7, CPACR).put(&[0xf44f, 0x0c70, 0xf8c7, 0xc000]); // mov.w ip, #0xf00000; str.w ip, [r7]
    }
    for register in 0..32 {
        let exponent = 0x3d80_0000 + n.below(8) as u32 * 0x0080_0000;
        code.mov32(R7, exponent | n.below(1 << 23) as u32 | (n.below(2) as u32) << 31).vmov_to(register, R7);
    }
}

/// All registers and FPSCR go to memory, where they are compared.
pub(crate) fn end(code: &mut Code) {
    code.vmrs(R0).mov32(R7, REGISTERS).vstm(R7, true, 0, 32).str(R0, R7, 0);
}

/// Where an instruction of double precision has its counterpart of single precision, both in IT blocks and outside.
const BOTH: [Operation; 18] = [
    VADD,
    VSUB,
    VMUL,
    VNMUL,
    VDIV,
    VMLA,
    VNMLS,
    VFMA,
    VFNMS,
    VSQRT,
    VABS,
    VNEG,
    VCMP,
    VCVT_TO_SIGNED,
    VCVT_FROM_SIGNED,
    VCVT_FROM_UNSIGNED,
    VCVTB_TO_HALF,
    VCVTB_FROM_HALF,
];
/// What FPv5 adds, in IT blocks and outside; what it adds outside only.
const ROUNDING: [Operation; 3] = [VRINTR, VRINTX, VRINTZ];
const UNCONDITIONAL: [Operation; 10] = [VRINTA, VRINTN, VRINTP, VRINTM, VCVTA, VCVTP, VMAXNM, VMINNM, VSELEQ, VSELGE];

fn any(n: &mut Numbers, operations: &[Operation]) -> Operation {
    operations[n.below(operations.len() as u64) as usize]
}

/// One of these, in the precision that the extension has.
fn processing(n: &mut Numbers, code: &mut Code, extension: Extension, operation: Operation) {
    let double = extension == Extension::V5Double && n.one_in(2);
    let mut register = || n.half(if double { 16 } else { 32 });
    let (d, m) = (register(), register());
    let other = if operation.has_n() { register() } else { 0 };
    if double {
        code.double(operation, d, other, m);
    } else {
        code.single(operation, d, other, m);
    }
}

/// What an extension behind FPv4-SP has beyond it; `false` if there was nothing to add.
fn later(n: &mut Numbers, code: &mut Code, extension: Extension, in_it: bool) -> bool {
    if extension == Extension::V4Single || !n.one_in(3) {
        return false;
    }
    match n.below(8) {
        0 => {
            let operation = any(n, &ROUNDING);
            processing(n, code, extension, operation);
        }
        1 | 2 if !in_it => {
            let operation = any(n, &UNCONDITIONAL);
            processing(n, code, extension, operation);
        }
        3 if extension == Extension::V5Double && n.one_in(2) => {
            code.vcvt_to_double(n.half(16), n.half(32));
        }
        3 if extension == Extension::V5Double => {
            code.vcvt_to_single(n.half(32), n.half(16));
        }
        4 => {
            code.vmov_double_to(n.half(16), n.half(4), n.half(4));
        }
        _ => {
            let operation = any(n, &BOTH);
            processing(n, code, extension, operation);
        }
    }
    true
}

/// Instructions that may stand inside an IT block as well as outside.
pub(crate) fn plain(n: &mut Numbers, code: &mut Code, extension: Extension, in_it: bool) {
    if !later(n, code, extension, in_it) {
        first(n, code);
    }
}

/// Those of FPv4-SP.
fn first(n: &mut Numbers, code: &mut Code) {
    let (d, a, b) = (n.half(32), n.half(32), n.half(32));
    let (core, other) = (n.half(4), n.half(4));
    let base = if n.one_in(3) { R5 } else { R4 };
    let words = n.half(8);
    match n.below(25) {
        0 | 1 => code.vadd(d, a, b),
        2 => code.vsub(d, a, b),
        3 | 4 => code.vmul(d, a, b),
        5 => code.vfma(d, a, b),
        6 => code.vmla(d, a, b),
        7 => code.vdiv(d, a, b),
        8 => code.vsqrt(d, a),
        9 => code.vcmp(d, a),
        10 => code.vmrs(15),
        11 => code.vcvt_from_signed(d, a),
        12 => code.vcvt_to_signed(d, a),
        13 | 14 => code.vmov_to(d, core),
        15 | 16 => code.vmov_from(core, a),
        17 => code.vmov_pair_from(core, (other + u16::from(core == other)) & 3, a.min(30)),
        18 => code.vldr(d, base, words),
        19 => code.vstr(d, base, words),
        20 => code.vldr_double(d / 2, base, words),
        21 => code.vstr_double(d / 2, base, words),
        22 => code.vldm(base, false, d, 1 + n.half(4).min(31 - d)),
        23 => code.vstm(base, false, d, 1 + n.half(4).min(31 - d)),
        _ => code.vmrs(core),
    };
}

/// Instructions that stand outside IT blocks only here.
pub(crate) fn free(n: &mut Numbers, code: &mut Code) {
    let core = n.half(4);
    let set = |code: &mut Code, address: u32, value: u32| {
        code.mov32(R7, address).mov32(core, value).str(core, R7, 0);
    };
    match n.below(12) {
        0 => {
            point(n, code);
            code.vldm(R7, true, n.half(24), 1 + n.half(8));
        }
        1 => {
            point(n, code);
            code.vstm(R7, true, n.half(24), 1 + n.half(8));
        }
        2 | 3 => {
            code.vpush_doubles(n.half(8), 4).vpop_doubles(n.half(8), 4);
        }
        4 => {
            // vldr s, [pc, #4]; b over; nop; literal
            if code.here() % 4 == 2 {
                code.nop();
            }
            code.vldr(n.half(32), 15, 1).put(&[0xe002]).put(&[0xbf00]).put(&[n.half(0x1_0000), n.half(0x1_0000)]);
        }
        5 => {
            code.vmsr(core);
        }
        // CONTROL.FPCA.
        6 | 7 => {
            code.movs(core, 4 * n.half(2)).msr(20, core);
        }
        8 => set(code, CPACR, if n.one_in(2) { 0 } else { FULL_ACCESS }),
        9 | 10 => set(code, FPCCR, (n.below(4) as u32) << 30),
        _ => set(code, FPDSCR, n.below(1 << 32) as u32),
    }
}
