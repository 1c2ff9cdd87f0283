//! What can go wrong with a floating-point context: the unit is off when its registers are to move, or they have nowhere
//! to go (Arm DDI 0403E, B1.5.7, B1.5.11 and B3.2.15).

use crate::asm::{Code, R0};
use crate::float_context::{
    ASPEN, BFRDY, EXTENDED, FPCAR, FPCCR, HFRDY, LSPACT, RESET, SHCSR, THREAD, UNTOUCHED, new_rig, note_word, notes,
    spoil, value, with_context, words,
};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::rig::{self, NOWHERE, PROGRAM, Rig, STACK, also_on};

const CFSR: u32 = 0xe000_ed28;

#[test]
fn an_exception_return_may_find_the_unit_off() {
    // The handler has used the unit and switches it off: what the frame holds cannot be loaded.
    let mut program = with_context();
    program.store(SHCSR, 1 << 18).svc(0).bkpt(9);
    let mut handler = Code::at(0x200);
    spoil(&mut handler);
    handler.store(CPACR, 0).ret();
    let mut usage = Code::at(0x300);
    usage.bkpt(0);
    let mut rig = new_rig(&program, &[(11, &handler), (6, &usage)]);
    assert_eq!(rig.run_to_breakpoint(), 0x300);
    assert_eq!(rig.core.fault_report().map(|report| report.cfsr), Some(1 << 19));
    // On the frame that is still there.
    assert_eq!((rig.register(13), rig.register(14)), (STACK - EXTENDED, 0xffff_ffe9));

    // Without a word of it used nothing is loaded, and nothing asked for.
    let mut handler = Code::at(0x200);
    handler.store(CPACR, 0).ret();
    let mut rig = new_rig(&program, &[(11, &handler), (6, &usage)]);
    assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
}

#[test]
fn an_entry_that_stores_may_find_the_unit_off() {
    let mut program = with_context();
    program.store(SHCSR, 1 << 18).store(FPCCR, ASPEN).store(0xe000_ed1c, 0x2000_0000).store(CPACR, 0).svc(0).bkpt(9);
    let mut handler = Code::at(0x200);
    handler.bkpt(1);
    let mut usage = Code::at(0x300);
    usage.bkpt(0);
    let mut rig = new_rig(&program, &[(11, &handler), (6, &usage)]);
    // SVCall is at 0x20, UsageFault at 0: the fault goes first.
    assert_eq!(rig.run_to_breakpoint(), 0x300);
    assert_eq!(rig.core.fault_report().map(|report| report.cfsr), Some(1 << 19));
    assert_eq!(words(&rig, STACK - EXTENDED + 0x20, 18), [UNTOUCHED; 18]);
}

#[test]
fn a_cortex_m3_knows_no_extended_frame() {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, 1 << 18).svc(0).bkpt(9);
    let mut handler = Code::at(0x200);
    handler.mov32(R0, 0xffff_ffe9).bx(R0);
    let mut usage = Code::at(0x300);
    usage.bkpt(0);
    for (config, end) in [(rig::config(false), 0x300), (rig::m4f(false), program.here() - 2)] {
        let mut rig = Rig::with(&config, &program, &[(11, &handler), (6, &usage)]);
        // A Cortex-M4F loads a context that nobody has stored; all that it needs for that is the unit.
        if end != 0x300 {
            let mut on = Code::at(PROGRAM);
            on.store(CPACR, FULL_ACCESS).svc(0);
            crate::rig::load(&mut *rig.core, &on);
        }
        assert_eq!(rig.run_to_breakpoint(), end, "{:?}", config.model);
    }
}

#[test]
fn lazy_saving_may_fail() {
    // The handler moves FPCAR to where nothing answers. BFRDY is set, if BusFault was enabled when the frame was made and
    // more important than what ran: it is taken in front of the instruction, and LSPACT stays.
    let mut program = with_context();
    program.store(SHCSR, 1 << 17).store(0xe000_ed1c, 0x2000_0000).svc(0).bkpt(9);
    let mut handler = Code::at(0x200);
    handler.store(FPCAR, NOWHERE);
    let at = handler.here();
    spoil(&mut handler);
    handler.ret();
    let mut bus_fault = Code::at(0x300);
    note_word(&mut bus_fault, 0, CFSR);
    note_word(&mut bus_fault, 1, FPCCR);
    // Repairs it: the instruction is done again.
    bus_fault.store(FPCAR, STACK - EXTENDED + 0x20).ret();
    let mut rig = new_rig(&program, &[(11, &handler), (5, &bus_fault)]);
    assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
    assert_eq!(notes(&rig), [1 << 13, RESET | BFRDY | HFRDY | THREAD | LSPACT], "LSPERR");
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.pc, report.bfar), (u64::from(at), None));
    assert_eq!(rig.word(STACK - EXTENDED + 0x20), value(0));
}

#[test]
fn lazy_saving_may_fail_for_code_that_no_bus_fault_interrupts() {
    // BFRDY is clear, HFRDY set: HardFault.
    let mut program = with_context();
    program.svc(0).bkpt(9);
    let mut handler = Code::at(0x200);
    handler.store(FPCAR, NOWHERE);
    let at = handler.here();
    spoil(&mut handler);
    handler.ret();
    let mut hard_fault = Code::at(0x300);
    hard_fault.bkpt(0);
    let mut rig = new_rig(&program, &[(11, &handler), (3, &hard_fault)]);
    assert_eq!(rig.run_to_breakpoint(), 0x300);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, report.hfsr), (1 << 13, 1 << 30));
    let words =
        "HardFault, escalated from BusFault: lazy saving could not write floating-point registers to 0x60000000";
    assert_eq!(report.summary, format!("{words}, before {at:#010x}"));
}

#[test]
fn a_lazy_fault_that_cannot_be_taken_waits() {
    // With PRIMASK set in the handler BusFault waits: the instruction goes on, what it should have saved is lost.
    let mut program = with_context();
    program.store(SHCSR, 1 << 17).svc(0).bkpt(9);
    let mut handler = Code::at(0x200);
    handler.cpsid_i().store(FPCAR, NOWHERE);
    spoil(&mut handler);
    note_word(&mut handler, 0, FPCCR);
    handler.cpsie_i().bkpt(1);
    let mut bus_fault = Code::at(0x300);
    bus_fault.bkpt(0);
    let mut rig = new_rig(&program, &[(11, &handler), (5, &bus_fault)]);
    // BusFault and SVCall are both at 0: it waits for the handler's end in any case.
    assert_eq!(rig.run_to_breakpoint(), handler.here() - 2);
    assert_eq!(notes(&rig), [RESET | BFRDY | HFRDY | THREAD]);
    assert_eq!(rig.core.fault_report().map(|report| report.cfsr), Some(1 << 13));
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        an_exception_return_may_find_the_unit_off,
        an_entry_that_stores_may_find_the_unit_off,
        lazy_saving_may_fail,
        lazy_saving_may_fail_for_code_that_no_bus_fault_interrupts,
        a_lazy_fault_that_cannot_be_taken_waits,
    }
}
