//! Control and status registers: what can be written, what reads back, and the counters.

use bksim::cpu::CoreStop;
use bksim::cpu::riscv::RiscvConfig;
use bksim::cpu::riscv::RiscvModel::{self, Rv32Imac, Rv32Imafc, Rv32Imc, Rv64Gc};

use crate::asm::{A0, A1, A2, A3, A4, A5, Code, T0, T1, ZERO};
use crate::rig::{HANDLER, MTIME, PROGRAM, Rig, config, csr};

/// What a register reads as behind a write of `value`, extended by its sign on a core of 64 bits.
fn written(model: RiscvModel, number: u32, value: u32) -> u64 {
    let mut program = Code::at(PROGRAM);
    program.csrw(number, value).csrr(A0, number).ebreak();
    let mut rig = Rig::counting(model, &[&program]);
    rig.run_to_breakpoint();
    rig.register(A0)
}

fn read(model: RiscvModel, number: u32) -> u64 {
    let mut program = Code::at(PROGRAM);
    program.csrr(A0, number).ebreak();
    let mut rig = Rig::counting(model, &[&program]);
    rig.run_to_breakpoint();
    rig.register(A0)
}

/// Table 3.2: a letter a bit; MXL 1 is 32 bits, 2 is 64. Writes change nothing.
#[test]
fn misa_says_what_the_core_is() {
    let letters = |letters: &str| letters.bytes().map(|letter| 1_u64 << (letter - b'A')).sum::<u64>();
    for (model, extensions) in [(Rv32Imc, "CIMU"), (Rv32Imac, "ACIMU"), (Rv32Imafc, "ACFIMU")] {
        assert_eq!(read(model, csr::MISA), 1 << 30 | letters(extensions));
        assert_eq!(written(model, csr::MISA, 0), 1 << 30 | letters(extensions));
    }
    assert_eq!(read(Rv64Gc, csr::MISA), 2 << 62 | letters("ACDFIMSU"));
}

/// 3.1.2 to 3.1.5: no vendor, no architecture number, no implementation number; the hart's own.
#[test]
fn identities() {
    for number in [0xf11, 0xf12, 0xf13, 0xf15] {
        assert_eq!(read(Rv32Imac, number), 0);
    }
    let mut program = Code::at(PROGRAM);
    program.csrr(A0, 0xf14).ebreak();
    let mut rig = Rig::with(&RiscvConfig { hart: 3, ..config(Rv32Imac) }, &[&program]);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(A0), 3);
}

/// Figure 3.6 and figure 3.7: the fields that there are.
#[test]
fn fields_of_mstatus() {
    // MIE, MPIE, MPP, MPRV, TW; FS with F, and SD for its Dirty.
    assert_eq!(written(Rv32Imac, csr::MSTATUS, u32::MAX), 0x0022_1888);
    assert_eq!(written(Rv32Imafc, csr::MSTATUS, u32::MAX), 0x8022_7888);
    // With S-mode: SIE, SPIE, SPP, SUM, MXR, TVM, TSR. UXL and SXL say 64 bits and cannot be changed.
    assert_eq!(written(Rv64Gc, csr::MSTATUS, u32::MAX), 1 << 63 | 0xa_0000_0000 | 0x007e_79aa);
    assert_eq!(written(Rv64Gc, csr::MSTATUS, 0), 0xa_0000_0000);
    // S-mode's view of it (figure 4.2).
    assert_eq!(written(Rv64Gc, csr::SSTATUS, u32::MAX), 1 << 63 | 0x2_0000_0000 | 0x000c_6122);
    // MPP keeps a mode that exists: H never does, S not without it.
    assert_eq!(written(Rv64Gc, csr::MSTATUS, 2 << 11) & 3 << 11, 0);
    assert_eq!(written(Rv64Gc, csr::MSTATUS, 1 << 11) & 3 << 11, 1 << 11);
    assert_eq!(written(Rv32Imac, csr::MSTATUS, 1 << 11), 0);
    assert_eq!(written(Rv32Imac, 0x310, u32::MAX), 0, "mstatush");
}

/// 3.1.7, 3.1.13 to 3.1.16, 3.1.18.
#[test]
fn trap_registers() {
    for model in [Rv32Imac, Rv64Gc] {
        assert_eq!(written(model, csr::MTVEC, 0x1234_5679), 0x1234_5679);
        assert_eq!(written(model, csr::MTVEC, 0x1234_567b), 0x1234_5679, "MODE 2 and 3 are reserved");
        assert_eq!(written(model, csr::MEPC, 0x1234_5677), 0x1234_5676, "IALIGN is 16");
        for number in [csr::MSCRATCH, csr::MCAUSE, csr::MTVAL] {
            assert_eq!(written(model, number, 0x7654_3211), 0x7654_3211);
        }
        assert_eq!(written(model, 0x30a, u32::MAX), 1, "menvcfg: FIOM");
    }
    for number in [csr::STVEC, csr::SCAUSE, csr::STVAL, 0x140] {
        assert_eq!(written(Rv64Gc, number, 0x7654_3211), 0x7654_3211);
    }
    assert_eq!(written(Rv64Gc, csr::SEPC, 0x7654_3211), 0x7654_3210);
    assert_eq!(written(Rv64Gc, csr::SATP, u32::MAX), 0, "bare, always");
}

/// 3.1.9 and 4.1.3: mip's lines are read-only; S-mode's bits can be written by M-mode, and SSIP by S-mode.
#[test]
fn interrupt_registers() {
    assert_eq!(written(Rv32Imac, csr::MIE, u32::MAX), 0x888);
    assert_eq!(written(Rv64Gc, csr::MIE, u32::MAX), 0xaaa);
    assert_eq!(written(Rv32Imac, csr::MIP, u32::MAX), 0);
    assert_eq!(written(Rv64Gc, csr::MIP, u32::MAX), 0x222);
    assert_eq!(written(Rv64Gc, csr::MIDELEG, u32::MAX), 0x222);
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MIDELEG, 0x022).csrw(csr::SIE, 0xfff).csrr(A0, csr::SIE).csrr(A1, csr::MIE);
    program.csrw(csr::MIP, 0x220).csrr(A2, csr::SIP).csrw(csr::SIP, 0xfff).csrr(A3, csr::MIP).csrw(csr::SIP, 0);
    program.csrr(A4, csr::MIP).ebreak();
    let mut rig = Rig::counting(Rv64Gc, &[&program]);
    rig.run_to_breakpoint();
    let seen = [A0, A1, A2, A3, A4].map(|register| rig.register(register));
    assert_eq!(seen, [0x022, 0x022, 0x020, 0x222, 0x220]);
}

/// 3.1.9: SEIP is what was written, or the line; CSRRS and CSRRC start from what was written.
#[test]
fn the_external_interrupt_of_supervisor_mode_is_two_in_one() {
    let mut program = Code::at(PROGRAM);
    program.csrsi(csr::MIP, 2).csrr(A0, csr::MIP).csrr(A1, csr::MIP);
    program.li(T0, 1 << 9).csrrs(ZERO, csr::MIP, T0).csrr(A2, csr::MIP).ebreak();
    let mut rig = Rig::counting(Rv64Gc, &[&program]);
    rig.core.set_irq(9, true, 0);
    assert_eq!(rig.run(2), CoreStop::Horizon);
    rig.core.set_irq(9, false, 2);
    rig.run_to_breakpoint();
    let seen = [A0, A1, A2].map(|register| rig.register(register));
    assert_eq!(seen, [1 << 9 | 2, 2, 1 << 9 | 2], "the line is read, and is not written back");
}

/// 3.1.10 and 3.1.11: mcycle counts cycles, minstret instructions that came before; writes count from behind the writer.
#[test]
fn counters_count() {
    for model in [Rv32Imac, Rv64Gc] {
        let mut program = Code::at(PROGRAM);
        program.csrr(A0, csr::MCYCLE).csrr(A1, csr::MINSTRET).nop().word(0x02b6_0633); // mul a2, a2, a1
        program.csrr(A2, csr::MCYCLE).csrr(A3, csr::MINSTRET).ebreak();
        let mut rig = Rig::new(model, &[&program]);
        rig.run_to_breakpoint();
        // csrr 3, csrr 3, nop 1, mul 5.
        let seen = [A0, A1, A2, A3].map(|register| rig.register(register));
        assert_eq!(seen, [0, 1, 12, 5]);

        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MCYCLE, 1000).csrr(A0, csr::MCYCLE).csrw(csr::MINSTRET, 77).csrr(A1, csr::MINSTRET);
        program.nop().csrr(A2, csr::MINSTRET).ebreak();
        let mut rig = Rig::new(model, &[&program]);
        rig.run_to_breakpoint();
        assert_eq!([A0, A1, A2].map(|register| rig.register(register)), [1000, 77, 79]);
    }
}

/// The upper halves, where registers are of 32 bits.
#[test]
fn counters_of_64_bits_in_two_halves() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MCYCLE + 0x80, 5).csrw(csr::MCYCLE, u32::MAX).nop().csrr(A0, csr::MCYCLE + 0x80);
    program.csrr(A1, csr::CYCLE).csrw(csr::MINSTRET + 0x80, 9).csrr(A2, csr::INSTRET + 0x80).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.run_to_breakpoint();
    // From 5 x 2^32 - 1 behind the write: the nop, the first csrr, then the second reads 1 beyond.
    assert_eq!([A0, A1, A2].map(|register| rig.register(register)), [6, 1, 9]);
}

/// 3.1.11 (Zicntr): the instruction that writes either half is not counted in the other.
#[test]
fn a_write_of_the_upper_half_of_minstret_is_not_counted_in_the_lower() {
    let mut program = Code::at(PROGRAM);
    program.li(T0, u32::MAX).csrrw(ZERO, csr::MINSTRET, T0).csrrw(ZERO, csr::MINSTRET + 0x80, T0).nop();
    program.csrr(A0, csr::MINSTRET).csrr(A1, csr::MINSTRET + 0x80).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.run_to_breakpoint();
    assert_eq!([A0, A1].map(|register| rig.register(register)), [0, 0]);
}

/// 3.1.12: mcountinhibit stops them.
#[test]
fn counters_can_be_stopped() {
    let mut program = Code::at(PROGRAM);
    program.csrsi(csr::MCOUNTINHIBIT, 5).csrr(A0, csr::MCYCLE).csrr(A1, csr::MINSTRET).nops(10);
    program.csrr(A2, csr::MCYCLE).csrr(A3, csr::MINSTRET).csrr(A4, csr::MCOUNTINHIBIT);
    program.csrci(csr::MCOUNTINHIBIT, 1).nops(2).csrr(A5, csr::MCYCLE).csrr(T0, csr::MINSTRET).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.run_to_breakpoint();
    let seen = [A0, A1, A2, A3, A4, A5, T0].map(|register| rig.register(register));
    assert_eq!(seen, [1, 1, 1, 1, 5, 3, 1]);
}

/// 3.1.11, 4.1.5: cycle, time and instret below M-mode are mcounteren's, below S-mode scounteren's, too.
#[test]
fn who_may_read_counters() {
    let refused = |model, machine: u32, supervisor: Option<u32>, mode: u32, number: u32| {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, HANDLER).csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
        program.csrw(csr::MCOUNTEREN, machine).csrw(csr::MSTATUS, mode << 11);
        if let Some(supervisor) = supervisor {
            program.csrw(0x106, supervisor);
        }
        program.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
        program.csrr(A0, number).ecall();
        let mut handler = Code::at(HANDLER);
        handler.csrr(A1, csr::MCAUSE).csrw(csr::MTVEC, 0).ebreak();
        let mut rig = Rig::counting(model, &[&program, &handler]);
        rig.run_to_breakpoint();
        rig.register(A1) == 2
    };
    for (bit, number) in [(0, csr::CYCLE), (1, csr::TIME), (2, csr::INSTRET)] {
        assert!(refused(Rv32Imac, !(1 << bit), None, 0, number));
        assert!(!refused(Rv32Imac, 1 << bit, None, 0, number));
        assert!(refused(Rv64Gc, 1 << bit, Some(0), 0, number));
        assert!(refused(Rv64Gc, 0, Some(1 << bit), 1, number));
        assert!(!refused(Rv64Gc, 1 << bit, Some(0), 1, number));
        assert!(!refused(Rv64Gc, 1 << bit, Some(1 << bit), 0, number));
    }
}

/// `time` is the machine timer's counter, read where the bus has it (3.1.11); a core without one does not have it.
#[test]
fn time_is_read_through_the_bus() {
    let mut program = Code::at(PROGRAM);
    program.nops(6).csrr(A0, csr::TIME).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(A0), 6, "the rig's timer counts cycles");
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).csrr(A0, csr::TIME);
    let mut handler = Code::at(HANDLER);
    handler.csrr(A1, csr::MCAUSE).ebreak();
    for mtime in [None, Some(MTIME + 0x100)] {
        let mut rig = Rig::with(&RiscvConfig { mtime, ..config(Rv32Imac) }, &[&program, &handler]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(A1), 2);
    }
}

/// mhpmcounter3 to 31 and mhpmevent3 to 31 are there, and are 0.
#[test]
fn performance_counters_are_zero() {
    for number in [0xb03, 0xb1f, 0x323, 0x33f, 0xc03, 0xc1f] {
        assert_eq!(read(Rv32Imac, number), 0);
    }
    assert_eq!(written(Rv32Imac, 0xb03, u32::MAX), 0);
}

/// Unprivileged specification, 9.1: CSRRS and CSRRC with x0 do not write, so that read-only registers can be read so.
#[test]
fn reading_is_no_writing() {
    let mut program = Code::at(PROGRAM);
    program.li(T0, 0xf0).csrrw(ZERO, csr::MSCRATCH, T0).li(T1, 0x3c).csrrs(A0, csr::MSCRATCH, T1);
    program.csrrc(A1, csr::MSCRATCH, T0).csrsi(csr::MSCRATCH, 3).csrci(csr::MSCRATCH, 1);
    program
        .csrr(A2, csr::MSCRATCH)
        .csrrc(A3, 0xf14, ZERO)
        .csrrw(T1, csr::MSCRATCH, T1)
        .csrr(A4, csr::MSCRATCH)
        .ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.run_to_breakpoint();
    let seen = [A0, A1, A2, A3, T1, A4].map(|register| rig.register(register));
    assert_eq!(seen, [0xf0, 0xfc, 0x0e, 0, 0x0e, 0x3c]);
}

/// A system reset leaves the clock, and nothing else.
#[test]
fn a_reset() {
    let mut program = Code::at(PROGRAM);
    program.csrr(A0, csr::MSTATUS).csrr(A1, csr::MTVEC).csrr(A2, csr::PMPCFG0).csrr(A3, csr::MIE).csrr(A4, csr::MCYCLE);
    program.csrw(csr::MTVEC, HANDLER).csrw(csr::MIE, 0x888).csrw(csr::MSTATUS, 8).csrw(csr::PMPCFG0, 0x80).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.core.set_irq(7, false, 0);
    assert!(matches!(rig.run(1000), CoreStop::Breakpoint { .. } | CoreStop::Lockup));
    let cycles = rig.core.cycles();
    rig.core.system_reset();
    assert_eq!((rig.core.pc(), rig.core.cycles()), (PROGRAM.into(), cycles));
    assert_eq!(rig.run(cycles + 5), CoreStop::Horizon);
    let seen = [A0, A1, A2, A3, A4].map(|register| rig.register(register));
    assert_eq!(seen, [0, 0, 0, 0, cycles + 4]);
    rig.core.reset();
    assert_eq!((rig.core.cycles(), rig.core.instructions()), (0, 0));
}
