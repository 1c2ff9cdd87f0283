//! Faults: status, address, escalation, lockup, and what the report says (Arm DDI 0403E, B1.5.14, B3.2.15-19).

use bksim::cpu::CoreStop;
use bksim_protocol::message::FaultReport;

use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::{DEVICE, FLASH, NOWHERE, PROGRAM, RAM, Rig, STACK, also_on_all};

const SHCSR: u32 = 0xe000_ed24;
const ALL_ENABLED: u32 = 7 << 16;
const FORCED: u32 = 1 << 30;

/// BKPT in every fault handler: HardFault at 0x200, then MemManage, BusFault, UsageFault.
fn handlers() -> Vec<(u32, Code)> {
    (3..=6)
        .map(|exception| {
            let mut handler = Code::at(0x200 + 0x10 * (exception - 3));
            handler.bkpt(0);
            (exception, handler)
        })
        .collect()
}

/// Runs to the handler; which exception it was, and the report.
fn fault(program: &Code) -> (u32, FaultReport, Rig) {
    let handlers = handlers();
    let handlers: Vec<(u32, &Code)> = handlers.iter().map(|(exception, code)| (*exception, code)).collect();
    let mut rig = Rig::new(program, &handlers);
    let pc = rig.run_to_breakpoint();
    let report = rig.core.fault_report().expect("a fault");
    ((pc - 0x200) / 0x10 + 3, report, rig)
}

/// The faulting piece behind `SHCSR := enabled`; its address.
fn program(enabled: u32, fill: impl FnOnce(&mut Code)) -> (Code, u32) {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, enabled);
    let here = program.here();
    fill(&mut program);
    (program, here)
}

#[test]
fn a_load_from_nowhere() {
    let load = |program: &mut Code| {
        program.mov32(R0, NOWHERE + 8).movs(R1, 3).ldr(R1, R0, 4).bkpt(9);
    };
    let (enabled, at) = program(ALL_ENABLED, load);
    let (exception, report, rig) = fault(&enabled);
    let pc = at + 10;
    assert_eq!((exception, report.cfsr, report.hfsr), (5, 0x8200, 0));
    assert_eq!((report.bfar, report.mmfar, report.pc), (Some(NOWHERE + 12), None, u64::from(pc)));
    assert_eq!(report.summary, format!("BusFault: precise data access to 0x6000000c by {pc:#010x}"));
    assert_eq!((report.registers[0], report.registers[1]), (u64::from(NOWHERE + 8), 3), "the load has no effect");
    assert_eq!(report.registers[13], u64::from(STACK));
    assert_eq!(rig.word(STACK - 32 + 24), pc, "the frame returns to the instruction");

    let (disabled, _) = program(0, load);
    let (exception, report, _) = fault(&disabled);
    assert_eq!((exception, report.cfsr, report.hfsr), (3, 0x8200, FORCED));
    assert_eq!(
        report.summary,
        format!("HardFault, escalated from BusFault: precise data access to 0x6000000c by {pc:#010x}")
    );
}

#[test]
fn a_store_to_flash() {
    let (program, at) = program(ALL_ENABLED, |program| {
        program.mov32(R0, FLASH + 0x800).str(R1, R0, 0).bkpt(9);
    });
    let (exception, report, rig) = fault(&program);
    assert_eq!((exception, report.cfsr, report.bfar), (5, 0x8200, Some(0x800)));
    assert_eq!((report.pc, rig.word(0x800)), (u64::from(at + 8), 0));
}

#[test]
fn a_refused_store_in_an_it_block_is_exact() {
    // itttt eq: adds r2,#1; str r1,[r0]; adds r2,#2; str r1,[r3]
    let (program, at) = program(ALL_ENABLED, |program| {
        program.mov32(R0, NOWHERE).mov32(R3, RAM).movs(R1, 9).movs(R2, 0).cmp(R2, 0);
        program.put(&[0xbf01, 0x3201, 0x6001, 0x3202, 0x6019]).bkpt(9);
    });
    let (exception, report, rig) = fault(&program);
    assert_eq!((exception, report.cfsr, report.bfar), (5, 0x8200, Some(NOWHERE)));
    assert_eq!(report.pc, u64::from(at + 16 + 6 + 4));
    assert_eq!((report.registers[2], rig.word(RAM)), (1, 0), "nothing behind it has happened");
    // The frame returns to the store with its own ITSTATE: 0000'0010 (see the interrupt's test).
    assert_eq!(rig.word(STACK - 32 + 24), at + 26);
    assert_eq!(rig.word(STACK - 32 + 28) & 0x0600_fc00, 0b10 << 25);
}

#[test]
fn write_back_does_not_happen_when_the_access_fails() {
    // ldr r1, [r0, #4]! ; str r1, [r0], #4 ; ldmia r0!, {r1, r2} ; stmia r0!, {r1, r2}
    let cases: [&[u16]; 4] = [&[0xf850, 0x1f04], &[0xf840, 0x1b04], &[0xc806], &[0xc006]];
    for case in cases {
        let (program, _) = program(ALL_ENABLED, |program| {
            program.mov32(R0, NOWHERE).movs(R1, 5).movs(R2, 6).put(case).bkpt(9);
        });
        let (exception, report, _) = fault(&program);
        assert_eq!(exception, 5);
        assert_eq!(report.registers[..3], [u64::from(NOWHERE), 5, 6], "{case:04x?}");
    }
}

#[test]
fn registers_at_a_fault_behind_a_paired_load_from_a_device() {
    // ldrd r1, r2, [r0]; movs r1, 9; str r1, [r3] to flash
    let (program, _) = program(ALL_ENABLED, |program| {
        program.mov32(R0, DEVICE).movs(R3, 0x80).put(&[0xe9d0, 0x1200]).movs(R1, 9).str(R1, R3, 0).bkpt(9);
    });
    let (exception, report, _) = fault(&program);
    assert_eq!((exception, report.bfar, report.registers[1]), (5, Some(0x80), 9));
    assert_ne!(report.registers[2], 0, "a cycle count");
}

#[test]
fn usage_faults() {
    // UDF #0
    let (undefined, at) = program(ALL_ENABLED, |program| {
        program.nop().put(&[0xde00]);
    });
    let (exception, report, rig) = fault(&undefined);
    assert_eq!((exception, report.cfsr, report.pc), (6, 1 << 16, u64::from(at + 2)));
    assert_eq!(rig.word(STACK - 32 + 24), at + 2);

    // A branch to an even address: INVSTATE, at its target.
    let (even, _) = program(ALL_ENABLED, |program| {
        program.mov32(R0, RAM + 0x100).bx(R0);
    });
    let (exception, report, rig) = fault(&even);
    assert_eq!((exception, report.cfsr, report.pc), (6, 1 << 17, u64::from(RAM + 0x100)));
    assert_eq!(rig.word(STACK - 32 + 28) >> 24 & 1, 0, "T is clear in the frame");

    // An EXC_RETURN that does not exist, out of an SVC's handler.
    let (bad_return, _) = program(ALL_ENABLED, |program| {
        program.svc(0).bkpt(9);
    });
    let mut handler = Code::at(0x300);
    handler.mov32(R0, 0xffff_fff5).bx(R0);
    let all = handlers();
    let mut all: Vec<(u32, &Code)> = all.iter().map(|(exception, code)| (*exception, code)).collect();
    all.push((11, &handler));
    let mut rig = Rig::new(&bad_return, &all);
    assert_eq!(rig.run_to_breakpoint(), 0x230);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, rig.register(14)), (1 << 18, 0xffff_fff5));
    assert_eq!(report.summary, "UsageFault: invalid exception return 0xfffffff5");
}

#[test]
fn instruction_fetch() {
    // Table B3-1: 0x40000000 is XN (IACCVIOL), 0x60000000 is not, but nothing answers there (IBUSERR).
    for (target, exception, cfsr) in [(DEVICE, 4, 1), (NOWHERE, 5, 1 << 8), (0xf000_0000, 4, 1)] {
        let (program, _) = program(ALL_ENABLED, |program| {
            program.mov32(R0, target | 1).bx(R0);
        });
        let (taken, report, rig) = fault(&program);
        assert_eq!((taken, report.cfsr, report.pc), (exception, cfsr, u64::from(target)), "{target:#x}");
        assert_eq!(rig.word(STACK - 32 + 24), target);
        assert_eq!((report.bfar, report.mmfar), (None, None));
    }
}

#[test]
fn exc_return_in_thread_mode_is_only_an_address() {
    let (program, _) = program(ALL_ENABLED, |program| {
        program.mov32(R0, 0xffff_fff9).bx(R0);
    });
    let (exception, report, _) = fault(&program);
    assert_eq!((exception, report.cfsr, report.pc), (4, 1, 0xffff_fff8));
}

#[test]
fn a_fault_in_the_hard_fault_handler_locks_up() {
    let (program, _) = program(0, |program| {
        program.put(&[0xde00]);
    });
    let mut handler = Code::at(0x200);
    handler.movs(R0, 1).put(&[0xde01]);
    let mut rig = Rig::new(&program, &[(3, &handler)]);
    assert_eq!(rig.run(1_000_000), CoreStop::Lockup);
    assert_eq!(rig.run(2_000_000), CoreStop::Lockup, "for good");
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!(report.summary, "lockup, UsageFault in HardFault: undefined instruction at 0x00000202");
    assert_eq!(rig.register(0), 1);
    rig.core.reset();
    assert_eq!((rig.pc(), rig.core.fault_report()), (PROGRAM, None));
}

#[test]
fn svc_with_primask_is_a_hard_fault() {
    let (program, at) = program(ALL_ENABLED, |program| {
        program.cpsid_i().svc(0).bkpt(9);
    });
    let (exception, report, rig) = fault(&program);
    assert_eq!((exception, report.hfsr, report.cfsr), (3, FORCED, 0));
    assert_eq!(rig.word(STACK - 32 + 24), at + 4);
}

#[test]
fn a_bad_stack() {
    // The stack pointer points to nowhere: the SVC's frame cannot be stored. BusFault is the more important one of the
    // two, so its handler goes first; SVCall stays pending (B1.5.11).
    let (program, at) = program(ALL_ENABLED, |program| {
        program.store(0xe000_ed1c, 0x2000_0000).mov32(R0, NOWHERE).put(&[0x4685]).svc(0).bkpt(9); // mov sp, r0
    });
    let (exception, report, mut rig) = fault(&program);
    assert_eq!((exception, report.cfsr, report.hfsr), (5, 1 << 12, 0));
    let svc = at + 18 + 8 + 2;
    let words = format!("BusFault: exception entry could not write its stack frame, at {:#010x}", svc + 2);
    assert_eq!(report.summary, words);
    let mut more = Code::at(0x222);
    more.mov32(R0, SHCSR).ldr(R1, R0, 0).bkpt(1);
    crate::rig::load(&mut *rig.core, &more);
    crate::rig::load(&mut *rig.core, &{
        let mut nop = Code::at(0x220);
        nop.nop();
        nop
    });
    rig.run_to_breakpoint();
    // SVCALLPENDED, BUSFAULTACT (B3.2.13).
    assert_eq!(rig.register(1), ALL_ENABLED | 1 << 15 | 1 << 1);
}

#[test]
fn the_status_registers_are_cleared_by_ones() {
    let (program, _) = program(ALL_ENABLED, |program| {
        program.put(&[0xde00]);
    });
    let mut handler = Code::at(0x200);
    handler.mov32(R0, 0xe000_ed28).ldr(R1, R0, 0).str(R1, R0, 0).ldr(R2, R0, 0);
    handler.put(&[0x8843]).bkpt(0); // ldrh r3, [r0, #2]
    let mut rig = Rig::new(&program, &[(6, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!([1, 2, 3].map(|index| rig.register(index)), [1 << 16, 0, 0]);
}

#[test]
fn unprivileged_code_does_not_reach_the_system_control_space() {
    let (program, _) = program(ALL_ENABLED, |program| {
        program.movs(R0, 1).msr(20, R0).mov32(R0, SHCSR).ldr(R1, R0, 0).bkpt(9);
    });
    let (exception, report, _) = fault(&program);
    assert_eq!((exception, report.bfar), (5, Some(SHCSR)));
}

#[test]
fn with_faultmask_even_hard_fault_is_held_off() {
    let (program, _) = program(ALL_ENABLED, |program| {
        program.put(&[0xb671, 0xde00]); // cpsid f; udf
    });
    // FAULTMASK makes the priority -1 (B1.5.4): the fault locks up.
    let all = handlers();
    let all: Vec<(u32, &Code)> = all.iter().map(|(exception, code)| (*exception, code)).collect();
    let mut rig = Rig::new(&program, &all);
    assert_eq!(rig.run(1_000_000), CoreStop::Lockup);
}

#[test]
fn an_exception_return_clears_faultmask() {
    let (program, _) = program(ALL_ENABLED, |program| {
        program.svc(0).mrs(R3, 19).bkpt(9);
    });
    let mut handler = Code::at(0x300);
    handler.put(&[0xb671]).mrs(R2, 19).mov32(R1, RAM).str(R2, R1, 0).ret(); // cpsid f
    let mut rig = Rig::new(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    assert_eq!((rig.word(RAM), rig.register(3)), (1, 0));
}

also_on_all! {
    MAINLINE as mainline {
        a_load_from_nowhere,
        a_store_to_flash,
        a_refused_store_in_an_it_block_is_exact,
        write_back_does_not_happen_when_the_access_fails,
        registers_at_a_fault_behind_a_paired_load_from_a_device,
        usage_faults,
        instruction_fetch,
        exc_return_in_thread_mode_is_only_an_address,
        a_fault_in_the_hard_fault_handler_locks_up,
        svc_with_primask_is_a_hard_fault,
        a_bad_stack,
        the_status_registers_are_cleared_by_ones,
        unprivileged_code_does_not_reach_the_system_control_space,
        with_faultmask_even_hard_fault_is_held_off,
        an_exception_return_clears_faultmask,
    }
}
