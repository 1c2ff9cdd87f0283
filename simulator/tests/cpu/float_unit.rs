//! Which core has which instructions, and who may use the floating-point unit (Arm DDI 0403E, B1.4.7 and B3.2.20).

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::{CoreModel, CortexConfig};
use bksim_protocol::message::FaultReport;

use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::{self, DEVICE, PROGRAM, RAM, Rig, STACK, also_on};

pub(crate) const CPACR: u32 = 0xe000_ed88;
/// CP10 and CP11: everybody.
pub(crate) const FULL_ACCESS: u32 = 0xf << 20;
const PRIVILEGED_ACCESS: u32 = 5 << 20;
const SHCSR: u32 = 0xe000_ed24;
const USGFAULTENA: u32 = 1 << 18;
const UNDEFINSTR: u32 = 1 << 16;
const NOCP: u32 = 1 << 19;

/// Runs to the UsageFault handler's BKPT at 0x200, or to the program's; where, and the report if there is one.
fn run(config: &CortexConfig, program: &Code) -> (u32, Option<FaultReport>, Rig) {
    let mut handler = Code::at(0x200);
    handler.bkpt(0);
    let mut rig = Rig::with(config, program, &[(6, &handler)]);
    let pc = rig.run_to_breakpoint();
    (pc, rig.core.fault_report(), rig)
}

fn with_usage_fault(fill: impl FnOnce(&mut Code)) -> Code {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, USGFAULTENA);
    fill(&mut program);
    program.bkpt(1);
    program
}

#[test]
fn the_unit_is_off_after_reset_and_works_once_it_is_on() {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, USGFAULTENA).mov32(R0, 1.5_f32.to_bits());
    let at = program.here();
    program.vmov_to(1, R0).vadd(2, 1, 1).vmov_from(R1, 2).bkpt(1);
    // The handler switches it on: the instruction is done again.
    let mut handler = Code::at(0x200);
    handler.store(CPACR, FULL_ACCESS).ret();
    let mut rig = Rig::with(&rig::m4f(false), &program, &[(6, &handler)]);
    assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, report.pc, rig.word(STACK - 32 + 24)), (NOCP, u64::from(at), at));
    let words = format!("UsageFault: no coprocessor for the instruction at {at:#010x}: is the floating-point unit on?");
    assert_eq!(report.summary, words);
    assert_eq!(rig.register(1), 3.0_f32.to_bits());
}

#[test]
fn an_instruction_that_its_it_block_skips_needs_no_unit() {
    let program = with_usage_fault(|program| {
        program.movs(R0, 1).cmp(R0, 0).put(&[0xbf04]).vmov_to(1, R0).vmov_to(2, R0).movs(R2, 9); // itt eq
    });
    let (pc, report, rig) = run(&rig::m4f(false), &program);
    assert_eq!((pc, report, rig.register(2)), (program.here() - 2, None, 9));
}

#[test]
fn without_a_unit_its_instructions_are_nobodys() {
    let program = with_usage_fault(|program| {
        program.store(CPACR, FULL_ACCESS).mov32(R0, CPACR).ldr(R1, R0, 0).vmov_to(1, R0);
    });
    for model in [CoreModel::CortexM3, CoreModel::CortexM4, CoreModel::CortexM7, CoreModel::CortexM33] {
        let (pc, report, rig) = run(&CortexConfig { model, ..rig::config(false) }, &program);
        assert_eq!((pc, report.expect("a fault").cfsr, rig.register(1)), (0x200, NOCP, 0), "{model:?}");
        assert_eq!(rig.register(14), 0xffff_fff9, "{model:?}: a basic frame");
    }
}

#[test]
fn other_coprocessors_are_not_there() {
    // mrc p15, 0, r0, c0, c0, 0; ldc p5, c0, [r1, #16]; mcrr p7, 0, r1, r2, c3; cdp2 p14, 0, c0, c0, c0, 0
    for (first, second) in [(0xee10, 0x0f10), (0xed91, 0x0504), (0xec42, 0x1703), (0xfe00, 0x0e00)] {
        for config in [rig::config(false), rig::m4f(false)] {
            let program = with_usage_fault(|program| {
                program.store(CPACR, u32::MAX).put(&[first, second]);
            });
            let (pc, report, _) = run(&config, &program);
            let report = report.expect("a fault");
            let what = format!("{first:04x} {second:04x}, {:?}", config.model);
            assert_eq!((pc, report.cfsr, report.pc), (0x200, NOCP, u64::from(program.here() - 6)), "{what}");
        }
    }
}

#[test]
fn double_precision_is_undefined_but_off_is_off() {
    for (access, cfsr) in [(FULL_ACCESS, UNDEFINSTR), (0, NOCP)] {
        let program = with_usage_fault(|program| {
            program.store(CPACR, access).put(&[0xee31, 0x0b02]).mrs(R3, 20); // vadd.f64 d0, d1, d2
        });
        let (pc, report, rig) = run(&rig::m4f(false), &program);
        assert_eq!((pc, report.expect("a fault").cfsr), (0x200, cfsr));
        assert_eq!(rig.word(STACK - 32 + 24), program.here() - 10, "a basic frame: no context was begun");
    }
}

#[test]
fn access_for_privileged_code_only() {
    for (control, cfsr) in [(0, None), (1, Some(NOCP))] {
        let program = with_usage_fault(|program| {
            program.store(CPACR, PRIVILEGED_ACCESS).movs(R0, control).msr(20, R0).vmov_to(1, R0);
        });
        let (_, report, _) = run(&rig::m4f(false), &program);
        assert_eq!(report.map(|report| report.cfsr), cfsr, "CONTROL {control}");
    }
}

#[test]
fn a_handler_may_use_the_unit_that_its_thread_may_not() {
    // CPACR 01, CONTROL.nPRIV: SVC's handler adds in s0, the thread cannot even read it.
    let program = with_usage_fault(|program| {
        program.store(CPACR, PRIVILEGED_ACCESS).movs(R0, 1).msr(20, R0).svc(0).vmov_from(R1, 0);
    });
    let mut handler = Code::at(0x300);
    handler.mov32(R0, 0.5_f32.to_bits()).vmov_to(0, R0).vadd(0, 0, 0).vmov_from(R3, 0).mov32(R0, RAM);
    handler.str(R3, R0, 0).ret();
    let mut usage = Code::at(0x200);
    usage.bkpt(0);
    let mut rig = Rig::with(&rig::m4f(false), &program, &[(6, &usage), (11, &handler)]);
    assert_eq!((rig.run_to_breakpoint(), rig.word(RAM)), (0x200, 1.0_f32.to_bits()));
}

#[test]
fn digital_signal_processing_came_with_the_cortex_m4() {
    // smuad r0, r1, r2: 3 * 5 + 2 * 7; sadd16 r3, r1, r2; sel
    let program = with_usage_fault(|program| {
        program.mov32(R1, 0x0002_0003).mov32(R2, 0x0007_0005).put(&[0xfb21, 0xf002]).put(&[0xfa91, 0xf302]);
    });
    let (pc, report, rig) = run(&rig::m4f(false), &program);
    assert_eq!((pc, report), (program.here() - 2, None));
    assert_eq!((rig.register(0), rig.register(3)), (3 * 5 + 2 * 7, 0x0009_0008));
    // store 6, two mov32, two instructions of one cycle.
    assert_eq!(rig.core.cycles(), 6 + 4 + 2);
    for model in [CoreModel::CortexM4, CoreModel::CortexM7, CoreModel::CortexM7F, CoreModel::CortexM33] {
        let (pc, report, rig) = run(&CortexConfig { model, ..rig::config(false) }, &program);
        assert_eq!((pc, report, rig.register(0)), (program.here() - 2, None, 3 * 5 + 2 * 7), "{model:?}");
    }
    let (pc, report, _) = run(&rig::config(false), &program);
    assert_eq!((pc, report.expect("a fault").cfsr), (0x200, UNDEFINSTR));
}

#[test]
fn the_ge_flags_outlive_an_exception() {
    // sadd8 r3, r1, r2 sets GE[3:0] by lane: the sum is not negative. The handler sets them otherwise.
    let mut program = Code::at(PROGRAM);
    program.mov32(R1, 0x80ff_0102).mov32(R2, 0x0102_0304).put(&[0xfa81, 0xf302]).svc(0);
    program.mrs(R0, 0).bkpt(1);
    let mut handler = Code::at(0x200);
    handler.mov32(R1, 0x8080_8080).put(&[0xfa81, 0xf301]).ret();
    let mut rig = Rig::with(&rig::m4f(false), &program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    // 0x80 + 0x01 < 0; -1 + 2 >= 0; 1 + 3; 2 + 4.
    assert_eq!((rig.register(0) >> 16 & 0xf, rig.word(STACK - 32 + 28) >> 16 & 0xf), (0b0111, 0b0111));
}

#[test]
fn identity() {
    // Arm DDI 0439D, tables 4-1 and 7-4; DDI 0337 has none of the second for the Cortex-M3.
    for (address, m4, m3) in [
        (0xe000_ed00, 0x410f_c241, 0x412f_c231),
        (0xe000_ed60, 0x0114_1110, 0x0110_0110),
        (0xe000_ed68, 0x2123_2231, 0x2111_2231),
        (0xe000_ed6c, 0x0111_1131, 0x0111_1110),
        (0xe000_ef34, 0xc000_0000, 0),
        (0xe000_ef3c, 0, 0),
        (0xe000_ef40, 0x1011_0021, 0),
        (0xe000_ef44, 0x1100_0011, 0),
    ] {
        let mut program = Code::at(PROGRAM);
        program.mov32(R0, address).ldr(R1, R0, 0).bkpt(0);
        for (config, value) in [(rig::m4f(false), m4), (rig::config(false), m3)] {
            let mut rig = Rig::with(&config, &program, &[]);
            rig.run_to_breakpoint();
            assert_eq!(rig.register(1), value, "{address:#x}, {:?}", config.model);
        }
    }
}

#[test]
fn unprivileged_code_cannot_switch_the_unit_on() {
    let mut program = Code::at(PROGRAM);
    program.movs(R0, 1).msr(20, R0).store(CPACR, FULL_ACCESS).bkpt(1);
    let mut handler = Code::at(0x200);
    handler.bkpt(0);
    let mut rig = Rig::with(&rig::m4f(false), &program, &[(3, &handler)]);
    assert_eq!(rig.run_to_breakpoint(), 0x200);
    assert_eq!(rig.core.fault_report().and_then(|report| report.bfar), Some(CPACR));
}

#[test]
fn costs_to_the_cycle() {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).mov32(R0, RAM + 0x100).mov32(R1, DEVICE);
    let begins = 6 + 4;
    program.str(R2, R1, 0); // 2, at `begins`
    program.vadd(0, 1, 2).vfma(3, 4, 5).vdiv(6, 7, 8).vsqrt(9, 10).str(R2, R1, 0); // 1 + 3 + 14 + 14
    program.vldr(0, R0, 0).vldr_double(1, R0, 0).vstm(R0, false, 0, 16).vmov_from(R2, 0).str(R2, R1, 0); // 2 + 3 + 17 + 2
    program.bkpt(0);
    let mut rig = Rig::with(&rig::m4f(false), &program, &[]);
    rig.run_to_breakpoint();
    let cycles: Vec<u64> = rig.bus.log.iter().map(|seen| seen.0).collect();
    let second = begins + 2 + 32;
    assert_eq!(cycles, [begins, second, second + 2 + 24]);
    let mut rig = Rig::with(&rig::m4f(true), &program, &[]);
    assert_eq!(rig.run(1_000_000), CoreStop::Breakpoint { pc: u64::from(program.here() - 2) });
    assert_eq!(rig.core.cycles(), rig.core.instructions());
}

#[test]
fn a_double_register_to_and_from_a_device_is_two_words() {
    // At a multiple of eight and at one of four (A3.2.1 asks for no more).
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS).mov32(R0, 0x1122_3344).mov32(R1, 0x5566_7788).mov32(R2, DEVICE + 0x100);
    program.vmov_to(2, R0).vmov_to(3, R1);
    let at = program.here();
    program.vstr_double(1, R2, 0).vstr_double(1, R2, 3).vldr_double(2, R2, 1).vldr_double(3, R2, 2);
    program.vmov_pair_from(R0, R1, 4).bkpt(0);
    let mut rig = Rig::with(&rig::m4f(false), &program, &[]);
    rig.run_to_breakpoint();
    let start = 6 + 6 + 4;
    let word =
        |index: u64, offset: u32, value| (start + 3 * index, at + 4 * index as u32, DEVICE + 0x100 + offset, 4, value);
    let (low, high) = (Some(0x1122_3344), Some(0x5566_7788));
    let expected = [
        word(0, 0, low),
        word(0, 4, high),
        word(1, 12, low),
        word(1, 16, high),
        word(2, 4, None),
        word(2, 8, None),
        word(3, 8, None),
        word(3, 12, None),
    ];
    assert_eq!(rig.bus.log, expected);
    // A read gives its cycle.
    assert_eq!((rig.register(0), rig.register(1)), (start as u32 + 6, start as u32 + 6));
}

#[test]
fn a_debuggers_step_is_one_instruction_also_where_a_context_begins() {
    const DHCSR: u32 = 0xe000_edf0;
    const HALT: u32 = 0xa05f_0003;
    const STEP: u32 = 0xa05f_0005;
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, FULL_ACCESS);
    let at = program.here();
    program.vadd(0, 1, 2).vadd(0, 1, 2).svc(0);
    // The handler's first one saves the thread's context.
    let mut handler = Code::at(0x200);
    handler.vadd(0, 1, 2).nop();
    let mut rig = Rig::with(&rig::m4f(false), &program, &[(11, &handler)]);
    let mut pcs = Vec::new();
    for command in [HALT].into_iter().chain([STEP; 10]) {
        rig.core.debugger_write(&mut rig.bus, DHCSR, 4, command).expect("a register");
        assert_eq!(rig.run(1000), CoreStop::Halted);
        pcs.push(rig.pc());
    }
    // Five instructions of `store`, two additions, SVC (which ends in its handler), the handler's addition, NOP.
    assert_eq!(pcs[0], PROGRAM);
    assert_eq!(pcs[5..], [at, at + 4, at + 8, 0x200, 0x204, 0x206]);
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        the_unit_is_off_after_reset_and_works_once_it_is_on,
        an_instruction_that_its_it_block_skips_needs_no_unit,
        other_coprocessors_are_not_there,
        access_for_privileged_code_only,
        a_handler_may_use_the_unit_that_its_thread_may_not,
        the_ge_flags_outlive_an_exception,
        unprivileged_code_cannot_switch_the_unit_on,
        a_debuggers_step_is_one_instruction_also_where_a_context_begins,
    }
}

also_on! {
    [cortex_m33f_to_the_cycle: CortexM33F] {
        costs_to_the_cycle,
        a_double_register_to_and_from_a_device_is_two_words,
        double_precision_is_undefined_but_off_is_off,
    }
}
