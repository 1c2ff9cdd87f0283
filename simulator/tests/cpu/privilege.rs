//! The unprivileged level, which a Cortex-M0+ has and a Cortex-M0 has not (Arm DDI 0419, B1.3.1, B1.4.4 and B3.1.1). The
//! same programs run on the Cortex-M3, which has it too.

use crate::asm::{Code, R0, R1, R2, R3, R4, R5};
use crate::rig::{Cpu, M0, M0_PLUS, M3, PROGRAM, RAM, Rig, STACK};

const SHPR2: u32 = 0xe000_ed1c;
const PROCESS_STACK: u32 = RAM + 0x6000;
const HANDLER: u32 = 0x200;

const NPRIV: u16 = 1;
const SPSEL: u16 = 2;

fn on_cores_that_have_it(test: impl Fn(Cpu)) {
    for cpu in [M3, M0_PLUS] {
        println!("on {:?}", cpu.model);
        test(cpu);
    }
}

/// A program that begins on the process stack, with CONTROL as given.
fn program(cpu: Cpu, control: u16) -> Code {
    let mut program = cpu.code(PROGRAM);
    program.mov32(R0, PROCESS_STACK).msr(9, R0).movs(R0, control).msr(20, R0);
    program
}

#[test]
fn a_cortex_m0_is_always_privileged() {
    let mut program = program(M0, NPRIV | SPSEL);
    program.mrs(R1, 20).movs(R0, NPRIV).msr(20, R0).mrs(R2, 20).cpsid_i().mrs(R3, 16).bkpt(0);
    let mut rig = M0.rig(&program, &[]);
    rig.run_to_breakpoint();
    assert_eq!([1, 2, 3].map(|index| rig.register(index)), [2, 0, 1]);
}

#[test]
fn unprivileged_code_changes_no_special_register_but_the_flags() {
    on_cores_that_have_it(|cpu| {
        let mut program = program(cpu, NPRIV);
        program.cpsid_i().movs(R0, 1).msr(16, R0).movs(R0, 0).msr(20, R0).msr(8, R0); // PRIMASK, CONTROL, MSP
        program.mrs(R1, 16).mrs(R2, 20).mov32(R0, 0xa000_0000).msr(0, R0).mrs(R3, 0).bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        rig.run_to_breakpoint();
        let registers = [1, 2, 3, 13].map(|index| rig.register(index));
        assert_eq!(registers, [0, NPRIV.into(), 0xa000_0000, STACK]);
    });
}

#[test]
fn unprivileged_code_reads_no_stack_pointer_and_no_exception_number() {
    // B4.2.2, MRS: MSP, PSP and PRIMASK read as zero.
    on_cores_that_have_it(|cpu| {
        let mut program = program(cpu, NPRIV | SPSEL);
        program.mrs(R1, 8).mrs(R2, 9).mrs(R3, 5).mrs(R4, 20).bkpt(0);
        let mut rig = cpu.rig(&program, &[]);
        rig.run_to_breakpoint();
        assert_eq!([1, 2, 3, 4].map(|index| rig.register(index)), [0, 0, 0, 3]);
    });
}

#[test]
fn interrupts_that_privileged_code_has_masked_stay_masked() {
    on_cores_that_have_it(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.store(0xe000_e100, 1).cpsid_i().movs(R0, NPRIV).msr(20, R0).cpsie_i().nops(20).bkpt(0);
        let mut handler = cpu.code(HANDLER);
        handler.bkpt(1);
        let mut rig = cpu.rig(&program, &[(16, &handler)]);
        rig.run(20);
        rig.core.set_irq(0, true, rig.core.cycles());
        assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
    });
}

#[test]
fn the_private_peripheral_bus_is_for_privileged_code() {
    on_cores_that_have_it(|cpu| {
        for address in [SHPR2, 0xe000_e010, 0xe000_e100] {
            let mut program = program(cpu, NPRIV);
            program.mov32(R0, address);
            let access = program.here();
            program.ldr(R1, R0, 0).bkpt(9);
            let mut handler = cpu.code(HANDLER);
            handler.bkpt(0);
            let mut rig = cpu.rig(&program, &[(3, &handler)]);
            assert_eq!(rig.run_to_breakpoint(), HANDLER, "{address:#x}");
            assert_eq!(rig.word(STACK - 32 + 24), access);
        }
    });
}

#[test]
fn a_handler_is_privileged_and_can_give_the_level_away_or_back() {
    on_cores_that_have_it(|cpu| {
        // SVC 1 comes with CONTROL's new nPRIV in r0: the handler writes it, and SPSEL, which it cannot write.
        let mut program = program(cpu, NPRIV | SPSEL);
        program.mrs(R1, 20).movs(R0, SPSEL).svc(1).mrs(R2, 20).cpsid_i().cpsie_i();
        program.movs(R0, NPRIV).svc(1).mrs(R3, 20).cpsid_i().mrs(R4, 16).bkpt(0);
        let mut handler = cpu.code(HANDLER);
        handler.msr(20, R0).mrs(R5, 20).mov32(R1, SHPR2).ldr(R1, R1, 0);
        handler.ret();
        let mut rig = cpu.rig(&program, &[(11, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!([1, 2, 3, 4, 5].map(|index| rig.register(index)), [3, 2, 3, 0, 1], "SPSEL reads 0 in the handler");
        assert_eq!(rig.register(13), PROCESS_STACK);
    });
}

#[test]
fn stacks_go_with_the_mode_whatever_the_level() {
    on_cores_that_have_it(|cpu| {
        for control in 0..4 {
            let mut program = program(cpu, control);
            program.movs(R0, 77).push(1).svc(0).pop(2).bkpt(0); // push {r0}; pop {r1}
            let mut handler = cpu.code(HANDLER);
            handler.mrs(R0, 8).mrs(R1, 9).mov32(R2, RAM).str(R0, R2, 0).str(R1, R2, 4);
            handler.put(&[0x4668]).str(R0, R2, 8).ret(); // mov r0, sp
            let mut rig: Rig = cpu.rig(&program, &[(11, &handler)]);
            rig.run_to_breakpoint();
            // Of the pushed word, and of a frame of 32 bytes with four in front of it.
            let (main, process) = if control & SPSEL == 0 { (40, 0) } else { (0, 40) };
            let expected = [STACK - main, PROCESS_STACK - process, STACK - main];
            assert_eq!([0, 4, 8].map(|offset| rig.word(RAM + offset)), expected, "CONTROL {control}");
            let stack = if control & SPSEL == 0 { STACK } else { PROCESS_STACK };
            assert_eq!((rig.register(1), rig.register(13)), (77, stack));
        }
    });
}
