//! Debug events that software takes itself (Arm DDI 0403E, C1.3-C1.5, C1.8 and C1.11): watchpoints of the DWT, breakpoints,
//! steps, and the DebugMonitor exception; and watchpoints for a debugger. On both engines.

use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};
use bksim::cpu::{Core, CoreStop};

use crate::asm::{Code, R0, R1, R2, R3};
use crate::rig::{self, DEVICE, PROGRAM, RAM, Recorder, Rig, STACK, also_on_all, load};

const ICSR: u32 = 0xe000_ed04;
const SHPR3: u32 = 0xe000_ed20;
const DFSR: u32 = 0xe000_ed30;
const DHCSR: u32 = 0xe000_edf0;
const DEMCR: u32 = 0xe000_edfc;
const CYCCNT: u32 = 0xe000_1004;
const COMP0: u32 = 0xe000_1020;
const MASK0: u32 = 0xe000_1024;
const FUNCTION0: u32 = 0xe000_1028;
const COMP1: u32 = 0xe000_1030;
const FUNCTION1: u32 = 0xe000_1038;
const FP_CTRL: u32 = 0xe000_2000;
const FP_COMP0: u32 = 0xe000_2008;

const MON_EN: u32 = 1 << 16;
const MON_PEND: u32 = 1 << 17;
const MON_STEP: u32 = 1 << 18;
const TRCENA: u32 = 1 << 24;
const HALTED: u32 = 1;
const BKPT: u32 = 2;
const DWTTRAP: u32 = 4;
const MATCHED: u32 = 1 << 24;
/// FUNCTION: instruction, load, store, either.
const INSTRUCTION: u32 = 4;
const LOAD: u32 = 5;
const STORE: u32 = 6;
const EITHER: u32 = 7;

/// Where DebugMonitor writes down what has interrupted it, 8 bytes each: return address, DFSR. The first word counts.
const LOG: u32 = RAM + 0x4000;
const MONITOR: u32 = 0x200;
const HARD_FAULT: u32 = 0x280;
const WATCHED: u32 = RAM + 0x1000;

/// DebugMonitor: logs, and clears DFSR.
fn monitor() -> Code {
    let mut code = Code::at(MONITOR);
    code.mov32(R0, DFSR).ldr(R1, R0, 0).str(R1, R0, 0).put(&[0x9a06]); // ldr r2, [sp, #24]
    code.mov32(R3, LOG).ldr(R0, R3, 0).put(&[0x3001]).str(R0, R3, 0); // adds r0, #1
    code.put(&[0xeb03, 0x03c0]).str(R2, R3, 0).str(R1, R3, 4).ret(); // add.w r3, r3, r0, lsl #3
    code
}

fn rig(config: &CortexConfig, single_step: bool, program: &Code, monitor: &Code) -> Rig {
    let build: fn(&CortexConfig) -> Result<Box<dyn Core>, _> =
        if single_step { cortex_m::new_single_step } else { cortex_m::new };
    let mut core = build(config).expect("core");
    let mut hard_fault = Code::at(HARD_FAULT);
    hard_fault.bkpt(0xee);
    for code in [program, monitor, &hard_fault] {
        load(&mut *core, code);
    }
    for (index, value) in [(0, STACK), (1, PROGRAM | 1), (3, HARD_FAULT | 1), (12, MONITOR | 1)] {
        assert!(core.poke(4 * index, &value.to_le_bytes()));
    }
    core.reset();
    Rig { core, bus: Recorder::default() }
}

/// Runs to the end, BKPT 9 with DebugMonitor off; the log (return address, DFSR), alike on both engines.
fn log_of(program: &Code) -> (Vec<(u32, u32)>, Rig) {
    let [fast, slow] = [false, true].map(|single_step| {
        let mut rig = rig(&rig::config(false), single_step, program, &monitor());
        rig.run_to_breakpoint();
        rig
    });
    assert_eq!((fast.core.cycles(), fast.core.instructions()), (slow.core.cycles(), slow.core.instructions()));
    let entries = |rig: &Rig| {
        let at = |index: u32| LOG + 8 * index;
        (1..=rig.word(LOG)).map(|index| (rig.word(at(index)), rig.word(at(index) + 4))).collect::<Vec<_>>()
    };
    assert_eq!(entries(&fast), entries(&slow));
    (entries(&fast), fast)
}

/// DebugMonitor on, r0 = the watched word, r1 = 5, r2 = 0x66.
fn watching(registers: &[(u32, u32)]) -> Code {
    let mut program = Code::at(PROGRAM);
    program.store(DEMCR, TRCENA | MON_EN);
    for &(register, value) in registers {
        program.store(register, value);
    }
    program.mov32(R0, WATCHED).movs(R1, 5).movs(R2, 0x66);
    program
}

/// The end: MON_EN off, so that BKPT is for the test.
fn end(program: &mut Code) -> &Code {
    program.store(DEMCR, 0).bkpt(9)
}

#[test]
fn behind_the_instruction_that_makes_the_access() {
    // The instructions in front of and behind it are not interrupted; what it does is done.
    let cases: [(&str, u32, &[u16], u32); 9] = [
        ("str r1, [r0]", STORE, &[0x6001], 5),
        ("str r1, [r0], either", EITHER, &[0x6001], 5),
        ("strb r1, [r0]", STORE, &[0x7001], 5),
        ("strd r1, r2, [r0]", STORE, &[0xe9c0, 0x1200], 5),
        ("stmdb r3!, {r1, r2}, from behind", STORE, &[0x1d03, 0xe923, 0x0006], 0x66), // adds r3, r0, #4
        ("str.w r1, [r0, #0]!", STORE, &[0xf840, 0x1f00], 5),
        ("ldr r1, [r0]", LOAD, &[0x6801], 0),
        ("ldmia r0, {r1, r2, r3}", LOAD, &[0xe890, 0x000e], 0),
        ("ldrd r0, r1, [r0]", LOAD, &[0xe9d0, 0x0100], 0),
    ];
    for (what, function, piece, word) in cases {
        let mut program = watching(&[(COMP0, WATCHED), (FUNCTION0, function)]);
        program.nop().put(piece);
        let behind = program.here();
        program.nop();
        let (log, rig) = log_of(end(&mut program));
        assert_eq!(log, [(behind, DWTTRAP)], "{what}");
        assert_eq!(rig.word(WATCHED), word, "{what}");
    }
}

#[test]
fn a_load_is_not_a_store() {
    for (function, piece) in [(STORE, 0x6801), (LOAD, 0x6001)] {
        let mut program = watching(&[(COMP0, WATCHED), (FUNCTION0, function)]);
        program.put(&[piece]).mov32(R3, FUNCTION0).ldr(R3, R3, 0);
        let (log, rig) = log_of(end(&mut program));
        assert_eq!((log, rig.register(3)), (vec![], function), "and no match");
    }
}

#[test]
fn every_access_of_a_masked_range() {
    // 16 bytes: str at -4, 0, 12, 16.
    let mut program = watching(&[(COMP0, WATCHED), (MASK0, 4), (FUNCTION0, STORE)]);
    program.put(&[0xf840, 0x1c04, 0x6001]);
    let first = program.here();
    program.put(&[0x60c1]);
    let second = program.here();
    program.put(&[0x6101]);
    assert_eq!(log_of(end(&mut program)).0, [(first, DWTTRAP), (second, DWTTRAP)]);
}

#[test]
fn inside_an_it_block() {
    // cmp r1, #5; itte eq: streq; addeq r2, #1; strne: the first one only, and the block goes on.
    let mut program = watching(&[(COMP0, WATCHED), (FUNCTION0, STORE)]);
    program.cmp(R1, 5).put(&[0xbf06, 0x6001]);
    let behind = program.here();
    program.put(&[0x3201, 0x6042]);
    let (log, rig) = log_of(end(&mut program));
    assert_eq!(log, [(behind, DWTTRAP)]);
    assert_eq!((rig.register(2), rig.word(WATCHED), rig.word(WATCHED + 4)), (0x67, 5, 0));
}

#[test]
fn a_branch_that_loads_its_target() {
    // ldr pc, [r0]: the next instruction is there.
    let mut program = watching(&[(COMP0, WATCHED), (FUNCTION0, LOAD)]);
    let target = program.here() + 4 * 4 + 2 + 4 + 2;
    program.mov32(R1, target | 1).put(&[0x6001]).mov32(R0, WATCHED).nop().put(&[0xf8d0, 0xf000]).nop();
    assert_eq!(program.here(), target + 2 + 2 - 2);
    program.nop();
    let (log, _) = log_of(end(&mut program));
    assert_eq!(log, [(target, DWTTRAP)]);
}

#[test]
fn a_device_and_the_stack() {
    let mut program = watching(&[(COMP0, DEVICE + 4), (FUNCTION0, EITHER)]);
    program.store(COMP1, STACK - 8).store(FUNCTION1, STORE).mov32(R3, DEVICE);
    program.put(&[0x605a]); // str r2, [r3, #4]
    let first = program.here();
    program.put(&[0x6859]); // ldr r1, [r3, #4]
    let second = program.here();
    program.push(0x3); // r0, r1: to STACK - 8, and the exception's own frame is not looked at
    let third = program.here();
    let (log, _) = log_of(end(program.pop(0x3)));
    assert_eq!(log, [(first, DWTTRAP), (second, DWTTRAP), (third, DWTTRAP)]);
}

#[test]
fn a_value_at_an_address() {
    // Comparator 1: the word 5, stored where comparator 0 says. str r2; str r1; ldr.
    let link = 1 << 8 | 2 << 10 | 1 << 16 | STORE;
    let mut program = watching(&[(COMP0, WATCHED), (COMP1, 5), (FUNCTION1, link)]);
    program.put(&[0x6002, 0x6001]);
    let behind = program.here();
    program.put(&[0x6041, 0x6801]).mov32(R3, FUNCTION1).ldr(R3, R3, 0);
    let (log, rig) = log_of(end(&mut program));
    assert_eq!((log, rig.register(3)), (vec![(behind, DWTTRAP)], MATCHED | 1 << 9 | link));
}

#[test]
fn the_address_of_an_instruction() {
    // Asynchronous (C1.8.1): the exception comes behind it. Twice round a loop.
    let mut program = watching(&[]);
    let comp = program.here() + 18 + 18 + 2;
    program.store(COMP0, comp).store(FUNCTION0, INSTRUCTION).movs(R1, 2);
    assert_eq!(program.here(), comp);
    program.subs(R1, 1);
    let behind = program.here();
    program.branch_if(1, comp);
    assert_eq!(log_of(end(&mut program)).0, [(behind, DWTTRAP); 2]);
}

#[test]
fn a_range_of_instructions() {
    // Four bytes: both NOPs, not their neighbours; and a branch, behind which is its target.
    let mut program = watching(&[]);
    let mut comp = program.here() + 3 * 18;
    let aligned = comp.next_multiple_of(4);
    program.store(COMP0, aligned).store(MASK0, 2).store(FUNCTION0, INSTRUCTION);
    while comp < aligned {
        program.nop();
        comp += 2;
    }
    program.nop().put(&[0xe000]).nop().nop(); // nop; b .+4
    let (log, _) = log_of(end(&mut program));
    assert_eq!(log, [(aligned + 2, DWTTRAP), (aligned + 6, DWTTRAP)]);
}

#[test]
fn the_cycle_counter() {
    // CYCMATCH: when CYCCNT has counted 100 cycles from its start on.
    let mut program = watching(&[(COMP0, 100), (FUNCTION0, 1 << 7 | INSTRUCTION), (0xe000_1000, 1), (CYCCNT, 0)]);
    // In front of r0, r1 and r2: 8, 2 and 2 bytes.
    let zero = program.here() - 12 - 2;
    program.nops(200);
    let (log, _) = log_of(end(&mut program));
    let [(at, DWTTRAP)] = log[..] else { panic!("{log:x?}") };
    // The store of 0 is at cycle 0 and takes 2 (table 3-1 of the TRM), on a Cortex-M7 1; two pairs of MOVW and MOVT follow,
    // two MOVS, NOPs.
    let store = if is_cortex_m7() { 1 } else { 2 };
    assert_eq!(at, zero + 2 + 8 + 4 + 2 * (100 - store - 4));
}

#[test]
fn nobody_is_interested() {
    // MON_EN clear: no event, but MATCHED. TRCENA clear: nothing at all.
    for (demcr, expected) in [(TRCENA, MATCHED | STORE), (0, STORE)] {
        let mut program = watching(&[(DEMCR, demcr), (COMP0, WATCHED), (FUNCTION0, STORE)]);
        program.put(&[0x6001]).mov32(R3, FUNCTION0).ldr(R3, R3, 0).mov32(R2, DFSR).ldr(R2, R2, 0);
        let (log, rig) = log_of(end(&mut program));
        assert_eq!((log, rig.register(3), rig.register(2)), (vec![], expected, 0));
    }
}

#[test]
fn a_watchpoint_waits_for_its_priority() {
    // "A debug watchpoint is asynchronous and behaves as an interrupt" (B1.5.2). BASEPRI 0x20, DebugMonitor 0x40.
    let mut program = watching(&[(SHPR3, 0x40), (COMP0, WATCHED), (FUNCTION0, STORE)]);
    program.movs(R3, 0x20).msr(17, R3).put(&[0x6001]).mov32(R3, DEMCR).ldr(R2, R3, 0).movs(R3, 0).msr(17, R3);
    let open = program.here();
    program.nop();
    let (log, rig) = log_of(end(&mut program));
    assert_eq!(log, [(open, DWTTRAP)]);
    assert_ne!(rig.register(2) & MON_PEND, 0);
}

#[test]
fn a_breakpoint_instruction_goes_to_the_monitor() {
    // DebugMonitor steps over it: the frame's PC + 2.
    let mut over = Code::at(MONITOR);
    over.put(&[0x9806, 0x3002, 0x9006]).mov32(R0, DFSR).ldr(R1, R0, 0).ret();
    let mut program = watching(&[]);
    program.bkpt(0xab).movs(R2, 1);
    let program = end(&mut program).clone();
    for single_step in [false, true] {
        let mut rig = rig(&rig::config(false), single_step, &program, &over);
        assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
        assert_eq!(rig.register(2), 1);
    }
}

#[test]
fn a_breakpoint_instruction_above_the_monitor_is_a_hard_fault() {
    // DebugMonitor 0x40, BASEPRI 0x20: DEBUGEVT (B1.5.15).
    let mut program = watching(&[(SHPR3, 0x40)]);
    program.movs(R3, 0x20).msr(17, R3);
    let at = program.here();
    program.bkpt(1);
    let mut rig = rig(&rig::config(false), false, &program, &monitor());
    rig.core.wire_probe();
    assert!(matches!(rig.run(100_000), CoreStop::Horizon | CoreStop::Lockup));
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!(report.hfsr & 1 << 31, 1 << 31);
    assert_eq!(rig.word(STACK - 32 + 24), at);
}

/// FP_COMP0 for a breakpoint at an address: which halfword of a word below 0x20000000 (C1.11.5), or, with revision 2 of
/// the unit, the address itself (Arm DDI 0489, Breakpoint Unit).
fn comparator(at: u32) -> u32 {
    if is_cortex_m7() { at | 1 } else { 1 << (30 + (at >> 1 & 1)) | at & !3 | 1 }
}

fn is_cortex_m7() -> bool {
    matches!(rig::config(false).model, CoreModel::CortexM7 | CoreModel::CortexM7F)
}

#[test]
fn the_breakpoint_unit_goes_to_the_monitor() {
    // In front of the instruction; DebugMonitor switches the unit off, or it would come again.
    let mut off = monitor();
    off.halfwords.pop();
    off.mov32(R0, FP_CTRL).movs(R1, 2).str(R1, R0, 0).ret();
    let mut program = watching(&[(FP_CTRL, 3)]);
    let at = program.here() + 18;
    program.store(FP_COMP0, comparator(at));
    assert_eq!(program.here(), at);
    program.movs(R2, 1);
    let program = end(&mut program).clone();
    for single_step in [false, true] {
        let mut rig = rig(&rig::config(false), single_step, &program, &off);
        rig.run_to_breakpoint();
        assert_eq!([0, 8, 12].map(|offset| rig.word(LOG + offset)), [1, at, BKPT]);
        assert_eq!(rig.register(2), 1);
    }
}

#[test]
fn the_breakpoint_unit_is_ignored_above_the_monitor() {
    let mut program = watching(&[(SHPR3, 0x40), (FP_CTRL, 3)]);
    program.movs(R3, 0x20).msr(17, R3);
    let at = program.here() + 18;
    program.store(FP_COMP0, comparator(at)).movs(R2, 1);
    let (log, rig) = log_of(end(&mut program));
    assert_eq!((log, rig.register(2)), (vec![], 1));
}

#[test]
fn steps() {
    // DebugMonitor, made pending, sets MON_STEP the first time and clears it the fourth: three steps.
    let mut stepping = monitor();
    stepping.halfwords.pop();
    stepping.mov32(R3, LOG).ldr(R0, R3, 0).cmp(R0, 4).mov32(R3, DEMCR).mov32(R1, TRCENA | MON_EN);
    stepping.put(&[0xbf18, 0xf441, 0x2180]).str(R1, R3, 0).ret(); // it ne; orr.w r1, r1, #MON_STEP
    let mut program = watching(&[]);
    program.mov32(R3, DEMCR).mov32(R2, TRCENA | MON_EN | MON_PEND).str(R2, R3, 0);
    let first = program.here();
    program.nop().put(&[0xe000]).nop().movs(R2, 7).nop(); // nop; b .+4
    let program = end(&mut program).clone();
    for single_step in [false, true] {
        let mut rig = rig(&rig::config(false), single_step, &program, &stepping);
        rig.run_to_breakpoint();
        let log: Vec<u32> = (1..=rig.word(LOG)).map(|index| rig.word(LOG + 8 * index)).collect();
        assert_eq!(log, [first, first + 2, first + 6, first + 8]);
        assert_eq!([12, 20].map(|offset| rig.word(LOG + offset)), [0, HALTED], "asked for; stepped");
    }
}

#[test]
fn a_step_does_not_end_in_a_handler_above_the_monitor() {
    // SVCall (0x00) is more important than DebugMonitor (0x40): the step of SVC ends when it has returned.
    let mut stepping = monitor();
    stepping.halfwords.pop();
    stepping.mov32(R3, DEMCR).mov32(R1, TRCENA | MON_EN | MON_STEP).str(R1, R3, 0).ret();
    let mut svc = Code::at(0x300);
    svc.nops(3).ret();
    let mut program = watching(&[(SHPR3, 0x40)]);
    program.mov32(R3, DEMCR).mov32(R2, TRCENA | MON_EN | MON_PEND).str(R2, R3, 0);
    let first = program.here();
    program.svc(0).nop().hang();
    for single_step in [false, true] {
        let mut rig = rig(&rig::config(false), single_step, &program, &stepping);
        load(&mut *rig.core, &svc);
        assert!(rig.core.poke(44, &(svc.base | 1).to_le_bytes()));
        rig.run(800);
        let log: Vec<u32> = (1..=3).map(|index| rig.word(LOG + 8 * index)).collect();
        assert_eq!(log, [first, first + 2, first + 4]);
    }
}

#[test]
fn the_monitor_is_made_pending_without_its_enable() {
    // "The effect of setting this bit to 1 is not affected by the value of the MON_EN bit" (C1.6.5).
    let mut program = Code::at(PROGRAM);
    program.store(DEMCR, MON_PEND);
    let behind = program.here();
    assert_eq!(log_of(program.nop().bkpt(9)).0, [(behind, 0)]);
}

#[test]
fn a_pending_monitor_is_seen_and_cleared() {
    // With PRIMASK: DEMCR.MON_PEND reads as one, ICSR.VECTPENDING is 12; a zero clears it.
    let mut program = Code::at(PROGRAM);
    program.cpsid_i().store(DEMCR, MON_PEND).ldr(R1, 7, 0).mov32(R0, ICSR).ldr(R2, R0, 0).store(DEMCR, 0);
    let (log, rig) = log_of(program.cpsie_i().nop().bkpt(9));
    assert_eq!((log, rig.register(1), rig.register(2) >> 12 & 0x1ff), (vec![], MON_PEND, 12));
}

#[test]
fn a_system_reset_clears_what_is_the_monitors() {
    let mut program = watching(&[(COMP0, WATCHED), (FUNCTION0, STORE)]);
    let mut rig = rig(&rig::config(false), false, program.hang(), &monitor());
    rig.run(200);
    rig.core.system_reset();
    let mut read = |address| rig.core.debugger_read(&mut rig.bus, address, 4).expect("register");
    assert_eq!((read(DEMCR), read(COMP0), read(FUNCTION0)), (TRCENA, WATCHED, STORE));
}

#[test]
fn a_debugger_is_stopped_behind_the_access() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, WATCHED).movs(R1, 5).put(&[0x6001]);
    let behind = program.here();
    program.movs(R1, 6).put(&[0x6001]).hang();
    for single_step in [false, true] {
        let mut rig = rig(&rig::config(false), single_step, &program, &monitor());
        let mut set = |address, value| rig.core.debugger_write(&mut rig.bus, address, 4, value).expect("register");
        for (address, value) in [(DHCSR, 0xa05f_0001), (DEMCR, TRCENA), (COMP0, WATCHED), (FUNCTION0, STORE)] {
            set(address, value);
        }
        assert_eq!(rig.run(1000), CoreStop::Halted);
        assert_eq!((rig.pc(), rig.word(WATCHED)), (behind, 5));
        assert_eq!(rig.core.debugger_read(&mut rig.bus, DFSR, 4), Ok(DWTTRAP));
        rig.core.debugger_write(&mut rig.bus, DHCSR, 4, 0xa05f_0001).expect("register");
        assert_eq!(rig.run(1000), CoreStop::Halted);
        assert_eq!((rig.pc(), rig.word(WATCHED)), (behind + 4, 6));
    }
}

#[test]
fn armv6_m_has_no_monitor() {
    let mut program = Code::armv6m_at(PROGRAM);
    program.store(DEMCR, MON_EN | MON_PEND).bkpt(0);
    let config = CortexConfig { model: cortex_m::CoreModel::CortexM0, prio_bits: 2, ..rig::config(false) };
    let mut rig = rig(&config, false, &program, &monitor());
    assert_eq!(rig.run_to_breakpoint(), program.here() - 2);
    assert_eq!(rig.word(LOG), 0);
}

#[test]
fn what_is_watched_and_trapped_is_part_of_a_saved_state() {
    // Another core goes on at each instruction in turn, and has been elsewhere before: it watches, traps and says the same.
    let mut program = watching(&[
        (COMP0, WATCHED),
        (FUNCTION0, STORE),
        (0xe000_0fb0, 0xc5ac_ce55), // LAR, TCR, TER of the ITM
        (0xe000_0e80, 1),
        (0xe000_0e00, 1),
        (0xe000_ed14, 1 << 9 | 1 << 4), // CCR: DIV_0_TRP
    ]);
    program.mov32(R3, 0xe000_0000).str(R2, R3, 0).str(R1, R0, 0).nop().str(R2, R0, 0).movs(R3, 0);
    program.put(&[0xfb91, 0xf1f3]).bkpt(9); // sdiv r1, r1, r3
    let end = |rig: &mut Rig| {
        assert_eq!(rig.run_to_breakpoint(), HARD_FAULT, "the division");
        let registers: Vec<u64> = (0..16).map(|index| rig.core.register(index)).collect();
        let log: Vec<u32> = (0..8).map(|index| rig.word(LOG + 4 * index)).collect();
        let said = rig.core.take_stimuli().remove(&0).unwrap_or_default();
        (registers, log, said, rig.core.cycles(), rig.core.fault_report())
    };
    let new = |single_step| rig(&rig::config(false), single_step, &program, &monitor());
    let expected = end(&mut new(false));
    assert_eq!((expected.1[0], &expected.2[..]), (2, &[0x66, 0, 0, 0][..]));
    let (mut first, mut other) = (new(false), new(false));
    other.run_to_breakpoint();
    for single_step in [false, true] {
        let mut stepped = new(single_step);
        while stepped.pc() != HARD_FAULT {
            let state = stepped.core.save();
            assert!(other.core.restore(&state));
            assert!(end(&mut other) == expected, "at {:#x}", stepped.pc());
            stepped.run(stepped.core.cycles() + 1);
        }
    }
    // Back in the same core, in front of all of it.
    let state = first.core.save();
    first.run_to_breakpoint();
    assert!(first.core.restore(&state));
    assert!(end(&mut first) == expected);
}

also_on_all! {
    ARMV7M as armv7m {
        behind_the_instruction_that_makes_the_access,
        a_load_is_not_a_store,
        every_access_of_a_masked_range,
        inside_an_it_block,
        a_branch_that_loads_its_target,
        a_device_and_the_stack,
        a_value_at_an_address,
        the_address_of_an_instruction,
        a_range_of_instructions,
        the_cycle_counter,
        nobody_is_interested,
        a_watchpoint_waits_for_its_priority,
        a_breakpoint_instruction_goes_to_the_monitor,
        a_breakpoint_instruction_above_the_monitor_is_a_hard_fault,
        the_breakpoint_unit_goes_to_the_monitor,
        the_breakpoint_unit_is_ignored_above_the_monitor,
        steps,
        a_step_does_not_end_in_a_handler_above_the_monitor,
        the_monitor_is_made_pending_without_its_enable,
        a_pending_monitor_is_seen_and_cleared,
        a_system_reset_clears_what_is_the_monitors,
        a_debugger_is_stopped_behind_the_access,
        what_is_watched_and_trapped_is_part_of_a_saved_state,
    }
}
