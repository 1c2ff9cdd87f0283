//! SysTick as firmware sees it (Arm DDI 0403E and 0419, B3.3): both clocks, CALIB, COUNTFLAG, and what its registers keep.

use bksim::cpu::cortex_m::CortexConfig;

use crate::asm::{Code, R0, R1};
use crate::rig::{Cpu, PROGRAM, RAM, Rig, also_on_all, on_every_core};
use crate::told::{Tell, told};

const CSR: u32 = 0xe000_e010;
const RVR: u32 = 0xe000_e014;
const CVR: u32 = 0xe000_e018;
const CALIB: u32 = 0xe000_e01c;
const ENABLE: u32 = 1;
const TICKINT: u32 = 1 << 1;
const CLKSOURCE: u32 = 1 << 2;
const COUNTFLAG: u32 = 1 << 16;
const ICSR: u32 = 0xe000_ed04;
const PENDSTCLR: u32 = 1 << 25;
const PENDSTSET: u32 = 1 << 26;

/// What a program tells on a core whose reference clock has `reference` core cycles.
fn tells(cpu: Cpu, reference: Option<u32>, program: &Code, handler: &Code) -> Vec<u32> {
    let config = CortexConfig { systick_reference: reference, ..cpu.config(false) };
    let mut rig = Rig::with(&config, program, &[(15, handler)]);
    rig.run_to_breakpoint();
    told(&rig)
}

fn silent(cpu: Cpu) -> Code {
    let mut handler = cpu.code(0x200);
    handler.say(99).ret();
    handler
}

#[test]
fn registers_keep_what_they_have() {
    // Table B3-24 and its neighbours: RVR has 24 bits, a write of CVR clears it, CALIB is read only.
    on_every_core(|cpu| {
        for (reference, control, calib) in
            [(Some(8), ENABLE | TICKINT | CLKSOURCE, 1 << 30), (None, ENABLE | TICKINT | CLKSOURCE, 1 << 31 | 1 << 30)]
        {
            let mut program = cpu.code(PROGRAM);
            program.cpsid_i().tell(CSR).store(RVR, u32::MAX).tell(RVR).store(CVR, 0x1234).tell(CVR);
            program.store(CALIB, 0).tell(CALIB).store(CSR, u32::MAX).tell(CSR).store(CSR, 0).tell(CSR).bkpt(0);
            // Without a reference clock CLKSOURCE is one (B3.3.3).
            let fixed = if reference.is_none() { CLKSOURCE } else { 0 };
            let expected = [fixed, 0x00ff_ffff, 0, calib, control, fixed];
            assert_eq!(tells(cpu, reference, &program, &silent(cpu)), expected, "{reference:?}");
        }
    });
}

#[test]
fn the_reference_clock_counts_in_its_own_steps() {
    // CLKSOURCE clear: one step in eight core cycles. Two reads of CVR, some eighty steps apart by either clock.
    on_every_core(|cpu| {
        let counted = |source: u32| {
            let mut program = cpu.code(PROGRAM);
            program.store(RVR, 0x00ff_ffff).store(CVR, 0).store(CSR, ENABLE | source).nops(20).mov32(R0, CVR);
            program.pool().ldr(R1, R0, 0).nops(640).ldr(R0, R0, 0).mov32(7, RAM).str(R1, 7, 0).str(R0, 7, 4).bkpt(0);
            let config = CortexConfig { systick_reference: Some(8), ..cpu.config(false) };
            let mut rig = Rig::with(&config, &program, &[]);
            rig.run_to_breakpoint();
            rig.word(RAM) - rig.word(RAM + 4)
        };
        let (core, reference) = (counted(CLKSOURCE), counted(0));
        assert!((641..=642).contains(&core), "{core}");
        assert!((80..=81).contains(&reference), "{reference}");
    });
}

#[test]
fn the_count_flag_goes_by_a_read_and_by_a_write_of_the_counter() {
    // B3.3.3: set by the step from 1 to 0 also without TICKINT, cleared by a read of CSR and by any write of CVR.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        let on = ENABLE | CLKSOURCE;
        program.store(RVR, 300).store(CVR, 0).store(CSR, on).tell(CSR).pool().nops(300).tell(CSR).tell(CSR).pool();
        program.nops(300).store(CVR, 5).tell(CSR).bkpt(0);
        assert_eq!(tells(cpu, None, &program, &silent(cpu)), [on, on | COUNTFLAG, on, on]);
    });
}

#[test]
fn a_reload_value_of_zero_never_counts() {
    // B3.3.1: with a reload value of zero the counter stays at zero.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(RVR, 0).store(CVR, 0).store(CSR, ENABLE | TICKINT | CLKSOURCE).nops(50).tell(CVR).tell(CSR);
        program.bkpt(0);
        assert_eq!(tells(cpu, None, &program, &silent(cpu)), [0, ENABLE | TICKINT | CLKSOURCE]);
    });
}

#[test]
fn its_exception_is_made_pending_and_taken_back_by_software() {
    // ICSR.PENDSTSET and PENDSTCLR (B3.2.4), whether the timer runs or not.
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.cpsid_i().store(ICSR, PENDSTSET).store(ICSR, PENDSTCLR).cpsie_i().nop().say(1);
        program.store(ICSR, PENDSTSET).nop().say(2).bkpt(0);
        assert_eq!(tells(cpu, None, &program, &silent(cpu)), [1, 99, 2]);
    });
}

#[test]
fn an_interrupt_that_is_switched_off_late_comes_once_more() {
    // TICKINT decides when the counter reaches zero; what is pending then stays so (B3.3.3).
    on_every_core(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.cpsid_i().store(RVR, 30).store(CVR, 0).store(CSR, ENABLE | TICKINT | CLKSOURCE).nops(40);
        program.store(CSR, 0).cpsie_i().nop().say(1).nops(40).say(2).bkpt(0);
        assert_eq!(tells(cpu, None, &program, &silent(cpu)), [99, 1, 2]);
    });
}

also_on_all! {
    MAINLINE as mainline {
        registers_keep_what_they_have,
        the_reference_clock_counts_in_its_own_steps,
        the_count_flag_goes_by_a_read_and_by_a_write_of_the_counter,
        a_reload_value_of_zero_never_counts,
        its_exception_is_made_pending_and_taken_back_by_software,
        an_interrupt_that_is_switched_off_late_comes_once_more,
    }
}
