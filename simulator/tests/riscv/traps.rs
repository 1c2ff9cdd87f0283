//! Exceptions: cause, epc, tval, where the handler is, and the way back.

use bksim::cpu::CoreStop;
use bksim::cpu::riscv::RiscvModel::{self, Rv32Imac, Rv32Imafc, Rv32Imc, Rv64Gc};

use crate::asm::{A0, A1, A2, A3, A4, Code, S0, T0, T1, ZERO};
use crate::rig::{DEVICE, HANDLER, NOWHERE, PROGRAM, RAM, Rig, also_on, csr};

/// mstatus fields (figure 3.6).
const MIE: u64 = 1 << 3;
const MPIE: u64 = 1 << 7;
const MPP: u32 = 3 << 11;
const MPRV: u32 = 1 << 17;

/// A handler that keeps what the trap is about in a0 to a4 (mcause, mepc, mtval, mstatus, the cycle) and ends the run:
/// EBREAK behind a fault does.
fn keeper() -> Code {
    let mut handler = Code::at(HANDLER);
    handler.csrr(A4, csr::MCYCLE).csrr(A0, csr::MCAUSE).csrr(A1, csr::MEPC).csrr(A2, csr::MTVAL);
    handler.csrr(A3, csr::MSTATUS).csrw(csr::MTVEC, 0).ebreak();
    handler
}

/// A program that has set mtvec, and s0 to `pointer`.
fn program(pointer: u32) -> Code {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).li(S0, pointer);
    program
}

/// (mcause, mepc, mtval) of what the program raises.
fn trap(model: RiscvModel, program: &Code) -> (u64, u64, u64) {
    let mut rig = Rig::counting(model, &[program, &keeper()]);
    rig.run_to_breakpoint();
    (rig.register(A0), rig.register(A1), rig.register(A2))
}

#[test]
fn a_program_runs_and_its_accesses_carry_their_cycles() {
    let mut program = Code::at(PROGRAM);
    program.li(A0, 5).li(A1, DEVICE).sw(A0, A1, 0).lw(A2, A1, 4).addi(A0, A0, 1).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    assert_eq!(rig.run(100), CoreStop::Breakpoint { pc: 0x2000_001c });
    assert_eq!((rig.register(A0), rig.register(A2)), (6, 5));
    assert_eq!(rig.bus.log, [(4, 0x2000_0010, DEVICE, 4, Some(5)), (5, 0x2000_0014, DEVICE + 4, 4, None)]);
}

/// Table 3.6 and section 3.1.16.
#[test]
fn access_faults_name_the_address() {
    for model in [Rv32Imac, Rv64Gc] {
        let mut load = program(NOWHERE);
        let pc = load.here();
        load.lw(A0, S0, 12);
        assert_eq!(trap(model, &load), (5, pc.into(), u64::from(NOWHERE) + 12));
        let mut store = program(NOWHERE);
        store.store(0, A0, S0, 33);
        assert_eq!(trap(model, &store), (7, pc.into(), u64::from(NOWHERE) + 33));
        // Of AMO and SC a fault is one of a store, also when they read (3.7.1).
        let mut amo = program(NOWHERE);
        amo.amo(0, 4, A0, A1, S0);
        assert_eq!(trap(model, &amo), (7, pc.into(), NOWHERE.into()));
        let mut reserve = program(NOWHERE);
        reserve.lr(A0, S0);
        assert_eq!(trap(model, &reserve), (5, pc.into(), NOWHERE.into()));
    }
}

#[test]
fn a_store_to_flash_that_nobody_programs_is_a_fault() {
    let mut store = program(PROGRAM + 0x100);
    let pc = store.here();
    store.sw(A0, S0, 0);
    assert_eq!(trap(Rv32Imac, &store), (7, pc.into(), u64::from(PROGRAM) + 0x100));
}

#[test]
fn fetches_fault_at_the_target() {
    for model in [Rv32Imac, Rv64Gc] {
        let mut jump = program(NOWHERE);
        jump.jalr(ZERO, S0, 4);
        assert_eq!(trap(model, &jump), (1, u64::from(NOWHERE) + 4, u64::from(NOWHERE) + 4));
        // A device is nothing that code runs from.
        let mut jump = program(DEVICE);
        jump.jalr(ZERO, S0, 0);
        assert_eq!(trap(model, &jump), (1, DEVICE.into(), DEVICE.into()));
    }
}

/// Addresses of 64 bits: what is beyond 4 GiB is nothing, and epc and tval tell all of it.
#[test]
fn addresses_are_as_wide_as_registers() {
    let mut load = program(0x8000_0000);
    let pc = load.here();
    load.lw(A0, S0, 0);
    assert_eq!(trap(Rv64Gc, &load), (5, pc.into(), 0xffff_ffff_8000_0000), "lui extends the sign");
    let mut jump = program(0x8000_0000);
    jump.jalr(ZERO, S0, 2);
    assert_eq!(trap(Rv64Gc, &jump), (1, 0xffff_ffff_8000_0002, 0xffff_ffff_8000_0002));
}

/// 3.1.16: mtval is the faulting instruction's bits.
#[test]
fn illegal_instructions_by_instruction_set() {
    let illegal = |model, word: u32, value: u64| {
        let mut program = program(RAM);
        let pc = program.here();
        program.word(word);
        assert_eq!(trap(model, &program), (2, pc.into(), value), "{model:?} {word:#x}");
    };
    let all = [Rv32Imc, Rv32Imac, Rv32Imafc, Rv64Gc];
    // Defined illegal, of two bytes and of four; a reserved compressed one (c.addi4spn with 0 is 0x0000, c.lui a0, 0).
    all.into_iter().for_each(|model| illegal(model, 0x0000_0000, 0));
    all.into_iter().for_each(|model| illegal(model, 0xffff_ffff, 0xffff_ffff));
    all.into_iter().for_each(|model| illegal(model, 0x0001_6501, 0x6501));
    // amoadd.w a0, a1, (s0): not without A.
    illegal(Rv32Imc, 0x00b4_252f, 0x00b4_252f);
    // fadd.s f0, f0, f0 and flw f0, 0(s0): not without F; fadd.d: not without D.
    for model in [Rv32Imc, Rv32Imac] {
        illegal(model, 0x0000_0053, 0x53);
        illegal(model, 0x0004_2007, 0x0004_2007);
        illegal(model, 0x0030_1073, 0x0030_1073); // csrw fcsr, zero
    }
    illegal(Rv32Imafc, 0x0200_0053, 0x0200_0053);
    // ld a0, 0(s0) and addiw a0, a0, 1: not with 32 bits.
    for model in [Rv32Imc, Rv32Imac, Rv32Imafc] {
        illegal(model, 0x0004_3503, 0x0004_3503);
        illegal(model, 0x0015_051b, 0x0015_051b);
        illegal(model, 0x1020_0073, 0x1020_0073); // sret: no S-mode
        illegal(model, 0x1200_0073, 0x1200_0073); // sfence.vma
        illegal(model, 0x1000_2573, 0x1000_2573); // csrr a0, sstatus
    }
    // A register that does not exist, and one that cannot be written: csrr a0, 0x7c0; csrw mhartid, a0; csrw cycle, a0.
    for word in [0x7c00_2573, 0xf145_1073, 0xc005_1073] {
        all.into_iter().for_each(|model| illegal(model, word, word.into()));
    }
    // mcycleh and pmpcfg1 are registers of 32 bits only.
    illegal(Rv64Gc, 0xb800_2573, 0xb800_2573);
    illegal(Rv64Gc, 0x3a10_2573, 0x3a10_2573);
}

/// Floating point is illegal while mstatus.FS is Off (3.1.6.6); then it makes FS Dirty.
#[test]
fn floating_point_wants_to_be_switched_on() {
    for model in [Rv32Imafc, Rv64Gc] {
        for word in [0x0000_0053, 0x0004_2007, 0x0030_2573] {
            let mut off = program(RAM);
            let pc = off.here();
            off.word(word);
            assert_eq!(trap(model, &off), (2, pc.into(), word.into()), "{model:?} {word:#x}");
            let mut on = program(RAM);
            on.li(T0, 1 << 13).csrrs(ZERO, csr::MSTATUS, T0).csrr(A1, csr::MSTATUS);
            if model == Rv64Gc {
                on.li_unsigned(S0, RAM);
            }
            on.word(word).csrr(A2, csr::MSTATUS).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
            let mut rig = Rig::counting(model, &[&on]);
            rig.run_to_breakpoint();
            let dirty = if model == Rv64Gc { 1 << 63 } else { 1 << 31 };
            assert_eq!(rig.register(A1) & (3 << 13 | dirty), 1 << 13, "Initial");
            assert_eq!(rig.register(A2) & (3 << 13 | dirty), 3 << 13 | dirty, "Dirty, and SD says so");
        }
    }
}

/// A rounding mode that is none (unprivileged specification, 11.2).
#[test]
fn an_invalid_rounding_mode_is_illegal() {
    for (frm, word) in [(0, 0x0000_5053), (0, 0x0000_6053), (5, 0x0000_7053), (7, 0x0000_7053)] {
        let mut program = program(RAM);
        program.li(T0, 1 << 13).csrrs(ZERO, csr::MSTATUS, T0).li(T1, frm).csrrw(ZERO, 0x002, T1).nops(3);
        let pc = program.here();
        program.word(word);
        assert_eq!(trap(Rv32Imafc, &program), (2, pc.into(), word.into()), "{frm} {word:#x}");
    }
}

/// Loads and stores that are not aligned: of memory they work, across pages, too; of devices they are exceptions.
#[test]
fn misaligned_loads_and_stores() {
    let mut memory = program(RAM + 0xffe);
    memory.li(A0, 0x1234_5678).sw(A0, S0, 0).lw(A1, S0, 0).load(5, A2, S0, 1).csrw(csr::MTVEC, 0).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&memory]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A1), rig.register(A2)), (0x1234_5678, 0x3456));
    assert_eq!((rig.word(RAM + 0xffc), rig.word(RAM + 0x1000)), (0x5678_0000, 0x1234));

    let mut load = program(DEVICE);
    let pc = load.here();
    load.lw(A0, S0, 2);
    assert_eq!(trap(Rv32Imac, &load), (4, pc.into(), u64::from(DEVICE) + 2));
    let mut store = program(DEVICE);
    store.store(1, A0, S0, 1);
    assert_eq!(trap(Rv32Imac, &store), (6, pc.into(), u64::from(DEVICE) + 1));
}

/// Unprivileged specification, 8.2 and 8.4; SC also without a reservation.
#[test]
fn atomic_instructions_must_be_aligned() {
    for model in [Rv32Imac, Rv64Gc] {
        for (funct5, rs2, cause) in [(2, ZERO, 4), (3, A1, 6), (0, A1, 6), (1, A1, 6)] {
            for nops in [0, 3] {
                let mut program = program(PROGRAM + 2);
                program.nops(nops);
                let pc = program.here();
                program.amo(funct5, 4, A0, rs2, S0);
                assert_eq!(trap(model, &program), (cause, pc.into(), u64::from(PROGRAM) + 2), "{funct5}");
            }
        }
    }
}

#[test]
fn a_reservation_is_for_one_store() {
    let mut program = program(RAM);
    // With a reservation; without; for another address; behind a trap.
    program.lr(T0, S0).sc(A0, S0, S0).sc(A1, S0, S0).addi(T1, S0, 4).lr(T0, S0).sc(A2, S0, T1);
    program.lr(T0, S0).ecall().sc(A3, S0, S0).csrw(csr::MTVEC, 0).ebreak();
    let mut handler = Code::at(HANDLER);
    handler.csrr(T0, csr::MEPC).addi(T0, T0, 4).csrrw(ZERO, csr::MEPC, T0).mret();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
    rig.run_to_breakpoint();
    assert_eq!([A0, A1, A2, A3].map(|register| rig.register(register)), [0, 1, 1, 1]);
}

/// ECALL: the cause tells the mode, tval is 0, and epc is the instruction itself (3.3.1).
#[test]
fn environment_calls_tell_their_mode() {
    let mut machine = program(0);
    let pc = machine.here();
    machine.ecall();
    let mut handler = Code::at(HANDLER);
    handler.csrr(A0, csr::MCAUSE).csrr(A1, csr::MEPC).csrr(A2, csr::MTVAL).csrr(A3, csr::MSTATUS);
    handler.csrw(csr::MTVEC, 0).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&machine, &handler]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A0), rig.register(A1), rig.register(A2)), (11, pc.into(), 0));
    assert_eq!(rig.register(A3), u64::from(MPP), "MPP is M; MIE was off, so MPIE is");

    for (mode, cause) in [(0, 8), (1 << 11, 9)] {
        let mut lower = program(0);
        lower.csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f).csrsi(csr::MSTATUS, 8);
        lower.li(T0, MPP).csrrc(ZERO, csr::MSTATUS, T0).li(T0, mode).csrrs(ZERO, csr::MSTATUS, T0);
        lower.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
        let pc = lower.here();
        lower.ecall();
        let mut rig = Rig::counting(Rv64Gc, &[&lower, &handler]);
        rig.run_to_breakpoint();
        assert_eq!((rig.register(A0), rig.register(A1), rig.register(A2)), (cause, pc.into(), 0));
        // 3.1.6.1: MRET puts MPIE (0) into MIE and sets MPIE; the trap puts MIE (0) into MPIE and the mode into MPP.
        let fields = u64::from(MPP) | MIE | MPIE;
        assert_eq!(rig.register(A3) & fields, u64::from(mode));
    }
}

/// MRET (3.3.2): the mode is MPP's, MIE is MPIE's, MPP becomes U, MPIE 1, and MPRV 0 if the mode is below M.
#[test]
fn the_way_back() {
    let mut program = program(0);
    program.csrw(csr::MSTATUS, MPP | 1 << 7 | MPRV).auipc(T0, 0).addi(T0, T0, 20).csrrw(ZERO, csr::MEPC, T0);
    program.mret().nop().csrr(A0, csr::MSTATUS).csrw(csr::MTVEC, 0).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(A0), MIE | MPIE | u64::from(MPRV), "M-mode keeps MPRV");

    let mut lower = Code::at(PROGRAM);
    lower.csrw(csr::MTVEC, HANDLER).csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f).csrw(csr::MSTATUS, MPRV);
    lower.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret().ecall();
    let mut rig = Rig::counting(Rv32Imac, &[&lower, &keeper()]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A0), rig.register(A3)), (8, 0), "U-mode does not; MIE was 0 and came to MPIE");
}

/// MRET below M-mode is illegal, and so is any register of M-mode (2.1).
#[test]
fn what_user_mode_may_not() {
    // mret; csrr a0, mstatus; csrrs x0, mhartid, x0; csrr a0, cycle without mcounteren; fence.i is nothing to refuse.
    for word in [0x3020_0073, 0x3000_2573, 0xf140_2073, 0xc000_2573] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, HANDLER).csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
        program.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
        program.fence_i();
        let pc = program.here();
        program.word(word);
        assert_eq!(trap(Rv32Imac, &program), (2, pc.into(), word.into()), "{word:#x}");
    }
}

/// EBREAK: an exception where there is a handler (3.3.1), tval its own address.
#[test]
fn a_breakpoint_is_an_exception() {
    let mut program = program(0);
    let pc = program.here();
    program.half(0x9002); // c.ebreak
    let mut handler = Code::at(HANDLER);
    handler.csrr(A0, csr::MCAUSE).csrr(A1, csr::MEPC).csrr(A2, csr::MTVAL).csrw(csr::MTVEC, 0).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A0), rig.register(A1), rig.register(A2)), (3, pc.into(), pc.into()));
    assert_eq!(rig.core.fault_report(), None, "it is no mistake of the program");
}

/// An EBREAK that ends a fault's handler ends the run, with the report.
#[test]
fn a_fault_is_told_in_words() {
    let mut program = program(NOWHERE);
    let pc = program.here();
    program.lw(A0, S0, 4);
    let mut handler = Code::at(HANDLER);
    handler.nop();
    let end = handler.here();
    handler.ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
    assert_eq!(rig.run(1000), CoreStop::Breakpoint { pc: end.into() });
    let report = rig.core.fault_report().expect("a fault was taken");
    let expected = format!("Load access fault (cause 5) in M-mode: load from 0x60000004 by {pc:#010x}");
    assert_eq!((report.summary, report.pc), (expected, pc.into()));
    assert_eq!(report.registers.len(), 32);
    assert_eq!(report.registers[S0 as usize], u64::from(NOWHERE));
}

/// Whoever returns from a fault has mended it: an EBREAK later is not its end.
#[test]
fn a_fault_that_was_returned_from_is_over() {
    let mut program = program(NOWHERE);
    program.lw(A0, S0, 0).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    let mut handler = Code::at(HANDLER);
    handler.csrr(T0, csr::MEPC).addi(T0, T0, 4).csrrw(ZERO, csr::MEPC, T0).mret();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
    rig.run_to_breakpoint();
    assert_eq!(rig.core.fault_report(), None);
}

/// A handler that cannot be fetched would be trapped into for ever.
#[test]
fn a_trap_that_leads_nowhere_is_a_lockup() {
    for vector in [NOWHERE, 0, DEVICE] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, vector).ecall();
        let mut rig = Rig::counting(Rv32Imac, &[&program]);
        assert_eq!(rig.run(u64::MAX), CoreStop::Lockup);
        assert_eq!(rig.run(u64::MAX), CoreStop::Lockup, "for good");
        let report = rig.core.fault_report().expect("a report");
        let expected = format!(
            "lockup, the trap handler at {vector:#010x} cannot begin: Instruction access fault (cause 1) in M-mode: \
             instruction fetch from {vector:#010x}"
        );
        assert_eq!(report.summary, expected);
    }
    // The first instruction of the handler is one that the core does not have.
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).ecall();
    let mut handler = Code::at(HANDLER);
    handler.word(0);
    let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
    assert_eq!(rig.run(u64::MAX), CoreStop::Lockup);
}

/// The fault that led to a handler that cannot begin is what is of interest.
#[test]
fn a_lockup_tells_what_was_wrong_first() {
    let mut program = Code::at(PROGRAM);
    program.li(S0, NOWHERE);
    let pc = program.here();
    program.lw(A0, S0, 0);
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    assert_eq!(rig.run(u64::MAX), CoreStop::Lockup);
    let report = rig.core.fault_report().expect("a report");
    let expected = format!(
        "lockup, the trap handler at 0x00000000 cannot begin: Load access fault (cause 5) in M-mode: load from 0x60000000 \
         by {pc:#010x}"
    );
    assert_eq!((report.summary, report.pc), (expected, pc.into()));
}

/// S-mode takes what is delegated (3.1.8), to stvec, and SRET leads back (3.3.2).
#[test]
fn exceptions_can_be_delegated() {
    let supervisor_handler = HANDLER + 0x100;
    let mut program = program(0);
    program.csrw(csr::MEDELEG, 1 << 8).csrw(csr::STVEC, supervisor_handler);
    program.csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
    program.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
    let call = program.here();
    program.ecall().word(0xffff_ffff); // the second is M-mode's
    let mut handler = Code::at(supervisor_handler);
    handler.csrr(T1, csr::SCAUSE).csrr(S0, csr::SEPC).csrr(11 + 5, csr::SSTATUS);
    handler.addi(T0, S0, 4).csrrw(ZERO, csr::SEPC, T0).sret();
    let mut rig = Rig::counting(Rv64Gc, &[&program, &handler, &keeper()]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(T1), rig.register(S0)), (8, call.into()));
    // SPP is U, SPIE was 0; UXL says 64 bits (4.1.1).
    assert_eq!(rig.register(16), 2 << 32);
    assert_eq!((rig.register(A0), rig.register(A1)), (2, u64::from(call) + 4));
    // M-mode's own exceptions are never delegated.
    let mut machine = Code::at(PROGRAM);
    machine.csrw(csr::MTVEC, HANDLER).csrw(csr::MEDELEG, u32::MAX).csrr(S0, csr::MEDELEG).word(0xffff_ffff);
    let mut rig = Rig::counting(Rv64Gc, &[&machine, &keeper()]);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A0), rig.register(S0)), (2, 0xb3ff), "ECALL from M-mode cannot be delegated");
}

/// TSR, TVM and TW (3.1.6.5) make SRET, SFENCE.VMA with satp, and WFI illegal in S-mode.
#[test]
fn what_machine_mode_takes_from_supervisor_mode() {
    for (bit, word) in [(22, 0x1020_0073), (20, 0x1200_0073), (20, 0x1800_2573), (21, 0x1050_0073)] {
        let in_supervisor = |bits: u32| {
            let mut program = Code::at(PROGRAM);
            program.csrw(csr::MTVEC, HANDLER).csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
            // An interrupt is pending and enabled for WFI; it is S-mode's, which does not take it.
            program.csrw(csr::MIDELEG, 2).csrw(csr::MIP, 2).csrw(csr::MIE, 2).csrw(csr::MSTATUS, 1 << 11 | bits);
            program.auipc(T0, 0).addi(T0, T0, 28).csrrw(ZERO, csr::SEPC, T0);
            program.addi(T0, T0, -4).csrrw(ZERO, csr::MEPC, T0).mret();
            let pc = program.here();
            program.word(word).ecall();
            (trap(Rv64Gc, &program), pc)
        };
        let (permitted, pc) = in_supervisor(0);
        assert_ne!(permitted.0, 2, "{word:#x} at {pc:#x}");
        let (refused, pc) = in_supervisor(1 << bit);
        assert_eq!(refused, (2, pc.into(), word.into()));
    }
}

/// 3.1.6.5: with TW set WFI is illegal below M-mode, also on a core without S-mode; else it waits there.
#[test]
fn a_wait_in_user_mode_can_be_taken() {
    for taken in [false, true] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, HANDLER).csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
        program
            .csrw(csr::MSTATUS, u32::from(taken) << 21)
            .auipc(T0, 0)
            .addi(T0, T0, 16)
            .csrrw(ZERO, csr::MEPC, T0)
            .mret();
        let pc = program.here();
        program.wfi();
        if taken {
            assert_eq!(trap(Rv32Imac, &program), (2, pc.into(), 0x1050_0073));
        } else {
            let mut rig = Rig::counting(Rv32Imac, &[&program]);
            assert_eq!((rig.run(1000), rig.core.pc()), (CoreStop::Asleep, u64::from(pc) + 4));
        }
    }
}

also_on! {
    [rv32imc: Rv32Imc, rv32imafc: Rv32Imafc] {
        a_program_runs_and_its_accesses_carry_their_cycles,
        a_store_to_flash_that_nobody_programs_is_a_fault,
        fetches_fault_at_the_target,
        illegal_instructions_by_instruction_set,
        misaligned_loads_and_stores,
        environment_calls_tell_their_mode,
        the_way_back,
        what_user_mode_may_not,
        a_wait_in_user_mode_can_be_taken,
        a_breakpoint_is_an_exception,
        a_fault_is_told_in_words,
        a_fault_that_was_returned_from_is_over,
        a_trap_that_leads_nowhere_is_a_lockup,
        a_lockup_tells_what_was_wrong_first,
    }
}

also_on! {
    [rv32imafc_atomic: Rv32Imafc] {
        access_faults_name_the_address,
        atomic_instructions_must_be_aligned,
        a_reservation_is_for_one_store,
    }
}

/// An EBREAK whose handler is the code right behind it, as a program has that goes to sleep where no debugger is: it ends
/// the run, and says where.
#[test]
fn a_breakpoint_that_nobody_answers_ends_the_run() {
    for distance in [4, 8] {
        let mut program = Code::at(PROGRAM);
        let end = PROGRAM + 12;
        program.csrw(csr::MTVEC, end + distance);
        assert_eq!(program.here(), end);
        program.ebreak().nops(40);
        let mut rig = Rig::counting(Rv32Imac, &[&program]);
        let stop = rig.run(20);
        assert_eq!(stop == CoreStop::Breakpoint { pc: end.into() }, distance == 4, "{stop:?}");
    }
}
