//! Faults of Armv6-M (Arm DDI 0419, B1.5.1 and B1.5.6-B1.5.14): each is a HardFault, without status; in HardFault or NMI
//! the core locks up.

use bksim::cpu::CoreStop;
use bksim_protocol::message::FaultReport;

use crate::asm::{Code, R0, R1, R2};
use crate::rig::{Cpu, DEVICE, NOWHERE, PROGRAM, RAM, STACK, on_armv6m};

const ICSR: u32 = 0xe000_ed04;
const NMIPENDSET: u32 = 1 << 31;

const NMI: u32 = 2;
const HARD_FAULT: u32 = 3;
const SV_CALL: u32 = 11;
/// BKPT in the handler of HardFault.
const HANDLER: u32 = 0x200;

/// Puts instructions into a program.
type Fill = for<'a> fn(&'a mut Code) -> &'a mut Code;

/// Runs a program into the handler of HardFault; its frame's return address, xPSR, and the report.
fn hard_fault(cpu: Cpu, fill: Fill) -> (u32, u32, FaultReport) {
    let mut program = cpu.code(PROGRAM);
    fill(&mut program);
    let mut handler = cpu.code(HANDLER);
    handler.bkpt(0);
    let mut rig = cpu.rig(&program, &[(HARD_FAULT, &handler)]);
    assert_eq!(rig.run_to_breakpoint(), HANDLER);
    let sp = rig.register(13);
    (rig.word(sp + 24), rig.word(sp + 28), rig.core.fault_report().expect("a fault"))
}

#[test]
fn every_fault_is_a_hard_fault_at_its_instruction() {
    // B1.5.1 and B1.5.6. The address in the report is the instruction's, and so is the frame's return address.
    let cases: [(Fill, u32, &str); 9] = [
        (|it| it.mov32(R0, NOWHERE).ldr(R1, R0, 4), PROGRAM + 2, "precise data access to 0x60000004 by 0x00000402"),
        (|it| it.mov32(R0, 0x800).str(R1, R0, 0), PROGRAM + 2, "precise data access to 0x00000800 by 0x00000402"),
        (|it| it.mov32(R0, RAM + 2).ldr(R1, R0, 0), PROGRAM + 2, "unaligned access by 0x00000402"),
        (|it| it.mov32(R0, RAM + 2).put(&[0xc806]), PROGRAM + 2, "unaligned access by 0x00000402"), // ldmia
        (|it| it.nop().put(&[0xde00]), PROGRAM + 2, "undefined instruction at 0x00000402"),         // udf
        (|it| it.nop().put(&[0xbf08, 0x3001]), PROGRAM + 2, "undefined instruction at 0x00000402"), // it eq
        (|it| it.nop().put(&[0xee11, 0x0f10]), PROGRAM + 2, "undefined instruction at 0x00000402"), // mrc
        (|it| it.mov32(R0, DEVICE | 1).bx(R0), DEVICE, "execution is not permitted at 0x40000000"),
        (|it| it.mov32(R0, NOWHERE | 1).bx(R0), NOWHERE, "instruction fetch from 0x60000000"),
    ];
    on_armv6m(|cpu| {
        for (fill, address, words) in cases {
            let (return_address, xpsr, report) = hard_fault(cpu, fill);
            assert_eq!((return_address, report.pc), (address, address.into()), "{words}");
            assert_eq!(report.summary, format!("HardFault: {words}"));
            assert_eq!(
                (report.cfsr, report.hfsr, report.mmfar, report.bfar),
                (0, 0, None, None),
                "none of them exists"
            );
            assert_eq!(xpsr & 0x1ff, 0);
        }
    });
}

#[test]
fn a_multiple_transfer_that_fails_leaves_its_registers() {
    on_armv6m(|cpu| {
        // ldmia r0!, {r1, r2}; stmia r0!, {r1, r2}: to nowhere, and not aligned.
        for base in [NOWHERE, RAM + 2] {
            for transfer in [0xc806, 0xc006] {
                let mut program = cpu.code(PROGRAM);
                program.mov32(R0, base).movs(R1, 5).movs(R2, 6).put(&[transfer]);
                let mut handler = cpu.code(HANDLER);
                handler.bkpt(0);
                let mut rig = cpu.rig(&program, &[(HARD_FAULT, &handler)]);
                assert_eq!(rig.run_to_breakpoint(), HANDLER);
                assert_eq!([0, 1, 2].map(|index| rig.register(index)), [base, 5, 6], "{transfer:#x}");
            }
        }
    });
}

#[test]
fn a_branch_to_an_even_address_clears_t() {
    on_armv6m(|cpu| {
        let (return_address, xpsr, report) = hard_fault(cpu, |it| it.mov32(R0, RAM + 0x100).bx(R0));
        assert_eq!((return_address, xpsr >> 24 & 1), (RAM + 0x100, 0));
        assert!(report.summary.starts_with("HardFault: not in Thumb state at 0x20000100"), "{}", report.summary);
    });
}

#[test]
fn a_branch_to_an_even_address_is_one_whatever_is_there() {
    // In front of it SEV, which is looked at behind the block; at its target what Armv6-M does not have, a nop, or data.
    on_armv6m(|cpu| {
        for target in [0x3001_bf08_u32, 0xbf00_bf00, 0xffff_ffff, 0x4770_4770] {
            let mut program = cpu.code(PROGRAM);
            program.mov32(R0, 0x800).sev().bx(R0);
            let mut handler = cpu.code(HANDLER);
            handler.bkpt(0);
            let mut rig = cpu.rig(&program, &[(HARD_FAULT, &handler)]);
            assert!(rig.core.poke(0x800, &target.to_le_bytes()));
            assert_eq!(rig.run_to_breakpoint(), HANDLER, "{target:#x}");
            let report = rig.core.fault_report().expect("a fault");
            assert!(report.summary.contains("not in Thumb state at 0x00000800"), "{target:#x}: {}", report.summary);
            assert_eq!(rig.word(STACK - 32 + 28) >> 24 & 1, 0);
        }
    });
}

#[test]
fn svc_that_may_not_be_taken_is_a_hard_fault_behind_it() {
    // B1.5.9: an SVC that does not pre-empt.
    on_armv6m(|cpu| {
        let (return_address, _, report) = hard_fault(cpu, |it| it.cpsid_i().svc(0));
        assert_eq!(return_address, PROGRAM + 4);
        assert_eq!(report.summary, "HardFault: SVC before 0x00000404 at a priority that does not permit it");
    });
}

#[test]
fn an_exception_return_that_does_not_fit_is_a_hard_fault() {
    on_armv6m(|cpu| {
        // To handler mode, with nothing to go back to; with a value that is reserved; with bits 27:4 that are not ones, such
        // as the 0xffffffe9 of a core with floating point.
        for value in [0xffff_fff1, 0xffff_fff5, 0xffff_ffe9] {
            let mut program = cpu.code(PROGRAM);
            program.svc(0);
            let mut svc = cpu.code(0x300);
            svc.mov32(R0, value).bx(R0);
            let mut handler = cpu.code(HANDLER);
            handler.bkpt(0);
            let mut rig = cpu.rig(&program, &[(SV_CALL, &svc), (HARD_FAULT, &handler)]);
            assert_eq!(rig.run_to_breakpoint(), HANDLER, "{value:#x}");
            let words = format!("HardFault: invalid exception return {value:#010x}");
            assert_eq!(rig.core.fault_report().expect("a fault").summary, words);
        }
    });
}

#[test]
fn a_fault_or_svc_in_hard_fault_or_nmi_locks_up() {
    on_armv6m(|cpu| {
        for cause in [0xde00, 0xdf00] {
            for exception in [HARD_FAULT, NMI] {
                let mut program = cpu.code(PROGRAM);
                if exception == NMI {
                    program.store(ICSR, NMIPENDSET).nop();
                } else {
                    program.put(&[0xde00]);
                }
                let mut handler = cpu.code(HANDLER);
                handler.put(&[cause]);
                let mut rig = cpu.rig(&program, &[(exception, &handler)]);
                assert_eq!(rig.run(1_000), CoreStop::Lockup, "{cause:#x} in {exception}");
            }
        }
    });
}

#[test]
fn nmi_pre_empts_hard_fault() {
    on_armv6m(|cpu| {
        let mut program = cpu.code(PROGRAM);
        program.put(&[0xde00]);
        let mut hard = cpu.code(HANDLER);
        hard.store(ICSR, NMIPENDSET).store(DEVICE, 1).bkpt(0);
        let mut nmi = cpu.code(0x280);
        nmi.mrs(R1, 5).mov32(R0, DEVICE).str(R1, R0, 0).ret();
        let mut rig = cpu.rig(&program, &[(HARD_FAULT, &hard), (NMI, &nmi)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.bus.log.iter().map(|seen| seen.4).collect::<Vec<_>>(), [Some(2), Some(1)]);
        assert_eq!(rig.register(13), STACK - 32, "its frame is gone, HardFault's is there");
    });
}

#[test]
fn a_stack_that_fails_between_hard_fault_and_nmi_locks_up() {
    // DDI 0484C, 3.6.1: at NMI's priority if the frame cannot be stored, at HardFault's if it cannot be loaded.
    on_armv6m(|cpu| {
        for breaks_in_nmi in [false, true] {
            let mut program = cpu.code(PROGRAM);
            program.put(&[0xde00]);
            let no_stack: Fill = |it| it.mov32(R0, NOWHERE).put(&[0x4685]); // mov sp, r0
            let mut hard = cpu.code(HANDLER);
            if !breaks_in_nmi {
                no_stack(&mut hard);
            }
            hard.store(ICSR, NMIPENDSET).nop();
            let mut nmi = cpu.code(0x280);
            no_stack(&mut nmi);
            nmi.ret();
            let mut rig = cpu.rig(&program, &[(HARD_FAULT, &hard), (NMI, &nmi)]);
            assert_eq!(rig.run(1_000), CoreStop::Lockup, "{breaks_in_nmi}");
        }
    });
}
