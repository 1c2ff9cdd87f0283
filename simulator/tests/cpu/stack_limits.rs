//! MSPLIM and PSPLIM: no stack pointer goes below its limit (Armv8-M Architecture Reference Manual, Arm DDI 0553, B3.8 and
//! B3.21), on a Cortex-M33.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m;

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::float_context::FPCCR;
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::m33::{CCR, SHCSR, UNDEFINSTR, USGFAULTENA, config, new, stop};
use crate::rig::{PROGRAM, RAM, Recorder, STACK, also_on, load};

const STKOFHFNMIGN: u32 = 1 << 10;
/// CFSR: UFSR.STKOF.
const STKOF: u32 = 1 << 20;
/// MRS and MSR: MSPLIM, PSPLIM.
const MSPLIM: u16 = 10;
const PSPLIM: u16 = 11;
/// The process stack's limit.
const LIMIT: u32 = RAM + 0x1000;

/// Thread mode goes on on the process stack at `sp`, which may not go below [`LIMIT`]; UsageFault is enabled.
fn on_process_stack(sp: u32) -> Code {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, USGFAULTENA).mov32(R0, LIMIT).msr(PSPLIM, R0).mov32(R0, sp).msr(9, R0);
    program.movs(R0, 2).msr(20, R0).put(&[0xf3bf, 0x8f6f]); // isb
    program
}

#[test]
fn no_instruction_takes_the_stack_pointer_below_its_limit() {
    // DDI 0553, B3.8: what updates the stack pointer by arithmetic, a move or write-back; the instruction has no effect.
    let cases: [(&str, &[u16]); 9] = [
        ("sub sp, #64", &[0xb090]),
        ("sub.w sp, sp, r1", &[0xebad, 0x0d01]),
        ("mov sp, r2", &[0x4695]),
        ("push {r0-r7, lr} twice", &[0xb5ff, 0xb5ff]),
        ("str r0, [sp, #-64]!", &[0xf84d, 0x0d40]),
        ("ldr r0, [sp, #-64]!", &[0xf85d, 0x0d40]),
        ("strd r0, r1, [sp, #-64]!", &[0xe96d, 0x0110]),
        ("stmdb sp!, {r0-r12}", &[0xe92d, 0x1fff]),
        ("ldmdb.w sp!, {r0-r12}", &[0xe93d, 0x1fff]),
    ];
    let room = 48;
    for (name, instruction) in cases {
        let mut program = on_process_stack(LIMIT + room);
        program.movs(R1, 64).mov32(R2, LIMIT - 8);
        let second = instruction == [0xb5ff, 0xb5ff];
        let at = program.here() + if second { 2 } else { 0 };
        program.put(instruction).bkpt(9);
        let mut rig = new(&program, &[(6, &stop(0x200))]);
        assert_eq!(rig.run_to_breakpoint(), 0x200, "{name}");
        let report = rig.core.fault_report().expect("a fault");
        assert_eq!((report.cfsr, report.pc), (STKOF, u64::from(at)), "{name}");
        let words = format!("UsageFault: stack overflow: the stack pointer went below its limit at {at:#010x}");
        assert_eq!(report.summary, words, "{name}");
        assert_eq!(rig.word(LIMIT - 4), 0, "{name}: nothing is written below");
        // One push of nine words fits; for the fault's frame there is no room then, and the stack pointer is at the limit.
        let sp = LIMIT + if second { 0 } else { room };
        assert_eq!(report.registers[13], u64::from(sp), "{name}");
        if !second {
            assert_eq!(rig.word(sp - 32 + 24), at, "{name}: the frame returns to the instruction");
        }
    }
}

#[test]
fn the_limit_itself_can_be_reached_and_what_leads_up_is_not_checked() {
    let mut program = on_process_stack(LIMIT + 32);
    program.push(0xff).pop(0xff).put(&[0xb088, 0xb008]); // sub sp, #32; add sp, #32
    // Without a limit nothing is checked.
    program.movs(R0, 0).msr(PSPLIM, R0).put(&[0xb090, 0x4668]).bkpt(1); // sub sp, #64; mov r0, sp
    let mut rig = new(&program, &[(6, &stop(0x200))]);
    assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
    assert_eq!((rig.register(0), rig.core.fault_report()), (LIMIT - 32, None));
}

#[test]
fn each_stack_has_its_limit() {
    // MSPLIM lies above the process stack, PSPLIM below the main stack: what counts is the limit of the stack in use.
    let mut program = on_process_stack(LIMIT + 0x100);
    program.mov32(R0, STACK - 0x40).msr(MSPLIM, R0).put(&[0xb084]).svc(0).bkpt(9); // sub sp, #16
    let mut handler = Code::at(0x300);
    handler.put(&[0xb084, 0xb0a0]); // sub sp, #16; sub sp, #128
    let mut rig = new(&program, &[(3, &stop(0x280)), (6, &stop(0x200)), (11, &handler)]);
    // UsageFault and SVCall are both at 0: a fault in SVCall's handler is a HardFault.
    assert_eq!(rig.run_to_breakpoint(), 0x280);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, report.hfsr, report.pc), (STKOF, 1 << 30, 0x302));
    assert_eq!(rig.register(13), STACK - 16 - 32);
}

#[test]
fn the_limits_are_registers_of_privileged_code() {
    // DDI 0553, D1.2, MSPLIM: bits 2:0 are zero; zero after reset; unprivileged code reads zero and writes nothing.
    let mut program = Code::at(PROGRAM);
    program.mrs(R0, MSPLIM).mov32(R1, RAM + 0x107).msr(MSPLIM, R1).mrs(R1, MSPLIM).msr(PSPLIM, R1).mrs(R2, PSPLIM);
    program.movs(R3, 1).msr(20, R3).mrs(R3, PSPLIM).movs(R4, 8).msr(PSPLIM, R4).svc(0).bkpt(1);
    let mut handler = Code::at(0x300);
    handler.mrs(R4, PSPLIM).ret();
    let mut rig = new(&program, &[(11, &handler)]);
    rig.run_to_breakpoint();
    let limits = [R0, R1, R2, R3, R4].map(|register| rig.register(register as u8));
    assert_eq!(limits, [0, RAM + 0x100, RAM + 0x100, 0, RAM + 0x100]);
    rig.core.reset();
    rig.run(2);
    assert_eq!(rig.register(0), 0, "after reset");
}

#[test]
fn an_exception_without_room_for_its_frame_is_a_usage_fault() {
    // DDI 0553, B3.21: the frame is not stored, the stack pointer is at the limit, UFSR.STKOF. UsageFault, at 0, is more
    // important than SVCall, at 0x20, which stays pending.
    let mut program = on_process_stack(LIMIT + 24);
    program.store(0xe000_ed1c, 0x2000_0000).svc(0).bkpt(9);
    let mut usage = Code::at(0x200);
    usage.mrs(R0, 9).mov32(R1, SHCSR).ldr(R1, R1, 0).bkpt(0);
    let mut rig = new(&program, &[(6, &usage), (11, &stop(0x300))]);
    for address in (LIMIT - 64..LIMIT + 24).step_by(4) {
        assert!(rig.core.poke(address, &0xdead_beef_u32.to_le_bytes()));
    }
    assert_eq!(rig.run_to_breakpoint(), usage.here() - 2);
    assert_eq!((rig.register(0), rig.register(14)), (LIMIT, 0xffff_fffd));
    // SVCALLPENDED, USGFAULTENA, USGFAULTACT.
    assert_eq!(rig.register(1), 1 << 15 | USGFAULTENA | 1 << 3);
    assert_eq!(rig.core.fault_report().map(|report| report.cfsr), Some(STKOF));
    for address in (LIMIT - 64..LIMIT + 24).step_by(4) {
        assert_eq!(rig.word(address), 0xdead_beef, "{address:#x}");
    }
}

#[test]
fn a_frame_that_just_fits() {
    let mut program = on_process_stack(LIMIT + 32);
    program.svc(0).bkpt(1);
    let mut handler = Code::at(0x300);
    handler.mrs(R4, 9).ret();
    let mut rig = new(&program, &[(6, &stop(0x200)), (11, &handler)]);
    assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
    assert_eq!((rig.register(4), rig.register(13)), (LIMIT, LIMIT + 32));
}

#[test]
fn registers_that_have_no_room_are_not_saved_lazily() {
    // FPCCR.SPLIMVIOL (DDI 0553, D1.2, FPCCR; PreserveFPState): LSPACT is cleared, and nothing stored.
    let mut program = on_process_stack(LIMIT + 64);
    program.store(0xe000_ed1c, 0x2000_0000).store(CPACR, FULL_ACCESS).mov32(R0, 1.5_f32.to_bits()).vmov_to(0, R0);
    program.svc(0).bkpt(9);
    let mut usage = Code::at(0x200);
    usage.mov32(R3, FPCCR).ldr(R0, R3, 0).vmov_from(R2, 0).ldr(R1, R3, 0).bkpt(0);
    let mut rig = new(&program, &[(6, &usage)]);
    rig.run_to_breakpoint();
    let (splimviol, lspact) = (1 << 9, 1);
    assert_eq!((rig.register(0) & (splimviol | lspact), rig.register(1) & lspact), (splimviol | lspact, 0));
    let untouched = (LIMIT - 0x80..LIMIT + 64).step_by(4).all(|address| rig.word(address) == 0);
    assert!(untouched);
}

#[test]
fn limits_do_not_count_in_hard_fault_and_nmi_if_ccr_says_so() {
    for (ccr, expected) in [(0, CoreStop::Lockup), (STKOFHFNMIGN, CoreStop::Breakpoint { pc: 0x20a })] {
        let mut program = Code::at(PROGRAM);
        program.store(CCR, ccr).put(&[0xde00]);
        let mut hard_fault = Code::at(0x200);
        hard_fault.put(&[0x4668]).msr(MSPLIM, R0); // mov r0, sp
        hard_fault.push(0xff).push(1).bkpt(0);
        let mut rig = new(&program, &[(3, &hard_fault)]);
        assert_eq!(rig.run(1_000_000), expected, "CCR {ccr:#x}");
        if ccr != 0 {
            assert_eq!(rig.register(13), STACK - 32 - 36);
            assert_eq!(rig.core.fault_report().map(|report| report.cfsr), Some(UNDEFINSTR), "no STKOF");
        }
    }
}

#[test]
fn both_engines_stop_in_front_of_the_same_instruction() {
    // Wherever the run is cut, also inside an IT block with one instruction done and one to come.
    // adds r3, #1; sub sp, #64; adds r3, #2; the same behind ITTT EQ, whose state is then 0000'0100.
    let blocks: [(&[u16], u32); 2] = [(&[0x3301, 0xb090, 0x3302], 0), (&[0xbf02, 0x3301, 0xb090, 0x3302], 1 << 10)];
    for (block, it_state) in blocks {
        let mut program = on_process_stack(LIMIT + 48);
        program.movs(R3, 0).put(block).bkpt(9);
        let handler = stop(0x200);
        let ends = [cortex_m::new, cortex_m::new_single_step].map(|build| {
            let cuts = (1..40).map(|cut| {
                let mut core = build(&config()).expect("core");
                load(&mut *core, &program);
                load(&mut *core, &handler);
                for (address, value) in [(0, STACK), (4, PROGRAM | 1), (24, 0x201)] {
                    assert!(core.poke(address, &value.to_le_bytes()));
                }
                core.reset();
                let mut bus = Recorder::default();
                core.run(&mut bus, cut);
                assert_eq!(core.run(&mut bus, 1000), CoreStop::Breakpoint { pc: 0x200 });
                let mut frame = [0; 32];
                assert!(core.peek(LIMIT + 16, &mut frame));
                let report = core.fault_report().expect("a fault");
                (core.cycles(), core.instructions(), core.register(3), report, frame)
            });
            cuts.collect::<Vec<_>>()
        });
        let at = PROGRAM + 2 * (program.halfwords.len() - 3) as u32;
        let [fast, slow] = ends;
        let first = slow[0].0;
        for (cut, (fast, slow)) in fast.iter().zip(&slow).enumerate() {
            assert_eq!(fast, slow, "cut {cut}");
            let (cycles, _, r3, report, frame) = fast;
            assert_eq!((report.cfsr, report.pc, *r3), (STKOF, u64::from(at), 1), "cut {cut}");
            assert_eq!(*cycles, first, "cut {cut}");
            // The return address, and ITSTATE in the frame's xPSR, bits 26:25 and 15:10: one advance behind ITTT EQ.
            assert_eq!(frame[24..28], at.to_le_bytes());
            let xpsr = u32::from_le_bytes([frame[28], frame[29], frame[30], frame[31]]);
            assert_eq!(xpsr & 0x0600_fc00, it_state, "cut {cut}");
        }
    }
}

also_on! {
    [cortex_m33: CortexM33] {
        no_instruction_takes_the_stack_pointer_below_its_limit,
        the_limit_itself_can_be_reached_and_what_leads_up_is_not_checked,
        each_stack_has_its_limit,
        the_limits_are_registers_of_privileged_code,
        an_exception_without_room_for_its_frame_is_a_usage_fault,
        a_frame_that_just_fits,
        limits_do_not_count_in_hard_fault_and_nmi_if_ccr_says_so,
        both_engines_stop_in_front_of_the_same_instruction,
    }
}
