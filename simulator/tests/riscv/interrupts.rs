//! Interrupts: at which instruction they come, in which order, to which handler, and what WFI waits for.

use bksim::cpu::CoreStop;
use bksim::cpu::riscv::RiscvModel::{Rv32Imac, Rv64Gc};
use bksim_protocol::message::{LongWait, MaskedStretch, WaitedFor};

use crate::asm::{A0, A1, A2, A3, Code, S0, T0, T1, ZERO};
use crate::rig::{DEVICE, DEVICE_ATTENTION, HANDLER, MEI, MSI, MTI, PROGRAM, RAM, Rig, SEI, also_on, csr};

/// Cycles of a trap (FE310-G000 manual, 8.5).
const TRAP: u64 = 4;
/// mstatus.MIE and mie's bits.
const MIE: u32 = 1 << 3;
const ALL: u32 = 0x888;
/// What is set in mcause for an interrupt.
const INTERRUPT: u64 = 1 << 31;

/// Ends the run: EBREAK without a handler. a0 is mcause, a1 mepc, a2 mcycle at its first instruction.
fn keeper(base: u32) -> Code {
    let mut handler = Code::at(base);
    handler.csrr(A2, csr::MCYCLE).csrr(A0, csr::MCAUSE).csrr(A1, csr::MEPC).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    handler
}

/// A program with interrupts on, and `mie` as given.
fn program(mie: u32) -> Code {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).csrw(csr::MIE, mie).li(S0, DEVICE).csrsi(csr::MSTATUS, MIE);
    program
}

/// 3.1.9: an interrupt is taken in front of the first instruction that begins at or behind its cycle, whichever that is.
#[test]
fn an_interrupt_comes_at_every_instruction_of_a_window() {
    for model in [Rv32Imac, Rv64Gc] {
        let mut program = program(ALL);
        let start = program.here();
        // Blocks of several kinds: straight, device, taken and untaken branches, compressed, multiplication.
        program.nops(2).sw(A0, S0, 0).lw(A3, S0, 4).half(0x0001).half(0x0001);
        program.unless(0, ZERO, ZERO, |code| {
            code.nop();
        });
        program.bne(ZERO, ZERO, program.base).word(0x02a5_0533).amo(0, 4, A0, A0, S0); // mul a0, a0, a0
        program.jal(T0, program.here() + 4).auipc(T0, 0).nops(2);
        let end = program.here();
        program.csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
        let interrupt = if model == Rv64Gc { 1 << 63 } else { INTERRUPT };
        let mut offsets = Vec::new();
        for at in 0..60 {
            let mut rig = Rig::counting(model, &[&program, &keeper(HANDLER)]);
            assert_eq!(rig.run(at), CoreStop::Horizon);
            assert_eq!(rig.core.cycles(), at, "an instruction is a cycle");
            let next = rig.core.pc();
            if next >= u64::from(end) {
                break;
            }
            rig.core.set_irq(MTI, true, at);
            if next >= u64::from(start) {
                rig.run_to_breakpoint();
                let seen = [A0, A1, A2].map(|register| rig.register(register));
                assert_eq!(seen, [interrupt | 7, next, at]);
                offsets.push(next - u64::from(start));
            }
        }
        // Every instruction but the one that is branched over.
        assert_eq!(offsets, [0, 4, 8, 12, 16, 18, 20, 28, 32, 36, 40, 44, 48, 52]);
    }
}

/// The same without a cut: the line rises in the middle of a block, at the store that the device answers with it.
#[test]
fn an_access_that_raises_an_interrupt_is_the_last_instruction() {
    let mut program = program(ALL);
    program.nops(3).sw(A0, S0, (DEVICE_ATTENTION - DEVICE) as i32);
    let behind = program.here();
    program.nops(5);
    let mut rig = Rig::counting(Rv32Imac, &[&program, &keeper(HANDLER)]);
    assert_eq!(rig.run(1000), CoreStop::Attention);
    assert_eq!(rig.core.pc(), u64::from(behind));
    rig.core.set_irq(MEI, true, rig.core.cycles());
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A0), rig.register(A1)), (INTERRUPT | 11, behind.into()));
}

/// With the pipeline's cycles: the trap costs four, and the latency is told.
#[test]
fn the_trap_takes_its_cycles() {
    let mut program = program(ALL);
    program.nops(20);
    let mut rig = Rig::new(Rv32Imac, &[&program, &keeper(HANDLER)]);
    // li is two cycles, csrrw three: 5 + 5 + 2 + 3.
    assert_eq!(rig.run(20), CoreStop::Horizon);
    rig.core.set_irq(MSI, true, 18);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(A2), 20 + TRAP);
    let statistics = rig.core.statistics();
    let latency = &statistics.exceptions[0];
    assert_eq!((latency.exception, latency.name.as_str()), (3, "Machine software interrupt"));
    assert_eq!((latency.latency.count, latency.latency.min), (1, 20 + TRAP - 18));
}

/// 3.1.9: MEI, MSI, MTI, and then S-mode's SEI, SSI, STI.
#[test]
fn the_order_of_simultaneous_interrupts() {
    let mut program = Code::at(PROGRAM);
    program.auipc(S0, (RAM - PROGRAM) >> 12); // RAM: it is the first instruction
    program.csrw(csr::MTVEC, HANDLER).csrw(csr::MIE, 0xaaa).csrw(csr::MIP, 0x222);
    program.csrsi(csr::MSTATUS, MIE).nops(3).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    // Writes down the cause, and switches that interrupt off: mie &= ~(1 << cause).
    let mut handler = Code::at(HANDLER);
    handler.csrr(T0, csr::MCAUSE).store(0, T0, S0, 0).addi(S0, S0, 1).addi(T1, ZERO, 1);
    handler.word(0x0053_1333).csrrc(ZERO, csr::MIE, T1).mret(); // sll t1, t1, t0
    for (model, expected) in [(Rv32Imac, [11, 3, 7, 0, 0, 0]), (Rv64Gc, [11, 3, 7, 9, 1, 5])] {
        let mut rig = Rig::counting(model, &[&program, &handler]);
        [MSI, MTI, SEI, MEI].into_iter().for_each(|line| rig.core.set_irq(line, true, 0));
        rig.run_to_breakpoint();
        let order = [rig.word(RAM), rig.word(RAM + 4)].map(u32::to_le_bytes).concat();
        assert_eq!(order[..6], expected);
    }
}

/// 3.1.7: with MODE 1 interrupts lead to BASE + 4 x cause; exceptions lead to BASE.
#[test]
fn vectored_interrupts() {
    for (line, offset) in [(MSI, 12), (MTI, 28), (MEI, 44)] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, HANDLER | 1).csrw(csr::MIE, ALL).csrsi(csr::MSTATUS, MIE).nops(9);
        let handler = keeper(HANDLER + offset);
        let mut rig = Rig::counting(Rv32Imac, &[&program, &handler]);
        assert_eq!(rig.run(9), CoreStop::Horizon);
        rig.core.set_irq(line, true, 9);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(A0), INTERRUPT | u64::from(line));
    }
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER | 1).ecall();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &keeper(HANDLER)]);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(A0), 11);
}

/// A change of mstatus, mie or mip acts at that very instruction: the next one is not executed.
#[test]
fn what_makes_an_interrupt_takeable_is_the_last_instruction() {
    let prepare = || {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, HANDLER).li(T0, 1 << 11).li(T1, 2);
        program
    };
    let mut by_status = prepare();
    by_status.csrrs(ZERO, csr::MIE, T0).nops(3).csrsi(csr::MSTATUS, MIE);
    let mut by_enable = prepare();
    by_enable.csrsi(csr::MSTATUS, MIE).nops(3).csrrs(ZERO, csr::MIE, T0);
    let mut by_return = prepare();
    by_return.csrrs(ZERO, csr::MIE, T0).csrw(csr::MSTATUS, 3 << 11 | 1 << 7);
    by_return.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
    let mut by_pending = prepare();
    by_pending.csrsi(csr::MSTATUS, MIE).csrw(csr::MIE, 2).nops(3).csrrs(ZERO, csr::MIP, T1);
    // Without S-mode, software makes nothing pending by mip.
    for (mut program, line, cause, models) in [
        (by_status, MEI, 11, &[Rv32Imac, Rv64Gc][..]),
        (by_enable, MEI, 11, &[Rv32Imac, Rv64Gc]),
        (by_return, MEI, 11, &[Rv32Imac, Rv64Gc]),
        (by_pending, SEI, 1, &[Rv64Gc]),
    ] {
        let behind = program.here();
        program.addi(A3, ZERO, 1).ebreak();
        for model in models {
            let mut rig = Rig::counting(*model, &[&program, &keeper(HANDLER)]);
            rig.core.set_irq(line, line == MEI, 0);
            rig.run_to_breakpoint();
            let interrupt = if *model == Rv64Gc { 1 << 63 } else { INTERRUPT };
            assert_eq!((rig.register(A0), rig.register(A1)), (interrupt | cause, behind.into()));
            assert_eq!(rig.register(A3), 0, "the next instruction has not run");
        }
    }
}

/// An interrupt that is masked again by the very instruction that would let it in does not come.
#[test]
fn masked_interrupts_stay_pending() {
    let mut program = program(0);
    program.csrr(A3, csr::MIP).nops(3).csrrw(ZERO, csr::MTVEC, ZERO).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &keeper(HANDLER)]);
    rig.core.set_irq(MTI, true, 0);
    rig.core.set_irq(MEI, true, 0);
    rig.core.set_irq(SEI, true, 0);
    rig.core.set_irq(12, true, 0);
    rig.core.set_irq(64, true, 0);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(A3), 1 << 7 | 1 << 11, "without S-mode there is no SEI, and others there are not");
    assert_eq!(rig.register(A0), 0, "no handler has run");
}

/// Below M-mode, M-mode's interrupts come whatever MIE says (3.1.6.1).
#[test]
fn machine_interrupts_come_below_machine_mode() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).csrw(csr::MIE, ALL).csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
    program.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
    let user = program.here();
    program.hang();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &keeper(HANDLER)]);
    assert_eq!(rig.run(100), CoreStop::Horizon);
    assert_eq!(rig.core.pc(), u64::from(user));
    rig.core.set_irq(MTI, true, 100);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A0), rig.register(A1)), (INTERRUPT | 7, user.into()));
}

/// 3.1.9: delegated interrupts are S-mode's: never in M-mode, in S-mode by SIE, in U-mode always.
#[test]
fn delegated_interrupts() {
    let supervisor_handler = HANDLER + 0x100;
    for (mode, sie, taken) in [(3, 2, false), (1, 2, true), (1, 0, false), (0, 0, true)] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, HANDLER).csrw(csr::STVEC, supervisor_handler).csrw(csr::MIDELEG, 1 << 9);
        program.csrw(csr::MIE, 1 << 9).csrw(csr::PMPADDR0, u32::MAX).csrw(csr::PMPCFG0, 0x1f);
        // MIE comes from MPIE with MRET.
        program.csrw(csr::MSTATUS, mode << 11 | 1 << 7 | sie);
        program.auipc(T0, 0).addi(T0, T0, 16).csrrw(ZERO, csr::MEPC, T0).mret();
        let lower = program.here();
        program.nops(8).word(0xffff_ffff);
        let mut handler = Code::at(supervisor_handler);
        handler.csrr(A2, csr::SCAUSE).csrr(A3, csr::SEPC).csrr(T1, csr::SIP).csrci(csr::SIE, 0).word(0xffff_ffff);
        let mut rig = Rig::counting(Rv64Gc, &[&program, &handler, &keeper(HANDLER)]);
        while rig.core.pc() != u64::from(lower) {
            assert_eq!(rig.run(rig.core.cycles() + 1), CoreStop::Horizon);
        }
        rig.core.set_irq(SEI, true, rig.core.cycles());
        rig.run_to_breakpoint();
        let seen = (rig.register(A3) == u64::from(lower), rig.register(T1));
        assert_eq!(seen, if taken { (true, 1 << 9) } else { (false, 0) }, "mode {mode}, SIE {sie}");
        assert_eq!(rig.register(A0), 2, "the illegal instruction's handler ends it");
    }
}

/// 3.3.3: WFI goes on as soon as an enabled interrupt is pending, taken or not.
#[test]
fn wfi_waits_for_what_is_enabled() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MIE, 1 << 7).wfi();
    let behind = program.here();
    program.csrr(A3, csr::MIP).ebreak();
    let mut rig = Rig::new(Rv32Imac, &[&program]);
    assert_eq!(rig.run(1000), CoreStop::Asleep);
    let asleep_at = rig.core.cycles();
    assert_eq!(rig.core.pc(), u64::from(behind));
    rig.core.set_irq(MEI, true, asleep_at);
    assert_eq!(rig.run(1000), CoreStop::Asleep, "that one is not enabled");
    rig.core.sleep_until(500);
    rig.core.set_irq(MTI, true, 500);
    assert_eq!(rig.run_to_breakpoint(), behind + 4);
    assert_eq!((rig.core.statistics().sleep_cycles, rig.register(A3)), (500 - asleep_at, 1 << 7 | 1 << 11));

    // Pending when it comes: nothing to wait for. Enabled in mstatus, too: the handler's return address is behind it.
    let mut program = self::program(ALL);
    program.wfi();
    let behind = program.here();
    program.ebreak();
    let mut rig = Rig::new(Rv32Imac, &[&program, &keeper(HANDLER)]);
    assert_eq!(rig.run(1000), CoreStop::Asleep);
    rig.core.sleep_until(200);
    rig.core.set_irq(MTI, true, 200);
    rig.run_to_breakpoint();
    assert_eq!((rig.register(A1), rig.register(A2)), (behind.into(), 200 + TRAP));
}

/// The longest time that M-mode had interrupts off.
#[test]
fn masked_time_is_measured() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MIE, 1 << 7);
    program.csrsi(csr::MSTATUS, MIE).nops(5);
    let from = program.here().into();
    program.csrci(csr::MSTATUS, MIE).nops(40);
    let to = program.here().into();
    program.csrsi(csr::MSTATUS, MIE).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    rig.run_to_breakpoint();
    assert_eq!(rig.core.statistics().longest_masked, Some(MaskedStretch { cycles: 41, from, to }));
}

/// The same, and an interrupt became pending meanwhile.
#[test]
fn whoever_waits_is_told_what_for() {
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).csrw(csr::MIE, 1 << 7);
    let from = u64::from(program.here());
    program.csrsi(csr::MSTATUS, MIE).csrci(csr::MSTATUS, MIE).nops(40); // cycles 6, 7, and 8 to 47
    let to = u64::from(program.here());
    program.csrsi(csr::MSTATUS, MIE).ebreak();
    let mut rig = Rig::counting(Rv32Imac, &[&program, &keeper(HANDLER)]);
    assert_eq!(rig.run(20), CoreStop::Horizon);
    rig.core.set_irq(MTI, true, 20);
    rig.run_to_breakpoint();
    let waited_for = Some(WaitedFor::Mask { cycles: 41, from: from + 4, to });
    assert_eq!(rig.core.statistics().exceptions[0].longest, [LongWait { cycles: 29, pended_at: 20, waited_for }]);
}

also_on! {
    [rv32imc: Rv32Imc, rv32imafc: Rv32Imafc] {
        the_order_of_simultaneous_interrupts,
        what_makes_an_interrupt_takeable_is_the_last_instruction,
        an_access_that_raises_an_interrupt_is_the_last_instruction,
        the_trap_takes_its_cycles,
        vectored_interrupts,
        masked_interrupts_stay_pending,
        machine_interrupts_come_below_machine_mode,
        wfi_waits_for_what_is_enabled,
        masked_time_is_measured,
    }
}

also_on! {
    [rv32imafc_atomic: Rv32Imafc] {
        an_interrupt_comes_at_every_instruction_of_a_window,
    }
}
