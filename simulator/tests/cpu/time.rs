//! Exact time: the horizon, the cycle of a device access, counters read in the middle of a block.

use bksim::cpu::CoreStop;

use crate::asm::{Code, R0, R1, R2, R3, R7};
use crate::rig::{DEVICE, PROGRAM, RAM, Rig, also_on_all};

const DWT_CTRL: u32 = 0xe000_1000;
const DEMCR: u32 = 0xe000_edfc;

#[test]
fn reset_loads_stack_and_entry() {
    let mut program = Code::at(PROGRAM);
    program.movs(R0, 42).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    assert_eq!((rig.pc(), rig.register(13), rig.register(14)), (PROGRAM, 0x2000_8000, 0xffff_ffff));
    assert_eq!(rig.run_to_breakpoint(), PROGRAM + 2);
    assert_eq!(rig.register(0), 42);
    assert_eq!((rig.core.cycles(), rig.core.instructions()), (1, 1));
}

#[test]
fn a_run_ends_at_the_first_boundary_at_or_behind_the_horizon() {
    let mut program = Code::at(PROGRAM);
    // 1, 2, 1, 2, 1, 2, ... cycles: a load behind an instruction that is none takes two.
    program.mov32(R0, RAM);
    for _ in 0..10 {
        program.adds(R1, 1).ldr(R2, R0, 0);
    }
    program.bkpt(0);
    for horizon in 1..32 {
        let mut rig = Rig::new(&program, &[]);
        assert_eq!(rig.run(horizon), CoreStop::Horizon);
        // Boundaries are 1, 2, then 3, 5, 6, 8, 9, 11, ...: all but those = 1 modulo 3 from 4 on.
        let expected = if horizon > 3 && horizon % 3 == 1 { horizon + 1 } else { horizon };
        assert_eq!(rig.core.cycles(), expected, "horizon {horizon}");
        assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
        assert_eq!((rig.core.cycles(), rig.core.instructions()), (32, 22), "however it is cut");
    }
}

#[test]
fn a_device_access_carries_the_cycle_its_instruction_began() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, DEVICE).nops(5).ldr(R1, R0, 0).nops(3).str(R1, R0, 4).ldr(R2, R0, 0).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    // 2 + 5 = 7; load 2, nops 3: 12; store 2: 14; the load right behind the store takes 1 cycle: 15 in all.
    let pcs = [PROGRAM + 18, PROGRAM + 26, PROGRAM + 28];
    assert_eq!(
        rig.bus.log,
        [(7, pcs[0], DEVICE, 4, None), (12, pcs[1], DEVICE + 4, 4, Some(7)), (14, pcs[2], DEVICE, 4, None)]
    );
    assert_eq!((rig.register(1), rig.register(2), rig.core.cycles()), (7, 14, 15));
}

#[test]
fn cyccnt_in_the_middle_of_a_block_is_the_sum_of_costs() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, DEMCR).mov32(R1, 1 << 24).str(R1, R0, 0);
    program.mov32(R0, DWT_CTRL).movs(R1, 1).str(R1, R0, 0);
    program.ldr(R2, R0, 4).nops(7).put(&[0xfb92, 0xf3f1]); // sdiv r3, r2, r1
    program.ldr(R3, R0, 4).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    // CYCCNT counts from the store's own cycle; the load right behind it: +2. Then 1 (load behind a store), 7, 12.
    assert_eq!((rig.register(2), rig.register(3)), (2, 2 + 1 + 7 + 12));
}

#[test]
fn a_branch_that_is_not_taken_costs_one_cycle() {
    let mut program = Code::at(PROGRAM);
    program.movs(R1, 3);
    let top = program.here();
    program.subs(R1, 1).branch_if(1, top).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    rig.run_to_breakpoint();
    // movs 1, three subs, two branches taken (1 + 2), one not (1).
    assert_eq!(rig.core.cycles(), 1 + 3 + 2 * 3 + 1);
}

#[test]
fn the_instruction_clock_counts_instructions() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, DEVICE).ldr(R1, R0, 0).movs(R7, 9);
    let top = program.here();
    program.subs(R7, 1).branch_if(1, top).ldr(R1, R0, 0).bkpt(0);
    let mut rig = Rig::counting(&program, &[]);
    rig.run_to_breakpoint();
    // An access is at its instruction's end, as `qemu -icount` has it: tests/firmware/counts.py.
    assert_eq!(rig.bus.log.iter().map(|seen| seen.0).collect::<Vec<_>>(), [2 + 1, 4 + 18 + 1]);
    assert_eq!((rig.core.cycles(), rig.core.instructions()), (23, 23));
}

/// Whoever answers a semihosting call, the instruction was the firmware's: QEMU counts it as well.
#[test]
fn a_semihosting_call_is_an_instruction() {
    let mut program = Code::at(PROGRAM);
    program.movs(R0, 3).bkpt(0xab).nop().bkpt(0);
    let mut rig = Rig::counting(&program, &[]);
    assert_eq!(rig.run(100), CoreStop::Semihosting { operation: 3, parameter: 0 });
    assert_eq!((rig.core.cycles(), rig.core.instructions()), (2, 2));
    rig.run_to_breakpoint();
    assert_eq!((rig.core.cycles(), rig.core.instructions()), (3, 3));
}

#[test]
fn a_branch_to_an_even_address_in_its_own_block_is_charged_once() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, PROGRAM + 20).nops(4);
    let block = program.here();
    assert_eq!(block, PROGRAM + 16);
    program.nops(2).bx(R0).bkpt(9);
    for target in [PROGRAM, PROGRAM + 10, block + 4] {
        program.halfwords[0..4].copy_from_slice(&Code::at(0).mov32(R0, target).halfwords);
        let mut handler = Code::at(0x200);
        handler.bkpt(0);
        let mut rig = Rig::new(&program, &[(3, &handler)]);
        rig.run_to_breakpoint();
        assert_eq!(rig.core.fault_report().expect("a fault").pc, u64::from(target));
        // mov32 2, six nops, bx 1 + 2, entry 12.
        assert_eq!((rig.core.cycles(), rig.core.instructions()), (2 + 6 + 3 + 12, 9), "{target:#x}");
    }
}

also_on_all! {
    AS_CORTEX_M3 as to_the_cycle {
        a_run_ends_at_the_first_boundary_at_or_behind_the_horizon,
        a_device_access_carries_the_cycle_its_instruction_began,
        cyccnt_in_the_middle_of_a_block_is_the_sum_of_costs,
        a_branch_that_is_not_taken_costs_one_cycle,
        a_branch_to_an_even_address_in_its_own_block_is_charged_once,
    }
}

also_on_all! {
    MAINLINE as mainline {
        reset_loads_stack_and_entry,
        the_instruction_clock_counts_instructions,
        a_semihosting_call_is_an_instruction,
    }
}
