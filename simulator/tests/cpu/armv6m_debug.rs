//! Halting debug of Armv6-M (Arm DDI 0419, part C), where it is not as on Armv7-M: what `debug` shows there holds here.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::CoreModel;

use crate::asm::{Code, R0, R1};
use crate::rig::{Cpu, M0, PROGRAM, RAM, Rig, on_armv6m};

const AIRCR: u32 = 0xe000_ed0c;
const SHCSR: u32 = 0xe000_ed24;
const DFSR: u32 = 0xe000_ed30;
const DHCSR: u32 = 0xe000_edf0;
const DEMCR: u32 = 0xe000_edfc;
const DWT_CTRL: u32 = 0xe000_1000;
const DWT_PCSR: u32 = 0xe000_101c;
const BP_CTRL: u32 = 0xe000_2000;
const BP_COMP0: u32 = 0xe000_2008;

const C_DEBUGEN: u32 = 1;
const C_HALT: u32 = 2;
const C_SNAPSTALL: u32 = 1 << 5;
const BKPT: u32 = 2;
const VCATCH: u32 = 8;
const HANDLER: u32 = 0x200;

fn hanging(cpu: Cpu) -> Rig {
    let mut program = cpu.code(PROGRAM);
    program.adds(R0, 1).adds(R0, 1).adds(R0, 1).branch(PROGRAM);
    cpu.rig(&program, &[])
}

#[test]
fn registers_that_only_a_debugger_sees() {
    // C1.6.2: no C_SNAPSTALL. C1.6.5: DWTENA, VC_HARDERR, VC_CORERESET. C1.8: a DWT without comparators.
    on_armv6m(|cpu| {
        let mut rig = hanging(cpu);
        rig.control(C_DEBUGEN | C_HALT | C_SNAPSTALL);
        assert_eq!(rig.see(DHCSR) & 0xffff, C_DEBUGEN | C_HALT);
        rig.set(DEMCR, u32::MAX);
        assert_eq!(rig.see(DEMCR), 1 << 24 | 1 << 10 | 1);
        rig.set(DWT_CTRL, u32::MAX);
        assert_eq!((rig.see(DWT_CTRL), rig.see(DWT_CTRL + 4)), (0, 0));
        rig.put(15, PROGRAM + 2);
        assert_eq!(rig.see(DWT_PCSR), PROGRAM + 2);
        // The identification leads to the units (see `components`).
        assert_eq!(rig.see(0xe00f_f000), 0xfff0_f003);
    });
}

#[test]
fn four_breakpoints() {
    // C1.9.2: BP_CTRL.NUM_CODE is 4. Two halfwords of a word with one comparator; there is no fifth.
    on_armv6m(|cpu| {
        let mut rig = hanging(cpu);
        rig.set(BP_CTRL, 3);
        for comparator in 0..5 {
            rig.set(BP_COMP0 + 4 * comparator, 3 << 30 | 0x404 | 1);
        }
        assert_eq!((rig.see(BP_CTRL), rig.see(BP_COMP0 + 12), rig.see(BP_COMP0 + 16)), (0x41, 0xc000_0405, 0));
        assert_eq!((rig.go(), rig.get(15)), (BKPT, 0x404));
        rig.set(BP_CTRL, 2);
        assert_eq!(rig.step(0), 0x406);
        rig.set(BP_CTRL, 3);
        assert_eq!((rig.go(), rig.get(15), rig.get(0)), (BKPT, 0x406, 3));
    });
}

#[test]
fn the_vector_of_hard_fault_is_caught() {
    on_armv6m(|cpu| {
        for (catch, expected) in [(1 << 10, CoreStop::Halted), (0x3f0, CoreStop::Horizon)] {
            let mut program = cpu.code(PROGRAM);
            program.mov32(R0, RAM + 1).ldr(R1, R0, 0);
            let mut handler = cpu.code(HANDLER);
            handler.hang();
            let mut rig = cpu.rig(&program, &[(3, &handler)]);
            rig.set(DEMCR, catch);
            rig.control(C_DEBUGEN);
            assert_eq!(rig.run(1_000), expected);
            if expected == CoreStop::Halted {
                assert_eq!((rig.see(DFSR), rig.get(15), rig.get(16) & 0x1ff), (VCATCH, HANDLER, 3));
            }
        }
    });
}

#[test]
fn svcall_can_be_made_pending() {
    // B3.2.11: SVCALLPENDED is all that SHCSR has.
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.nop().hang();
        let mut handler = cpu.code(HANDLER);
        handler.hang();
        let mut rig = cpu.rig(&program, &[(11, &handler)]);
        rig.halt();
        rig.set(SHCSR, u32::MAX);
        assert_eq!(rig.see(SHCSR), 1 << 15);
        assert_eq!(rig.step(0), HANDLER);
        assert_eq!((rig.see(SHCSR), rig.get(16) & 0x1ff), (0, 11), "pending no more; active has no bit");
    });
}

#[test]
fn vectreset_does_not_exist() {
    // B3.2.6: bit 0 is reserved; VECTCLRACTIVE is there.
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.svc(0);
        let mut handler = cpu.code(HANDLER);
        handler.hang();
        let mut rig = cpu.rig(&program, &[(11, &handler)]);
        rig.run(100);
        rig.halt();
        rig.set(AIRCR, 0x05fa_0001);
        assert_eq!((rig.get(15), rig.get(16) & 0x1ff), (HANDLER, 11));
        rig.set(AIRCR, 0x05fa_0002);
        assert_eq!(rig.get(16) & 0x1ff, 0);
        assert!(!rig.core.take_reset_request());
    });
}

#[test]
fn special_registers_have_the_bits_of_the_core() {
    // C1.6.3: CONTROL and PRIMASK. FAULTMASK and BASEPRI are not there, and nPRIV is on the Cortex-M0+.
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.nop().mrs(R0, 20).mrs(R1, 16).hang();
        let mut rig = cpu.rig(&program, &[]);
        rig.halt();
        rig.put(18, RAM + 0x4003);
        rig.put(20, 0x03ff_ff01);
        let control = if cpu.model == CoreModel::CortexM0Plus { 3 } else { 2 };
        assert_eq!((rig.get(20), rig.get(13), rig.get(18)), (control << 24 | 1, RAM + 0x4000, RAM + 0x4000));
        rig.step(0);
        rig.step(0);
        rig.step(0);
        // Unprivileged code reads PRIMASK as zero (B4.2.2).
        assert_eq!((rig.get(0), rig.get(1)), (control, control & 1 ^ 1));
    });
}

#[test]
fn a_breakpoint_instruction_without_a_debugger_is_a_hard_fault() {
    let mut program = Code::armv6m_at(PROGRAM);
    program.bkpt(0);
    let mut handler = Code::armv6m_at(HANDLER);
    handler.hang();
    let mut rig = M0.rig(&program, &[(3, &handler)]);
    rig.core.wire_probe();
    assert_eq!(rig.run(100), CoreStop::Horizon);
    assert_eq!((rig.pc(), rig.see(DFSR)), (HANDLER, BKPT));
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!(report.summary, "HardFault: breakpoint at 0x00000400 without a debugger");
}
