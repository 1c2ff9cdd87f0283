//! Exceptions and interrupts: cause, epc, tval, where the handler is, and the way back.

use bksim::cpu::CoreStop;
use bksim::cpu::riscv::RiscvModel;

use crate::asm::{A0, A1, A2, A3, Code};
use crate::rig::{DEVICE, PROGRAM, Rig, csr};

#[test]
fn a_program_runs_and_its_accesses_carry_their_cycles() {
    let mut program = Code::at(PROGRAM);
    program.li(A0, 5).li(A1, DEVICE).sw(A0, A1, 0).lw(A2, A1, 4).addi(A0, A0, 1).csrr(A3, csr::MISA).ebreak();
    let mut rig = Rig::counting(RiscvModel::Rv32Imac, &[&program]);
    assert_eq!(rig.run(100), CoreStop::Breakpoint { pc: 0x2000_0020 });
    assert_eq!((rig.register(A0), rig.register(A2)), (6, 5));
    // A, C, I, M, U; MXL says 32 bits.
    assert_eq!(rig.register(A3), 0x4010_1105);
    assert_eq!(rig.bus.log, [(4, 0x2000_0010, DEVICE, 4, Some(5)), (5, 0x2000_0014, DEVICE + 4, 4, None)]);
}
