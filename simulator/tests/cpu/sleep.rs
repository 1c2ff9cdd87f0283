//! What wakes a core (Arm DDI 0403E, B1.5.17-B1.5.19; DDI 0419, the same): WFI by priority, WFE by the event register,
//! SEVONPEND and SLEEPONEXIT.

use bksim::cpu::CoreStop;

use crate::asm::{Code, R0};
use crate::rig::{Cpu, PROGRAM, Rig, also_on_all, on_every_core};
use crate::told::{Tell, told};

const ISER: u32 = 0xe000_e100;
const ISPR: u32 = 0xe000_e200;
const IPR: u32 = 0xe000_e400;
const SCR: u32 = 0xe000_ed10;
const SLEEPONEXIT: u32 = 1 << 1;
const SEVONPEND: u32 = 1 << 4;
const BASEPRI: u16 = 17;
const CPSID_F: u16 = 0xb671;

/// Runs until the core sleeps or comes to its BKPT; whether it sleeps.
fn sleeps(rig: &mut Rig) -> bool {
    match rig.run(1_000_000) {
        CoreStop::Asleep => true,
        CoreStop::Breakpoint { .. } => false,
        stop => panic!("{stop:?}"),
    }
}

fn sayer(cpu: Cpu, base: u32, number: u16) -> Code {
    let mut handler = cpu.code(base);
    handler.say(number).ret();
    handler
}

fn pulse(rig: &mut Rig, line: u16) {
    let now = rig.core.cycles();
    rig.core.set_irq(line, true, now);
    rig.core.set_irq(line, false, now);
}

#[test]
fn wfi_does_not_wait_for_what_is_pending_already() {
    // B1.5.19: with PRIMASK set an interrupt that is pending and enabled ends WFI, and is not taken.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.cpsid_i().store(ISER, 1).store(ISPR, 1).wfi().say(1).cpsie_i().nop().say(2).bkpt(0);
        let mut rig = cpu.rig(&program, &[(16, &sayer(cpu, 0x200, 9))]);
        assert!(!sleeps(&mut rig));
        assert_eq!(told(&rig), [1, 9, 2]);
    });
}

#[test]
fn what_is_not_enabled_does_not_end_wfi() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(ISPR, 1).wfi().bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        assert!(sleeps(&mut rig));
        pulse(&mut rig, 1);
        assert!(sleeps(&mut rig));
    });
}

#[test]
fn priority_masks_count_for_wfi() {
    // B1.5.19: as if PRIMASK were clear, the exception must pre-empt. BASEPRI and FAULTMASK count.
    for (masked, wakes) in [(0x60, true), (0x40, false), (0x20, false)] {
        let mut program = Code::at(PROGRAM);
        program.cpsid_i().store(IPR, 0x40).store(ISER, 1).movs(R0, masked).msr(BASEPRI, R0).wfi().bkpt(0);
        let mut rig = Rig::new(&program, &[]);
        assert!(sleeps(&mut rig));
        pulse(&mut rig, 0);
        assert_eq!(sleeps(&mut rig), !wakes, "BASEPRI {masked:#x}");
    }
    let mut program = Code::at(PROGRAM);
    program.store(ISER, 1).put(&[CPSID_F]).wfi().bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    assert!(sleeps(&mut rig));
    pulse(&mut rig, 0);
    assert!(sleeps(&mut rig), "FAULTMASK");
}

#[test]
fn primask_counts_for_wfe() {
    // B1.5.18: an exception that is pending and masked is no event, unless SEVONPEND says so.
    on_every_core(|cpu| {
        for (control, wakes) in [(0, false), (SEVONPEND, true)] {
            let mut program = cpu.code(PROGRAM);
            program.store(SCR, control).cpsid_i().store(ISER, 1).wfe().bkpt(0);
            let mut rig = cpu.rig(&program, &[]);
            assert!(sleeps(&mut rig));
            pulse(&mut rig, 0);
            assert_eq!(sleeps(&mut rig), !wakes, "SCR {control:#x}");
        }
    });
}

#[test]
fn sevonpend_is_about_becoming_pending() {
    // B1.5.18: an interrupt that has been pending all along is no new event; one that becomes so by software is.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(ISPR, 1).store(SCR, SEVONPEND).store(ISPR, 1).wfe().bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        assert!(sleeps(&mut rig));
        let mut program = cpu.code(PROGRAM);
        program.store(SCR, SEVONPEND).store(ISPR, 1).wfe().say(1).wfe().bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        assert!(sleeps(&mut rig));
        assert_eq!(told(&rig), [1], "one event, and it is used up");
    });
}

#[test]
fn an_exception_leaves_an_event() {
    // B1.5.18: entry and return set the event register, so a WFE behind a handler does not sleep; the next one does.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(ISER, 1).store(ISPR, 1).nop().wfe().say(1).wfe().say(2).bkpt(0);
        let mut rig = cpu.rig(&program, &[(16, &sayer(cpu, 0x200, 9))]);
        assert!(sleeps(&mut rig));
        assert_eq!(told(&rig), [9, 1]);
        pulse(&mut rig, 0);
        assert!(!sleeps(&mut rig));
        assert_eq!(told(&rig), [9, 1, 9, 2], "woken by the interrupt, which is taken");
    });
}

#[test]
fn sleep_on_exit_is_left_by_a_handler_that_clears_it() {
    // B1.5.17: asleep whenever the last handler returns to the thread, whose instructions wait.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(ISER, 3).store(SCR, SLEEPONEXIT).wfi().say(1).bkpt(0);
        let mut last = cpu.code(0x280);
        last.store(SCR, 0).say(8).ret();
        let mut rig = cpu.rig(&program, &[(16, &sayer(cpu, 0x200, 9)), (17, &last)]);
        assert!(sleeps(&mut rig));
        for count in 1..=2 {
            pulse(&mut rig, 0);
            assert!(sleeps(&mut rig));
            assert_eq!(told(&rig), vec![9; count]);
        }
        pulse(&mut rig, 1);
        assert!(!sleeps(&mut rig));
        assert_eq!(told(&rig), [9, 9, 8, 1]);
    });
}

#[test]
fn a_nested_handler_s_return_does_not_sleep() {
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(IPR, 0x0040).store(ISER, 3).store(SCR, SLEEPONEXIT).store(ISPR, 1).bkpt(0);
        let mut outer = cpu.code(0x280);
        outer.store(ISPR, 2).nop().say(8).ret();
        let mut rig = cpu.rig(&program, &[(16, &outer), (17, &sayer(cpu, 0x200, 9))]);
        assert!(sleeps(&mut rig));
        assert_eq!(told(&rig), [9, 8]);
    });
}

also_on_all! {
    MAINLINE as mainline {
        wfi_does_not_wait_for_what_is_pending_already,
        what_is_not_enabled_does_not_end_wfi,
        priority_masks_count_for_wfi,
        primask_counts_for_wfe,
        sevonpend_is_about_becoming_pending,
        an_exception_leaves_an_event,
        sleep_on_exit_is_left_by_a_handler_that_clears_it,
        a_nested_handler_s_return_does_not_sleep,
    }
}
