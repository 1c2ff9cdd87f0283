//! Floating-point encodings (Arm DDI 0403E, A7.7) for the programs of these tests, compared with the GNU assembler's.

use crate::asm::Code;

/// An instruction that processes data: the opcode, and which of Vd, Vn and Vm name double registers when it is one of
/// double precision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation(u32, [bool; 3]);

impl Operation {
    /// Whether there is a register in the place of Vn: it is part of the opcode of the others (table A6-3).
    pub(crate) fn has_n(self) -> bool {
        self.0 >> 20 & 0xb != 0xb
    }
}

const ALL: [bool; 3] = [true; 3];
const DESTINATION: [bool; 3] = [true, false, false];
const SOURCE: [bool; 3] = [false, false, true];

pub(crate) const VADD: Operation = Operation(0xee30_0a00, ALL);
pub(crate) const VSUB: Operation = Operation(0xee30_0a40, ALL);
pub(crate) const VMUL: Operation = Operation(0xee20_0a00, ALL);
pub(crate) const VNMUL: Operation = Operation(0xee20_0a40, ALL);
pub(crate) const VDIV: Operation = Operation(0xee80_0a00, ALL);
pub(crate) const VMLA: Operation = Operation(0xee00_0a00, ALL);
pub(crate) const VNMLS: Operation = Operation(0xee10_0a00, ALL);
pub(crate) const VFMA: Operation = Operation(0xeea0_0a00, ALL);
pub(crate) const VFNMS: Operation = Operation(0xee90_0a00, ALL);
pub(crate) const VSQRT: Operation = Operation(0xeeb1_0ac0, ALL);
pub(crate) const VABS: Operation = Operation(0xeeb0_0ac0, ALL);
pub(crate) const VNEG: Operation = Operation(0xeeb1_0a40, ALL);
pub(crate) const VCMP: Operation = Operation(0xeeb4_0a40, ALL);
/// To signed integers of 32 bits, towards zero.
pub(crate) const VCVT_TO_SIGNED: Operation = Operation(0xeebd_0ac0, SOURCE);
pub(crate) const VCVT_FROM_SIGNED: Operation = Operation(0xeeb8_0ac0, DESTINATION);
pub(crate) const VCVT_FROM_UNSIGNED: Operation = Operation(0xeeb8_0a40, DESTINATION);
/// `vcvtb.f16.f32`, `vcvtb.f16.f64`, and the other way round.
pub(crate) const VCVTB_TO_HALF: Operation = Operation(0xeeb3_0a40, SOURCE);
pub(crate) const VCVTB_FROM_HALF: Operation = Operation(0xeeb2_0a40, DESTINATION);
pub(crate) const VRINTR: Operation = Operation(0xeeb6_0a40, ALL);
pub(crate) const VRINTX: Operation = Operation(0xeeb7_0a40, ALL);
pub(crate) const VRINTZ: Operation = Operation(0xeeb6_0ac0, ALL);
pub(crate) const VRINTA: Operation = Operation(0xfeb8_0a40, ALL);
pub(crate) const VRINTN: Operation = Operation(0xfeb9_0a40, ALL);
pub(crate) const VRINTP: Operation = Operation(0xfeba_0a40, ALL);
pub(crate) const VRINTM: Operation = Operation(0xfebb_0a40, ALL);
/// To signed integers, to the nearest, ties away from zero; to plus infinity.
pub(crate) const VCVTA: Operation = Operation(0xfebc_0ac0, SOURCE);
pub(crate) const VCVTP: Operation = Operation(0xfebe_0ac0, SOURCE);
pub(crate) const VMAXNM: Operation = Operation(0xfe80_0a00, ALL);
pub(crate) const VMINNM: Operation = Operation(0xfe80_0a40, ALL);
pub(crate) const VSELEQ: Operation = Operation(0xfe00_0a00, ALL);
pub(crate) const VSELGE: Operation = Operation(0xfe20_0a00, ALL);

/// The two halfwords with registers in the place of Vd and D (bits 15:12 and 22), Vn and N (19:16 and 7), Vm and M (3:0
/// and 5): a double one is D:Vd, a single one Vd:D.
fn place(opcode: u32, doubles: [bool; 3], registers: [u16; 3]) -> [u16; 2] {
    let fields = [(12, 22), (16, 7), (0, 5)];
    let word =
        fields.into_iter().zip(doubles).zip(registers).fold(opcode, |word, (((high, low), double), register)| {
            let register = u32::from(register);
            let (four, one) = if double { (register & 0xf, register >> 4) } else { (register >> 1, register & 1) };
            word | four << high | one << low
        });
    [(word >> 16) as u16, word as u16]
}

fn three(opcode: u32, d: u16, n: u16, m: u16) -> [u16; 2] {
    place(opcode, [false; 3], [d, n, m])
}

/// A load or store: `opcode`, the base, a single or double register's Vd:D or D:Vd, and the offset or count.
fn memory(opcode: u32, base: u16, register: u16, double: bool, imm8: u16) -> [u16; 2] {
    let half = if double { 2 * register } else { register };
    let [first, second] = three(opcode, if double { half & 0x1e } else { half }, 0, 0);
    [first | base, second | if double { 0x100 } else { 0 } | imm8]
}

impl Code {
    /// An instruction in single precision, with single registers; those that it has not are 0.
    pub(crate) fn single(&mut self, operation: Operation, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&three(operation.0, d, n, m))
    }

    /// An instruction in double precision.
    pub(crate) fn double(&mut self, operation: Operation, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&place(operation.0 | 0x100, operation.1, [d, n, m]))
    }

    /// `vcvt.f64.f32 dd, sm`
    pub(crate) fn vcvt_to_double(&mut self, d: u16, m: u16) -> &mut Self {
        self.put(&place(0xeeb7_0ac0, DESTINATION, [d, 0, m]))
    }

    /// `vcvt.f32.f64 sd, dm`
    pub(crate) fn vcvt_to_single(&mut self, d: u16, m: u16) -> &mut Self {
        self.put(&place(0xeeb7_0bc0, SOURCE, [d, 0, m]))
    }

    /// `vmov dm, rt, rt2`
    pub(crate) fn vmov_double_to(&mut self, m: u16, rt: u16, rt2: u16) -> &mut Self {
        let [first, second] = place(0xec40_0b10, SOURCE, [0, 0, m]);
        self.put(&[first | rt2, second | rt << 12])
    }

    /// `vadd.f32 sd, sn, sm`
    pub(crate) fn vadd(&mut self, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&three(0xee30_0a00, d, n, m))
    }

    /// `vsub.f32 sd, sn, sm`
    pub(crate) fn vsub(&mut self, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&three(0xee30_0a40, d, n, m))
    }

    /// `vmul.f32 sd, sn, sm`
    pub(crate) fn vmul(&mut self, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&three(0xee20_0a00, d, n, m))
    }

    /// `vfma.f32 sd, sn, sm`
    pub(crate) fn vfma(&mut self, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&three(0xeea0_0a00, d, n, m))
    }

    /// `vmla.f32 sd, sn, sm`
    pub(crate) fn vmla(&mut self, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&three(0xee00_0a00, d, n, m))
    }

    /// `vdiv.f32 sd, sn, sm`
    pub(crate) fn vdiv(&mut self, d: u16, n: u16, m: u16) -> &mut Self {
        self.put(&three(0xee80_0a00, d, n, m))
    }

    /// `vsqrt.f32 sd, sm`
    pub(crate) fn vsqrt(&mut self, d: u16, m: u16) -> &mut Self {
        self.put(&three(0xeeb1_0ac0, d, 0, m))
    }

    /// `vcmp.f32 sd, sm`
    pub(crate) fn vcmp(&mut self, d: u16, m: u16) -> &mut Self {
        self.put(&three(0xeeb4_0a40, d, 0, m))
    }

    /// `vcvt.f32.s32 sd, sm`
    pub(crate) fn vcvt_from_signed(&mut self, d: u16, m: u16) -> &mut Self {
        self.put(&three(0xeeb8_0ac0, d, 0, m))
    }

    /// `vcvt.s32.f32 sd, sm`
    pub(crate) fn vcvt_to_signed(&mut self, d: u16, m: u16) -> &mut Self {
        self.put(&three(0xeebd_0ac0, d, 0, m))
    }

    /// `vmov sn, rt`
    pub(crate) fn vmov_to(&mut self, n: u16, rt: u16) -> &mut Self {
        let [first, second] = three(0xee00_0a10, 0, n, 0);
        self.put(&[first, second | rt << 12])
    }

    /// `vmov rt, sn`
    pub(crate) fn vmov_from(&mut self, rt: u16, n: u16) -> &mut Self {
        let [first, second] = three(0xee10_0a10, 0, n, 0);
        self.put(&[first, second | rt << 12])
    }

    /// `vmov rt, rt2, sm, sm+1`
    pub(crate) fn vmov_pair_from(&mut self, rt: u16, rt2: u16, m: u16) -> &mut Self {
        let [first, second] = three(0xec50_0a10, 0, 0, m);
        self.put(&[first | rt2, second | rt << 12])
    }

    /// `vmrs rt, fpscr`; with 15, `vmrs APSR_nzcv, fpscr`
    pub(crate) fn vmrs(&mut self, rt: u16) -> &mut Self {
        self.put(&[0xeef1, 0x0a10 | rt << 12])
    }

    /// `vmsr fpscr, rt`
    pub(crate) fn vmsr(&mut self, rt: u16) -> &mut Self {
        self.put(&[0xeee1, 0x0a10 | rt << 12])
    }

    /// `vldr sd, [rn, #4 * words]`
    pub(crate) fn vldr(&mut self, d: u16, rn: u16, words: u16) -> &mut Self {
        self.put(&memory(0xed90_0a00, rn, d, false, words))
    }

    /// `vstr sd, [rn, #4 * words]`
    pub(crate) fn vstr(&mut self, d: u16, rn: u16, words: u16) -> &mut Self {
        self.put(&memory(0xed80_0a00, rn, d, false, words))
    }

    /// `vldr dd, [rn, #4 * words]`
    pub(crate) fn vldr_double(&mut self, d: u16, rn: u16, words: u16) -> &mut Self {
        self.put(&memory(0xed90_0a00, rn, d, true, words))
    }

    /// `vstr dd, [rn, #4 * words]`
    pub(crate) fn vstr_double(&mut self, d: u16, rn: u16, words: u16) -> &mut Self {
        self.put(&memory(0xed80_0a00, rn, d, true, words))
    }

    /// `vldmia rn, {sd, ...}` of so many; with `write_back` `rn!`
    pub(crate) fn vldm(&mut self, rn: u16, write_back: bool, d: u16, count: u16) -> &mut Self {
        self.put(&memory(0xec90_0a00 | u32::from(write_back) << 21, rn, d, false, count))
    }

    /// `vstmia rn, {sd, ...}` of so many; with `write_back` `rn!`
    pub(crate) fn vstm(&mut self, rn: u16, write_back: bool, d: u16, count: u16) -> &mut Self {
        self.put(&memory(0xec80_0a00 | u32::from(write_back) << 21, rn, d, false, count))
    }

    /// `vpush {dd, ...}` of so many doubles
    pub(crate) fn vpush_doubles(&mut self, d: u16, count: u16) -> &mut Self {
        self.put(&memory(0xed2d_0a00, 0, d, true, 2 * count))
    }

    /// `vpop {dd, ...}` of so many doubles
    pub(crate) fn vpop_doubles(&mut self, d: u16, count: u16) -> &mut Self {
        self.put(&memory(0xecbd_0a00, 0, d, true, 2 * count))
    }
}

#[test]
fn encodings() {
    let mut code = Code::at(0);
    code.vadd(1, 30, 31).vsub(2, 3, 4).vmul(5, 6, 7).vfma(8, 9, 10).vmla(11, 12, 13).vdiv(14, 15, 16);
    code.vsqrt(17, 18).vcmp(19, 20).vcvt_from_signed(21, 22).vcvt_to_signed(23, 24);
    code.vmov_to(1, 2).vmov_from(3, 31).vmov_pair_from(4, 5, 29).vmrs(6).vmrs(15).vmsr(7);
    code.vldr(1, 2, 3).vstr(30, 13, 255).vldr_double(9, 4, 1).vstr_double(15, 5, 2);
    code.vldm(1, false, 3, 4).vldm(1, true, 16, 16).vstm(2, false, 29, 3).vstm(2, true, 0, 32);
    code.vpush_doubles(8, 8).vpop_doubles(0, 16);
    let words: Vec<u32> = code.halfwords.chunks(2).map(|pair| u32::from(pair[0]) << 16 | u32::from(pair[1])).collect();
    // arm-none-eabi-as 2.40, -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16
    let expected = [
        0xee7f_0a2f_u32, // vadd.f32 s1, s30, s31
        0xee31_1ac2,     // vsub.f32 s2, s3, s4
        0xee63_2a23,     // vmul.f32 s5, s6, s7
        0xeea4_4a85,     // vfma.f32 s8, s9, s10
        0xee46_5a26,     // vmla.f32 s11, s12, s13
        0xee87_7a88,     // vdiv.f32 s14, s15, s16
        0xeef1_8ac9,     // vsqrt.f32 s17, s18
        0xeef4_9a4a,     // vcmp.f32 s19, s20
        0xeef8_aacb,     // vcvt.f32.s32 s21, s22
        0xeefd_bacc,     // vcvt.s32.f32 s23, s24
        0xee00_2a90,     // vmov s1, r2
        0xee1f_3a90,     // vmov r3, s31
        0xec55_4a3e,     // vmov r4, r5, s29, s30
        0xeef1_6a10,     // vmrs r6, fpscr
        0xeef1_fa10,     // vmrs APSR_nzcv, fpscr
        0xeee1_7a10,     // vmsr fpscr, r7
        0xedd2_0a03,     // vldr s1, [r2, #12]
        0xed8d_faff,     // vstr s30, [sp, #1020]
        0xed94_9b01,     // vldr d9, [r4, #4]
        0xed85_fb02,     // vstr d15, [r5, #8]
        0xecd1_1a04,     // vldmia r1, {s3-s6}
        0xecb1_8a10,     // vldmia r1!, {s16-s31}
        0xecc2_ea03,     // vstmia r2, {s29-s31}
        0xeca2_0a20,     // vstmia r2!, {s0-s31}
        0xed2d_8b10,     // vpush {d8-d15}
        0xecbd_0b20,     // vpop {d0-d15}
    ];
    assert_eq!(words, expected);
}

#[test]
fn encodings_of_both_precisions() {
    let mut code = Code::at(0);
    let singles = [VADD, VSUB, VMUL, VNMUL, VDIV, VMLA, VNMLS, VFMA, VFNMS, VMAXNM, VMINNM, VSELEQ, VSELGE];
    for operation in singles {
        code.single(operation, 1, 30, 31).double(operation, 3, 14, 15);
    }
    let two = [
        VSQRT,
        VABS,
        VNEG,
        VCMP,
        VCVT_TO_SIGNED,
        VCVT_FROM_SIGNED,
        VCVT_FROM_UNSIGNED,
        VCVTB_TO_HALF,
        VCVTB_FROM_HALF,
        VRINTR,
        VRINTX,
        VRINTZ,
        VRINTA,
        VRINTN,
        VRINTP,
        VRINTM,
        VCVTA,
        VCVTP,
    ];
    for operation in two {
        code.single(operation, 5, 0, 28).double(operation, 7, 0, 13);
    }
    code.vcvt_to_double(9, 21).vcvt_to_single(21, 9).vmov_double_to(11, 2, 3);
    let words: Vec<u32> = code.halfwords.chunks(2).map(|pair| u32::from(pair[0]) << 16 | u32::from(pair[1])).collect();
    assert_eq!(words, EXPECTED);
}

/// arm-none-eabi-as 2.40, -mthumb -mcpu=cortex-m7 -mfpu=fpv5-d16
const EXPECTED: [u32; 65] = [
    0xee7f_0a2f, // vadd.f32 s1, s30, s31
    0xee3e_3b0f, // vadd.f64 d3, d14, d15
    0xee7f_0a6f, // vsub.f32 s1, s30, s31
    0xee3e_3b4f, // vsub.f64 d3, d14, d15
    0xee6f_0a2f, // vmul.f32 s1, s30, s31
    0xee2e_3b0f, // vmul.f64 d3, d14, d15
    0xee6f_0a6f, // vnmul.f32 s1, s30, s31
    0xee2e_3b4f, // vnmul.f64 d3, d14, d15
    0xeecf_0a2f, // vdiv.f32 s1, s30, s31
    0xee8e_3b0f, // vdiv.f64 d3, d14, d15
    0xee4f_0a2f, // vmla.f32 s1, s30, s31
    0xee0e_3b0f, // vmla.f64 d3, d14, d15
    0xee5f_0a2f, // vnmls.f32 s1, s30, s31
    0xee1e_3b0f, // vnmls.f64 d3, d14, d15
    0xeeef_0a2f, // vfma.f32 s1, s30, s31
    0xeeae_3b0f, // vfma.f64 d3, d14, d15
    0xeedf_0a2f, // vfnms.f32 s1, s30, s31
    0xee9e_3b0f, // vfnms.f64 d3, d14, d15
    0xfecf_0a2f, // vmaxnm.f32 s1, s30, s31
    0xfe8e_3b0f, // vmaxnm.f64 d3, d14, d15
    0xfecf_0a6f, // vminnm.f32 s1, s30, s31
    0xfe8e_3b4f, // vminnm.f64 d3, d14, d15
    0xfe4f_0a2f, // vseleq.f32 s1, s30, s31
    0xfe0e_3b0f, // vseleq.f64 d3, d14, d15
    0xfe6f_0a2f, // vselge.f32 s1, s30, s31
    0xfe2e_3b0f, // vselge.f64 d3, d14, d15
    0xeef1_2ace, // vsqrt.f32 s5, s28
    0xeeb1_7bcd, // vsqrt.f64 d7, d13
    0xeef0_2ace, // vabs.f32 s5, s28
    0xeeb0_7bcd, // vabs.f64 d7, d13
    0xeef1_2a4e, // vneg.f32 s5, s28
    0xeeb1_7b4d, // vneg.f64 d7, d13
    0xeef4_2a4e, // vcmp.f32 s5, s28
    0xeeb4_7b4d, // vcmp.f64 d7, d13
    0xeefd_2ace, // vcvt.s32.f32 s5, s28
    0xeefd_3bcd, // vcvt.s32.f64 s7, d13
    0xeef8_2ace, // vcvt.f32.s32 s5, s28
    0xeeb8_7be6, // vcvt.f64.s32 d7, s13
    0xeef8_2a4e, // vcvt.f32.u32 s5, s28
    0xeeb8_7b66, // vcvt.f64.u32 d7, s13
    0xeef3_2a4e, // vcvtb.f16.f32 s5, s28
    0xeef3_3b4d, // vcvtb.f16.f64 s7, d13
    0xeef2_2a4e, // vcvtb.f32.f16 s5, s28
    0xeeb2_7b66, // vcvtb.f64.f16 d7, s13
    0xeef6_2a4e, // vrintr.f32 s5, s28
    0xeeb6_7b4d, // vrintr.f64 d7, d13
    0xeef7_2a4e, // vrintx.f32 s5, s28
    0xeeb7_7b4d, // vrintx.f64 d7, d13
    0xeef6_2ace, // vrintz.f32 s5, s28
    0xeeb6_7bcd, // vrintz.f64 d7, d13
    0xfef8_2a4e, // vrinta.f32 s5, s28
    0xfeb8_7b4d, // vrinta.f64 d7, d13
    0xfef9_2a4e, // vrintn.f32 s5, s28
    0xfeb9_7b4d, // vrintn.f64 d7, d13
    0xfefa_2a4e, // vrintp.f32 s5, s28
    0xfeba_7b4d, // vrintp.f64 d7, d13
    0xfefb_2a4e, // vrintm.f32 s5, s28
    0xfebb_7b4d, // vrintm.f64 d7, d13
    0xfefc_2ace, // vcvta.s32.f32 s5, s28
    0xfefc_3bcd, // vcvta.s32.f64 s7, d13
    0xfefe_2ace, // vcvtp.s32.f32 s5, s28
    0xfefe_3bcd, // vcvtp.s32.f64 s7, d13
    0xeeb7_9aea, // vcvt.f64.f32 d9, s21
    0xeef7_abc9, // vcvt.f32.f64 s21, d9
    0xec43_2b1b, // vmov d11, r2, r3
];
