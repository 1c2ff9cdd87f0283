//! Floating point, where it is not the instruction engine's alone: FMIN and FMAX behind what it computes.

use bksim::cpu::riscv::RiscvModel::{Rv32Imafc, Rv64Gc};

use crate::asm::{A0, A1, A2, A3, Code};
use crate::rig::{PROGRAM, Rig, csr};

const TWO: u32 = 2_f32.to_bits();
const THREE: u32 = 3_f32.to_bits();

/// `funct7 rs2 rs1 funct3 rd`, OP-FP.
fn op(funct7: u32, rs2: u32, rs1: u32, funct3: u32, rd: u32) -> u32 {
    funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | 0x53
}

/// Unprivileged specification, 11.6 and 11.7: the operands are the numbers that FMUL.S, FSGNJX.S and FMV.W.X have left.
#[test]
fn minimum_and_maximum_of_what_was_computed() {
    for model in [Rv32Imafc, Rv64Gc] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MSTATUS, 1 << 13).li(A0, TWO).li(A1, THREE);
        program.word(op(0x78, 0, A0, 0, 0)).word(op(0x78, 0, A1, 0, 1)); // fmv.w.x f0, a0; fmv.w.x f1, a1
        program.word(op(0x08, 1, 0, 0, 2)); // fmul.s f2, f0, f1
        program.word(op(0x10, 2, 1, 2, 3)); // fsgnjx.s f3, f1, f2
        program.word(op(0x14, 0, 2, 1, 4)).word(op(0x14, 3, 2, 0, 5)); // fmax.s f4, f2, f0; fmin.s f5, f2, f3
        program.word(op(0x70, 0, 4, 0, A2)).word(op(0x70, 0, 5, 0, A3)); // fmv.x.w a2, f4; fmv.x.w a3, f5
        program.ebreak();
        let mut rig = Rig::counting(model, &[&program]);
        rig.run_to_breakpoint();
        let result = |register| f32::from_bits(rig.register(register) as u32);
        assert_eq!((result(A2), result(A3)), (6.0, 3.0), "{model:?}");
    }
}
