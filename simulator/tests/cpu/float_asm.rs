//! Floating-point encodings (Arm DDI 0403E, A7.7) for the programs of these tests, compared with the GNU assembler's.

use crate::asm::Code;

/// The two halfwords with a single register in the place of Vd:D (bits 15:12 and 22), Vn:N (19:16 and 7) and Vm:M (3:0
/// and 5).
fn three(opcode: u32, d: u16, n: u16, m: u16) -> [u16; 2] {
    let [d, n, m] = [d, n, m].map(u32::from);
    let word = opcode | d >> 1 << 12 | (d & 1) << 22 | n >> 1 << 16 | (n & 1) << 7 | m >> 1 | (m & 1) << 5;
    [(word >> 16) as u16, word as u16]
}

/// A load or store: `opcode`, the base, a single or double register's Vd:D or D:Vd, and the offset or count.
fn memory(opcode: u32, base: u16, register: u16, double: bool, imm8: u16) -> [u16; 2] {
    let half = if double { 2 * register } else { register };
    let [first, second] = three(opcode, if double { half & 0x1e } else { half }, 0, 0);
    [first | base, second | if double { 0x100 } else { 0 } | imm8]
}

impl Code {
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
