//! Why a run comes back, and what has happened by then: device accesses, semihosting, code that changes.

use bksim::cpu::CoreStop;
use bksim::cpu::riscv::RiscvModel::{self, Rv32Imac, Rv64Gc};

use crate::asm::{A0, A1, A2, Code, S0, T0, T1, ZERO};
use crate::rig::{DEVICE, DEVICE_ATTENTION, HANDLER, PROGRAM, RAM, Rig, also_on, csr};

const ATTENTION: i32 = (DEVICE_ATTENTION - DEVICE) as i32;

/// Whatever access asks for a stop: its instruction is complete, nothing behind it has run, and the device saw it once.
#[test]
fn an_access_that_asks_for_a_stop() {
    type Put = fn(&mut Code);
    let accesses: [(Put, usize); 6] = [
        (|code| _ = code.sw(A0, S0, ATTENTION), 1),
        (|code| _ = code.lw(A0, S0, ATTENTION), 1),
        (|code| _ = code.load(0, A0, S0, ATTENTION), 1),
        (|code| _ = code.addi(T0, S0, ATTENTION).amo(1, 4, A0, A1, T0), 2),
        (|code| _ = code.addi(T0, S0, ATTENTION).lr(A0, T0), 1),
        (|code| _ = code.half(0xc408), 1), // c.sw a0, 8(s0)
    ];
    for (put, seen) in accesses {
        for model in [Rv32Imac, Rv64Gc] {
            for nops in [0, 1, 7] {
                let mut program = Code::at(PROGRAM);
                program.li(S0, DEVICE).nops(nops);
                put(&mut program);
                let behind = program.here();
                program.addi(A2, ZERO, 1).nops(3).ebreak();
                let mut rig = Rig::counting(model, &[&program]);
                assert_eq!(rig.run(1000), CoreStop::Attention);
                assert_eq!((rig.core.pc(), rig.register(A2)), (behind.into(), 0));
                assert_eq!(rig.core.cycles(), rig.core.instructions());
                assert_eq!(rig.bus.log.len(), seen);
                let reads = rig.bus.log.iter().any(|access| access.4.is_none());
                assert_eq!(rig.register(A0), if reads { 0x55 } else { 0 });
                rig.run_to_breakpoint();
                assert_eq!((rig.register(A2), rig.bus.log.len()), (1, seen));
            }
        }
    }
}

/// Eight bytes are two words, the lower one first, at the same cycle.
#[test]
fn an_access_of_eight_bytes() {
    let mut program = Code::at(PROGRAM);
    program
        .li(S0, DEVICE)
        .li(A0, 0x1234_5678)
        .load(3, A1, S0, 16)
        .store(3, A0, S0, 24)
        .load(3, A2, S0, ATTENTION)
        .ebreak();
    let mut rig = Rig::counting(Rv64Gc, &[&program]);
    rig.run_to_breakpoint();
    let pc = PROGRAM + 16;
    assert_eq!(
        rig.bus.log,
        [
            (4, pc, DEVICE + 16, 4, None),
            (4, pc, DEVICE + 20, 4, None),
            (5, pc + 4, DEVICE + 24, 4, Some(0x1234_5678)),
            (5, pc + 4, DEVICE + 28, 4, Some(0)),
            (6, pc + 8, DEVICE + 8, 4, None),
            (6, pc + 8, DEVICE + 12, 4, None),
        ]
    );
    assert_eq!((rig.register(A1), rig.register(A2)), (0x4_0000_0004, 0x6_0000_0055));
}

/// RISC-V Semihosting 0.4: EBREAK between `slli x0, x0, 0x1f` and `srai x0, x0, 7`, none of them compressed.
#[test]
fn semihosting() {
    for (model, failed) in [(Rv32Imac, u64::from(u32::MAX)), (Rv64Gc, u64::MAX)] {
        let mut program = Code::at(PROGRAM);
        program.csrw(csr::MTVEC, HANDLER).li(A0, 4).li(A1, 0x8765_4000).word(0x01f0_1013);
        program.ebreak();
        let behind = program.here();
        program.word(0x4070_5013).nop();
        let mut rig = Rig::counting(model, &[&program]);
        let parameter = if model == Rv64Gc { 0xffff_ffff_8765_4000 } else { 0x8765_4000 };
        assert_eq!(rig.run(1000), CoreStop::Semihosting { operation: 4, parameter });
        assert_eq!((rig.core.pc(), rig.core.instructions()), (behind.into(), 9));
        rig.core.answer_semihosting(u64::MAX);
        assert_eq!(rig.run(11), CoreStop::Horizon);
        assert_eq!(rig.register(A0), failed, "-1 in all of the register");
        assert_eq!(rig.core.register_size(), if model == Rv64Gc { 8 } else { 4 });
    }
}

/// Any other EBREAK is a breakpoint: a neighbour missing, or a compressed one.
#[test]
fn what_is_no_semihosting_call() {
    for [before, behind] in [[0x01f0_1013, 0x13], [0x13, 0x4070_5013], [0x0070_1013, 0x4070_5013]] {
        let mut program = Code::at(PROGRAM);
        program.word(before).ebreak().word(behind);
        let mut rig = Rig::counting(Rv32Imac, &[&program]);
        assert_eq!(rig.run(1000), CoreStop::Breakpoint { pc: u64::from(PROGRAM) + 4 });
    }
    let mut program = Code::at(PROGRAM);
    program.word(0x01f0_1013).half(0x9002).half(0x0001).word(0x4070_5013);
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    assert_eq!(rig.run(1000), CoreStop::Breakpoint { pc: u64::from(PROGRAM) + 4 });
}

/// Code that is written and then run, behind FENCE.I (unprivileged specification, chapter 3), from RAM to RAM.
#[test]
fn code_that_changes() {
    for model in [Rv32Imac, Rv64Gc] {
        let mut routine = Code::at(RAM + 0x800);
        routine.addi(A0, A0, 1).jalr(ZERO, T1, 0);
        let mut program = Code::at(PROGRAM);
        if model == Rv64Gc {
            program.li_unsigned(S0, routine.base);
        } else {
            program.li(S0, routine.base);
        }
        program.jalr(T1, S0, 0).jalr(T1, S0, 0).li(A1, 0x0645_0513).sw(A1, S0, 0).fence_i(); // addi a0, a0, 100
        program.jalr(T1, S0, 0).ebreak();
        let mut rig = Rig::counting(model, &[&program, &routine]);
        rig.run_to_breakpoint();
        assert_eq!(rig.register(A0), 102);
    }
}

/// What the machine writes into memory that has run runs, too.
#[test]
fn code_that_is_loaded_anew() {
    let mut program = Code::at(PROGRAM);
    program.addi(A0, A0, 1).jal(ZERO, PROGRAM);
    let mut rig = Rig::counting(Rv32Imac, &[&program]);
    assert_eq!((rig.run(11), rig.register(A0)), (CoreStop::Horizon, 6));
    assert!(rig.core.poke(PROGRAM, &0x0645_0513_u32.to_le_bytes()));
    assert_eq!((rig.run(13), rig.register(A0)), (CoreStop::Horizon, 106));
}

/// The cycles of a loop: a backward branch is predicted to be taken, so that only the last one costs more.
#[test]
fn cycles_of_a_loop() {
    let counts = |model: RiscvModel, rounds: u32| {
        let mut program = Code::at(PROGRAM);
        program.li(A0, rounds);
        let again = program.here();
        program.addi(A0, A0, -1).bne(A0, ZERO, again).ebreak();
        let mut rig = Rig::new(model, &[&program]);
        rig.run_to_breakpoint();
        rig.core.cycles()
    };
    // Two for li; a round is addi 1 and bne 1, the last one has three more.
    assert_eq!(counts(Rv32Imac, 10), 2 + 20 + 3);
    assert_eq!(counts(Rv64Gc, 1000), 2 + 2000 + 3);
}

/// The horizon is met at the first boundary at or behind it, wherever that is.
#[test]
fn a_run_ends_at_the_first_boundary_at_or_behind_the_horizon() {
    let mut program = Code::at(PROGRAM);
    program.nops(2).word(0x02b5_0533).nops(2).hang(); // mul: 5 cycles
    for (until, cycles, offset) in
        [(1, 1, 4), (2, 2, 8), (3, 7, 12), (7, 7, 12), (8, 8, 16), (10, 10, 20), (11, 11, 20)]
    {
        let mut rig = Rig::new(Rv32Imac, &[&program]);
        assert_eq!(rig.run(until), CoreStop::Horizon);
        assert_eq!((rig.core.cycles(), rig.core.pc()), (cycles, u64::from(PROGRAM) + offset), "until {until}");
    }
}

also_on! {
    [rv32imc: Rv32Imc, rv32imafc: Rv32Imafc] {
        semihosting,
        what_is_no_semihosting_call,
        code_that_changes,
        code_that_is_loaded_anew,
        cycles_of_a_loop,
        a_run_ends_at_the_first_boundary_at_or_behind_the_horizon,
    }
}

also_on! {
    [rv32imafc_atomic: Rv32Imafc] {
        an_access_that_asks_for_a_stop,
    }
}
