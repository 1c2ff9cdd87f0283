//! Exception frames under the memory protection unit (Arm DDI 0403E, B1.5.6-8, B1.5.11): their words are loads and stores
//! of the code that is interrupted, or returned to.

use bksim::cpu::CoreStop;

use crate::asm::{Code, R0, R1, R2};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::mpu::{ENABLE, HANDLERS, MEM_MANAGE, PLACE, PRIVDEFENA, SHCSR, access, program, protected, run, size};
use crate::rig::{self, PROGRAM, RAM, Rig, STACK, also_on};

/// MMFSR bits (B3.2.15).
const MUNSTKERR: u32 = 1 << 3;
const MSTKERR: u32 = 1 << 4;
const MLSPERR: u32 = 1 << 5;

const SHPR2: u32 = 0xe000_ed1c;

/// The process stack, at the lower end of a region: a frame does not fit any more.
const PROCESS_STACK: u32 = PLACE + 0x400;

/// Unprivileged, on the process stack with `room` bytes left in its region.
fn on_process_stack(code: &mut Code, room: u32) {
    code.region(0, PROCESS_STACK, access(3) | size(10)).protect(PRIVDEFENA);
    code.mov32(R0, PROCESS_STACK + room).msr(9, R0).movs(R0, 3).msr(20, R0).put(&[0xf3bf, 0x8f6f]);
}

#[test]
fn a_frame_is_stored_as_the_interrupted_code_may() {
    // 32 bytes suffice for a frame; with 24 it does not fit, though the background would permit it to privileged code.
    // The fault goes first if it is more important than the SVC; else it waits (B1.5.11).
    for (room, priority, first) in [(32, 0x80, 0x300), (24, 0x80, MEM_MANAGE), (24, 0, 0x300)] {
        let (program, _) = program(|code| {
            on_process_stack(code, room);
            code.svc(0);
        });
        let mut svc = Code::at(0x300);
        svc.bkpt(1);
        let mut memory = Code::at(MEM_MANAGE);
        memory.bkpt(0);
        let config = protected(&rig::config(false));
        let mut rig = Rig::with(&config, &program, &[(4, &memory), (11, &svc)]);
        rig.core.debugger_write(&mut rig.bus, SHPR2, 4, priority << 24).expect("SHPR2");
        assert_eq!(rig.run_to_breakpoint(), first, "{room}, {priority:#x}");
        let pending = rig.core.debugger_read(&mut rig.bus, SHCSR, 4).expect("SHCSR");
        assert_eq!(pending >> 13 & 1, u32::from(room == 24 && priority == 0), "MEMFAULTPENDED");
        let Some(report) = rig.core.fault_report().filter(|_| room == 24) else { continue };
        assert_eq!((report.cfsr, report.mmfar), (MSTKERR, None), "MMFAR is not written");
        assert_eq!(rig.word(PROCESS_STACK - 8), 0, "nothing of the frame is stored");
        assert!(report.summary.starts_with("MemManage: exception entry may not write"), "{}", report.summary);
    }
}

#[test]
fn a_frame_is_loaded_as_the_code_returned_to_may() {
    // The SVC's handler takes the process stack away from unprivileged code: the return may not read the frame (B1.5.8).
    let (program, _) = program(|code| {
        on_process_stack(code, 0x100);
        code.svc(0);
    });
    let mut svc = Code::at(0x300);
    svc.region(0, PROCESS_STACK, access(1) | size(10)).ret();
    let mut memory = Code::at(MEM_MANAGE);
    memory.bkpt(0);
    let mut rig = Rig::with(&protected(&rig::config(false)), &program, &[(4, &memory), (11, &svc)]);
    assert_eq!(rig.run_to_breakpoint(), MEM_MANAGE);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, report.mmfar, rig.register(14)), (MUNSTKERR, None, 0xffff_fffd));
    // The frame is still there: the handler may mend the region and return.
    assert_eq!(report.registers[13], u64::from(STACK), "MemManage takes the SVC's place");
}

#[test]
fn a_frame_that_may_not_be_stored_and_hard_fault() {
    // MemManage is not enabled: HardFault comes, and its own frame is there where the SVC's was not to be stored.
    let mut program = Code::at(PROGRAM);
    on_process_stack(&mut program, 0);
    program.svc(0).bkpt(9);
    let (pc, report, _) = run(&protected(&rig::config(false)), &program);
    let report = report.expect("a fault");
    assert_eq!((pc, report.cfsr, report.hfsr), (HANDLERS, MSTKERR, 1 << 30));
}

#[test]
fn a_hard_fault_may_use_a_stack_that_is_not_permitted() {
    // Entering from code at a negative priority without HFNMIENA, the unit is not asked (B3.5.3): with FAULTMASK an NMI
    // stores its frame where nothing is permitted.
    let (program, _) = program(|code| {
        code.protect(0).mov32(R0, PLACE + 0x100).put(&[0xb671, 0x4685]); // cpsid f; mov sp, r0
        code.mov32(R1, 0xe000_ed04).mov32(R2, 1 << 31).str(R2, R1, 0).nop(); // NMIPENDSET
    });
    let mut nmi = Code::at(0x300);
    nmi.bkpt(1);
    let mut rig = Rig::with(&protected(&rig::config(false)), &program, &[(2, &nmi)]);
    assert_eq!(rig.run_to_breakpoint(), 0x300);
    assert_eq!((rig.core.fault_report(), rig.register(13)), (None, PLACE + 0x100 - 32));
}

#[test]
fn the_vector_table_is_always_readable() {
    // B3.5.3: AccType_VECTABLE has the default map. Flash is out of bounds but for the code.
    let (program, _) = program(|code| {
        code.region(0, 0, access(6) | 1 << 8 | size(12)).region(1, STACK - 0x400, access(3) | size(10));
        code.store(crate::mpu::CTRL, ENABLE).svc(0);
    });
    let mut svc = Code::at(0x300);
    svc.bkpt(1);
    let mut rig = Rig::with(&protected(&rig::config(false)), &program, &[(11, &svc)]);
    assert_eq!(rig.run_to_breakpoint(), 0x300);
    assert_eq!(rig.core.fault_report(), None);
}

#[test]
fn lazy_saving_is_checked_when_it_happens() {
    // PreserveFPState (B1.5.7): at the level of the code whose registers they are. The frame was made where unprivileged
    // code may write; when the handler uses floating point, only privileged code may.
    for (permission, wanted) in [(3, None), (1, Some(MLSPERR))] {
        let (program, _) = program(|code| {
            code.store(CPACR, FULL_ACCESS);
            on_process_stack(code, 0x100);
            code.vmov_to(0, R0).svc(0);
        });
        let mut svc = Code::at(0x300);
        // SVCall is less important than MemManage, so that the fault pre-empts it.
        svc.region(0, PROCESS_STACK, access(permission) | size(10)).vmov_to(1, R0).bkpt(1);
        let mut memory = Code::at(MEM_MANAGE);
        memory.bkpt(0);
        let config = protected(&rig::m4f(false));
        let mut rig = Rig::with(&config, &program, &[(4, &memory), (11, &svc)]);
        rig.core.debugger_write(&mut rig.bus, SHPR2, 4, 0x8000_0000).expect("register");
        let pc = rig.run_to_breakpoint();
        let report = rig.core.fault_report();
        assert_eq!(report.as_ref().map(|report| report.cfsr), wanted, "AP {permission}");
        assert_eq!(pc == MEM_MANAGE, wanted.is_some(), "{pc:#x}");
        if let Some(report) = report {
            assert_eq!(report.mmfar, None);
            assert!(report.summary.contains("lazy saving may not write"), "{}", report.summary);
        }
    }
}

#[test]
fn eager_frames_are_checked_to_their_end() {
    // With LSPEN clear the registers are stored at once: 104 bytes. 96 are there: the basic frame is at the lower end, so it
    // is the other end that goes beyond the region.
    for (room, wanted) in [(0x400, None), (0x408, Some(MSTKERR))] {
        let (program, _) = program(|code| {
            code.store(CPACR, FULL_ACCESS).store(0xe000_ef34, 1 << 31);
            code.region(1, PROCESS_STACK + 0x400, access(1) | size(10));
            on_process_stack(code, room);
            code.vmov_to(0, R0).svc(0);
        });
        let mut svc = Code::at(0x300);
        svc.bkpt(1);
        let mut memory = Code::at(MEM_MANAGE);
        memory.bkpt(0);
        let mut rig = Rig::with(&protected(&rig::m4f(false)), &program, &[(4, &memory), (11, &svc)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.core.fault_report().map(|report| report.cfsr), wanted, "{room:#x}");
    }
}

#[test]
fn a_violation_in_its_own_handler_is_a_hard_fault() {
    // B1.5.14: MemManage cannot pre-empt itself.
    let (program, _) = program(|code| {
        code.protect(0).mov32(R1, PLACE).ldr(R2, R1, 0);
    });
    let mut memory = Code::at(MEM_MANAGE);
    memory.ldr(R2, R1, 4).bkpt(0);
    let mut hard = Code::at(HANDLERS);
    hard.bkpt(1);
    let mut rig = Rig::with(&protected(&rig::config(false)), &program, &[(3, &hard), (4, &memory)]);
    assert_eq!(rig.run_to_breakpoint(), HANDLERS);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, report.hfsr, report.mmfar), (0x82, 1 << 30, Some(PLACE + 4)));
}

#[test]
fn a_handler_returns_to_the_access_once_it_is_permitted() {
    // What a kernel does that gives memory on demand: the region is opened, and the load tried again.
    let (program, _) = program(|code| {
        code.store(PLACE, 0x77).protect(0).mov32(R1, PLACE).ldr(R2, R1, 0);
    });
    let mut memory = Code::at(MEM_MANAGE);
    memory.push(0xc0).region(0, PLACE, access(6) | size(5)).store(SHCSR, 7 << 16 | 1).pop(0xc0).ret();
    let mut rig = Rig::with(&protected(&rig::config(false)), &program, &[(4, &memory)]);
    rig.run_to_breakpoint();
    assert_eq!(rig.register(2), 0x77);
    assert!(!matches!(rig.run(1), CoreStop::Lockup) && rig.word(RAM) == 0);
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        a_frame_is_stored_as_the_interrupted_code_may,
        a_frame_is_loaded_as_the_code_returned_to_may,
        a_frame_that_may_not_be_stored_and_hard_fault,
        a_hard_fault_may_use_a_stack_that_is_not_permitted,
        lazy_saving_is_checked_when_it_happens,
        eager_frames_are_checked_to_their_end,
        a_violation_in_its_own_handler_is_a_hard_fault,
        a_handler_returns_to_the_access_once_it_is_permitted,
    }
}

also_on! {
    [cortex_m4: CortexM4, cortex_m7: CortexM7, cortex_m33: CortexM33] {
        a_frame_is_stored_as_the_interrupted_code_may,
        a_frame_is_loaded_as_the_code_returned_to_may,
        a_frame_that_may_not_be_stored_and_hard_fault,
        a_hard_fault_may_use_a_stack_that_is_not_permitted,
        a_violation_in_its_own_handler_is_a_hard_fault,
        a_handler_returns_to_the_access_once_it_is_permitted,
    }
}
