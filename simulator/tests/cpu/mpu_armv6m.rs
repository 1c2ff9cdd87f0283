//! The memory protection unit of a Cortex-M0+ (Arm DDI 0419, B3.5): that of Armv7-M with less, and every fault of it is a
//! HardFault that says nothing.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::CortexConfig;

use crate::asm::{Code, R0, R1, R2, R3};
use crate::mpu::{CTRL, ENABLE, HFNMIENA, PLACE, PRIVDEFENA, RASR, RBAR, RNR, TYPE, XN, access, protected, size};
use crate::rig::{M0_PLUS, PROGRAM, RAM, Rig, STACK};

const HARD_FAULT: u32 = 0x300;

fn config() -> CortexConfig {
    protected(&M0_PLUS.config(false))
}

/// Flash may be executed and the stack used by everybody; the unit is switched on.
fn protect(code: &mut Code, control: u32) -> &mut Code {
    code.region(7, 0, access(6) | size(16)).region(6, STACK - 0x400, access(3) | size(10));
    code.store(CTRL, control | ENABLE).pool()
}

/// Runs a program; whether it came to HardFault, whose frame then returns to `at`.
fn run(fill: impl FnOnce(&mut Code)) -> (bool, Rig) {
    let mut program = Code::armv6m_at(PROGRAM);
    fill(&mut program);
    program.bkpt(9);
    let mut handler = Code::armv6m_at(HARD_FAULT);
    handler.bkpt(0);
    let mut rig = Rig::with(&config(), &program, &[(3, &handler)]);
    (rig.run_to_breakpoint() == HARD_FAULT, rig)
}

#[test]
fn registers_keep_what_they_have() {
    // B3.5.3-9: the base has no bits 7:5, RASR no TEX, and there are no aliases of the pair.
    let mut rig = Rig::with(&config(), &Code::armv6m_at(PROGRAM), &[]);
    let mut write = |address, value| rig.core.debugger_write(&mut rig.bus, address, 4, value).unwrap();
    write(CTRL, 0xffff_fffe);
    write(RBAR, 0xffff_fff2); // VALID: region 2
    write(RASR, u32::MAX);
    write(RBAR + 8, 0x2000_0013);
    let mut read = |address| rig.core.debugger_read(&mut rig.bus, address, 4).unwrap();
    assert_eq!([TYPE, CTRL, RNR, RBAR, RASR].map(&mut read), [0x800, 6, 2, 0xffff_ff02, 0x1707_ff3f]);
    assert_eq!([RBAR + 8, RASR + 8].map(&mut read), [0, 0]);
}

#[test]
fn regions_and_parts_of_32_bytes() {
    // B3.5.9: 256 bytes are the least; an eighth of that can be taken out.
    for (offset, faults) in
        [(0, false), (0x1c, false), (0x20, true), (0x3c, true), (0x40, false), (0xfc, false), (0x100, true)]
    {
        let (faulted, rig) = run(|code| {
            code.region(0, PLACE, access(3) | 1 << 9 | size(8)).pool();
            protect(code, 0).mov32(R1, PLACE + offset).movs(R2, 7).str(R2, R1, 0);
        });
        assert_eq!(faulted, faults, "{offset:#x}");
        assert_eq!(rig.word(PLACE + offset), if faults { 0 } else { 7 });
    }
}

#[test]
fn a_violation_is_a_hard_fault_at_its_instruction() {
    let mut at = 0;
    let (faulted, rig) = run(|code| {
        protect(code, 0).mov32(R1, PLACE);
        at = code.here();
        code.ldr(R2, R1, 0);
    });
    assert!(faulted);
    assert_eq!(rig.word(STACK - 32 + 24), at);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, report.hfsr, report.mmfar), (0, 0, None), "there is no status");
    assert!(report.summary.contains("access to 0x20002000"), "{}", report.summary);
}

#[test]
fn the_background_and_unprivileged_code() {
    for (control, unprivileged, faults) in [(0, false, true), (PRIVDEFENA, false, false), (PRIVDEFENA, true, true)] {
        let (faulted, _) = run(|code| {
            protect(code, control);
            if unprivileged {
                code.unprivileged();
            }
            code.mov32(R1, PLACE).ldr(R2, R1, 0);
        });
        assert_eq!(faulted, faults, "CTRL {control}, {unprivileged}");
    }
}

#[test]
fn execute_never() {
    for (attributes, faults) in [(access(3), false), (access(3) | XN, true), (access(1), false), (access(0), true)] {
        let (faulted, _) = run(|code| {
            code.store(PLACE, 0x4770).region(0, PLACE, attributes | size(8)).pool(); // bx lr
            protect(code, 0).mov32(R1, PLACE | 1).put(&[0x4788]); // blx r1
        });
        assert_eq!(faulted, faults, "{attributes:#x}");
    }
}

#[test]
fn the_hard_fault_handler_is_under_the_unit_only_with_hfnmiena() {
    for (control, locks_up) in [(0, false), (HFNMIENA, true)] {
        let mut program = Code::armv6m_at(PROGRAM);
        program.store(PLACE, 0x55);
        protect(&mut program, control).mov32(R1, PLACE).movs(R2, 0).ldr(R3, R1, 0);
        let mut handler = Code::armv6m_at(HARD_FAULT);
        handler.ldr(R2, R1, 0).bkpt(0);
        let mut rig = Rig::with(&config(), &program, &[(3, &handler)]);
        assert_eq!(rig.run(1_000_000) == CoreStop::Lockup, locks_up);
        assert_eq!(rig.register(2), if locks_up { 0 } else { 0x55 });
    }
}

#[test]
fn a_frame_that_may_not_be_stored() {
    // The process stack has no room for the SVC's frame: HardFault.
    let (faulted, _) = run(|code| {
        code.region(0, RAM + 0x6000, access(3) | size(8)).pool();
        protect(code, PRIVDEFENA)
            .mov32(R0, RAM + 0x6010)
            .msr(9, R0)
            .movs(R0, 3)
            .msr(20, R0)
            .put(&[0xf3bf, 0x8f6f])
            .svc(0);
    });
    assert!(faulted);
}
