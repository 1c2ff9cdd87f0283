//! Every cause of a UsageFault (Arm DDI 0403E, table in B1.5.14), what leads to lockup (B1.5.15), and bus faults that are
//! ignored (B3.2.8). On both engines.

use bksim::cpu::{CoreStop, cortex_m};

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::rig::{self, DEVICE, FLASH, NOWHERE, PROGRAM, RAM, Recorder, Rig, STACK, also_on_all, load};
use crate::traps::run;

const SHCSR: u32 = 0xe000_ed24;
const USGFAULTENA: u32 = 1 << 18;
const CCR: u32 = 0xe000_ed14;
const NONBASETHRDENA: u32 = 1;
const BFHFNMIGN: u32 = 1 << 8;
const STKALIGN: u32 = 1 << 9;
const CFSR: u32 = 0xe000_ed28;
const ICSR: u32 = 0xe000_ed04;
const NMIPENDSET: u32 = 1 << 31;
/// BKPT in UsageFault's handler, where `run` has put it.
const USAGE_FAULT: u32 = 0x210;
const UNDEFINSTR: u32 = 1 << 16;
const INVSTATE: u32 = 1 << 17;
const INVPC: u32 = 1 << 18;
const NOCP: u32 = 1 << 19;
const BFARVALID: u32 = 1 << 15;
const PRECISERR: u32 = 1 << 9;

/// Where branches go that have bit 0 clear: something is there that must not run.
const EVEN: u32 = RAM + 0x100;
const FRAME_PC: u32 = 24;
const FRAME_XPSR: u32 = 28;

#[test]
fn a_branch_to_an_even_address_faults_at_its_target() {
    // A2.3.1, BXWritePC, LoadWritePC: T is cleared, and the instruction at the target is what faults (B1.5.14, INVSTATE).
    // r0 is the address; r1 points to two words that hold it; r4 is 0.
    let cases: [(&str, &[u16]); 9] = [
        ("bx r0", &[0x4700]),
        ("blx r0", &[0x4780]),
        ("ldr pc, [r1]", &[0xf8d1, 0xf000]),
        ("ldr pc, [r1], #4", &[0xf851, 0xfb04]),
        ("ldr pc, [r1, r4, lsl #1]", &[0xf851, 0xf014]),
        ("ldm r1!, {r2, pc}", &[0xe8b1, 0x8004]),
        ("ldmdb r3, {r2, pc}", &[0xe913, 0x8004]),
        ("push {r0}; pop {pc}", &[0xb401, 0xbd00]),
        ("push {r0}; push {r2}; pop.w {r2, pc}", &[0xb401, 0xb404, 0xe8bd, 0x8004]),
    ];
    for (what, piece) in cases {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, USGFAULTENA).store(RAM, EVEN).store(RAM + 4, EVEN);
        program.mov32(R0, EVEN).mov32(R1, RAM).mov32(R3, RAM + 8).movs(R4, 0).put(piece);
        let behind = program.here();
        program.bkpt(9);
        let rig = run(&rig::config(false), &program);
        let report = rig.core.fault_report().expect(what);
        assert_eq!((rig.pc(), report.cfsr, report.pc), (USAGE_FAULT, INVSTATE, EVEN.into()), "{what}");
        let frame = rig.register(13);
        assert_eq!((frame, rig.word(frame + FRAME_PC)), (STACK - 32, EVEN), "{what}");
        assert_eq!(rig.word(frame + FRAME_XPSR) & 1 << 24, 0, "{what}");
        // What the instruction does beside has been done.
        let written_back = if what.contains("#4") {
            4
        } else if what.contains("r1!") {
            8
        } else {
            0
        };
        assert_eq!(rig.word(frame + 4), RAM + written_back, "{what}");
        if what == "blx r0" {
            assert_eq!(rig.word(frame + 20), behind | 1, "lr");
        }
    }
}

#[test]
fn a_move_to_pc_stays_in_thumb_state() {
    // ALUWritePC of Armv7-M is BranchWritePC (A2.3.1): bit 0 is ignored. mov pc, r0; add pc, r0
    for piece in [0x4687, 0x4487] {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, USGFAULTENA);
        let offset = 4;
        let base = program.here() + 8 + 4;
        program.mov32(R0, if piece == 0x4487 { offset } else { base + offset }).put(&[piece]).nop().nop().nop().nop();
        program.nop().bkpt(9);
        let end = program.here() - 2;
        let rig = run(&rig::config(false), &program);
        assert_eq!((rig.pc(), rig.core.fault_report()), (end, None));
    }
}

#[test]
fn instructions_that_do_not_exist() {
    let cases: [(&[u16], u32); 10] = [
        (&[0xde00], UNDEFINSTR),         // udf #0
        (&[0xf7f0, 0xa000], UNDEFINSTR), // udf.w #0
        (&[0xee00, 0x0000], NOCP),       // cdp p0, 0, c0, c0, c0, 0
        (&[0xee11, 0x0f10], NOCP),       // mrc p15, 0, r0, c1, c0, 0
        (&[0xee01, 0x0f10], NOCP),       // mcr p15, 0, r0, c1, c0, 0
        (&[0xec41, 0x0400], NOCP),       // mcrr p4, 0, r0, r1, c0
        (&[0xed91, 0x0500], NOCP),       // ldc p5, c0, [r1]
        (&[0xed81, 0x0500], NOCP),       // stc p5, c0, [r1]
        (&[0xfe00, 0x0300], NOCP),       // cdp2 p3, 0, c0, c0, c0, 0
        (&[0xee30, 0x0a00], NOCP),       // vadd.f32 s0, s0, s0
    ];
    for (piece, cfsr) in cases {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, USGFAULTENA).mov32(R1, RAM);
        let at = program.here();
        program.put(piece).bkpt(9);
        let rig = run(&rig::config(false), &program);
        let report = rig.core.fault_report().unwrap_or_else(|| panic!("{piece:04x?} at {:#x}", rig.pc()));
        assert_eq!((rig.pc(), report.cfsr, report.pc), (USAGE_FAULT, cfsr, at.into()), "{piece:04x?}");
        assert_eq!(rig.word(rig.register(13) + FRAME_PC), at, "{piece:04x?}");
    }
}

/// A program whose SVC runs `handler`, with a UsageFault that is more important; run to the end.
fn in_handler(ccr: u32, before: &[u16], handler: impl FnOnce(&mut Code)) -> (Rig, u32) {
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, USGFAULTENA).store(CCR, ccr | STKALIGN).store(0xe000_ed1c, 0x8000_0000);
    program.put(before).svc(0);
    let behind = program.here();
    program.bkpt(9);
    while program.here() < PROGRAM + 0x100 {
        program.nop();
    }
    let at = program.here();
    program.mov32(R0, at | 1);
    handler(&mut program);
    // The SVC's vector is written by the program's own bytes: VTOR stays 0.
    let build = |single_step| {
        let config = rig::config(false);
        let mut core =
            if single_step { cortex_m::new_single_step(&config) } else { cortex_m::new(&config) }.expect("core");
        load(&mut *core, &program);
        for (exception, vector) in
            [(3, 0x200), (4, 0x208), (5, 0x20c), (6, USAGE_FAULT), (11, at)].map(|(number, at)| (number, at | 1))
        {
            assert!(core.poke(4 * exception, &u32::to_le_bytes(vector)));
        }
        for handler in [0x200, 0x208, 0x20c, USAGE_FAULT] {
            assert!(core.poke(handler, &[0, 0xbe]));
        }
        assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(PROGRAM | 1).to_le_bytes()));
        core.reset();
        let mut rig = Rig { core, bus: Recorder::default() };
        rig.run_to_breakpoint();
        rig
    };
    let (fast, slow) = (build(false), build(true));
    assert_eq!((fast.pc(), fast.core.fault_report()), (slow.pc(), slow.core.fault_report()));
    (fast, behind)
}

#[test]
fn a_frame_with_t_clear_faults_where_it_returns_to() {
    // B1.5.8, B1.4.2: T comes from the frame.
    let (rig, behind) = in_handler(0, &[], |code| {
        code.put(&[0x9907, 0xf021, 0x7180, 0x9107]).ret(); // ldr r1, [sp, #28]; bic r1, #0x1000000; str r1, [sp, #28]
    });
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((rig.pc(), report.cfsr, report.pc), (USAGE_FAULT, INVSTATE, behind.into()));
    assert_eq!(rig.register(14), 0xffff_fff9, "from the thread");
}

#[test]
fn returns_that_do_not_fit() {
    // B1.5.8: EXC_RETURN for a handler with only one exception active; for the thread with two; of no known kind; a
    // frame whose IPSR is not what EXC_RETURN says; an exception that is not active.
    let to = |value: u32| {
        move |code: &mut Code| {
            code.mov32(R0, value).bx(R0).bkpt(1);
        }
    };
    let invalid = |rig: &Rig, what: &str| {
        let report = rig.core.fault_report().expect(what);
        assert_eq!((rig.pc(), report.cfsr), (USAGE_FAULT, INVPC), "{what}");
    };
    // A frame with floating point is one that a core without it does not know.
    let extended = (!rig::config(false).model.has_float()).then_some(0xffff_ffe9);
    for value in [0xffff_fff1, 0xffff_fff3, 0xffff_fff0, 0xffff_ffff, 0xffff_ff09].into_iter().chain(extended) {
        invalid(&in_handler(0, &[], to(value)).0, &format!("{value:#x}"));
    }
    let frame_of_a_handler = |code: &mut Code| {
        code.put(&[0x9907, 0xf041, 0x0105, 0x9107]).ret(); // ldr r1, [sp, #28]; orr r1, #5; str r1, [sp, #28]
    };
    invalid(&in_handler(0, &[], frame_of_a_handler).0, "IPSR in a thread's frame");
    let inactive = |code: &mut Code| {
        // SHCSR.SVCALLACT is cleared.
        code.store(SHCSR, USGFAULTENA).ret().bkpt(1);
    };
    invalid(&in_handler(0, &[], inactive).0, "not active");
}

#[test]
fn a_return_to_the_thread_from_a_nested_handler_needs_leave() {
    // NONBASETHRDENA (B3.2.8). PendSV is made active beside SVCall.
    let nested = |code: &mut Code| {
        code.store(0xe000_ed20, 0x00c0_0000).store(SHCSR, USGFAULTENA | 1 << 7 | 1 << 10).ret();
    };
    let (rig, _) = in_handler(0, &[], nested);
    assert_eq!((rig.pc(), rig.core.fault_report().map(|report| report.cfsr)), (USAGE_FAULT, Some(INVPC)));
    let (rig, behind) = in_handler(NONBASETHRDENA, &[], nested);
    assert_eq!((rig.pc(), rig.core.fault_report()), (behind, None));
}

#[test]
fn a_vector_without_bit_0_faults_at_its_handler() {
    // B1.5.6: T is the vector's bit 0. cpy of SVC's vector in RAM, with VTOR there.
    let mut program = Code::at(PROGRAM);
    program.store(SHCSR, USGFAULTENA).store(0xe000_ed1c, 0x8000_0000).store(RAM + 4 * 11, EVEN);
    program.store(RAM + 4 * 6, USAGE_FAULT | 1).store(RAM + 4 * 3, 0x201).store(0xe000_ed08, RAM).svc(0).bkpt(9);
    let rig = run(&rig::config(false), &program);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((rig.pc(), report.cfsr, report.pc), (USAGE_FAULT, INVSTATE, EVEN.into()));
    assert_eq!(rig.register(14), 0xffff_fff1, "from SVCall's handler");
}

#[test]
fn a_vector_that_cannot_be_read_is_a_hard_fault() {
    // VECTTBL (B3.2.16). The table is at the end of RAM, and interrupt 16's vector is the first word behind it.
    let table = RAM + 0x1_0000 - 0x80;
    let mut program = Code::at(PROGRAM);
    program.store(table + 4 * 3, 0x201).store(0xe000_ed08, table).store(0xe000_e100, 1 << 16);
    program.store(0xe000_e200, 1 << 16);
    let behind = program.here();
    program.nops(2).bkpt(9);
    let rig = run(&rig::config(false), &program);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((rig.pc(), report.hfsr, report.cfsr), (0x200, 2, 0));
    assert_eq!((rig.register(14), rig.word(STACK - 32 + FRAME_PC)), (0xffff_fff9, behind), "as if from there");
}

#[test]
fn no_vector_for_a_hard_fault_is_lockup() {
    // B1.5.15. Nothing is at 0x10000000.
    let mut program = Code::at(PROGRAM);
    program.store(0xe000_ed08, 0x1000_0000).svc(0).bkpt(9);
    let mut rig = Rig::new(&program, &[]);
    assert_eq!(rig.run(1_000_000), CoreStop::Lockup);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!(report.hfsr, 2);
}

/// `cpsid f` or NMI, then `piece` with r0 = `address`, r1 = 9; then CFSR to r2 and BFAR to r3.
fn at_negative_priority(nmi: bool, ccr: u32, address: u32, piece: &[u16]) -> Result<Rig, String> {
    let inner = |code: &mut Code| {
        code.mov32(R0, address).movs(R1, 9).put(piece);
        code.mov32(R4, CFSR).ldr(R2, R4, 0).ldr(R3, R4, 0x10).bkpt(0);
    };
    let mut program = Code::at(PROGRAM);
    program.store(CCR, ccr | STKALIGN);
    if nmi {
        program.store(ICSR, NMIPENDSET).nops(2).bkpt(9);
    } else {
        program.put(&[0xb671]); // cpsid f
        inner(&mut program);
    }
    let mut handler = Code::at(0x300);
    inner(&mut handler);
    let mut ends = [false, true].map(|single_step| {
        let config = rig::config(false);
        let mut core =
            if single_step { cortex_m::new_single_step(&config) } else { cortex_m::new(&config) }.expect("core");
        load(&mut *core, &program);
        load(&mut *core, &handler);
        assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(PROGRAM | 1).to_le_bytes()));
        assert!(core.poke(8, &0x301_u32.to_le_bytes()));
        core.reset();
        let mut rig = Rig { core, bus: Recorder::default() };
        match rig.run(1_000_000) {
            CoreStop::Breakpoint { .. } => Ok(rig),
            stop => Err(format!("{stop:?}: {:?}", rig.core.fault_report().map(|report| report.summary))),
        }
    });
    let state = |end: &Result<Rig, String>| match end {
        Ok(rig) => Ok(((0..16).map(|index| rig.register(index)).collect::<Vec<_>>(), rig.core.cycles())),
        Err(stop) => Err(stop.clone()),
    };
    assert_eq!(state(&ends[0]), state(&ends[1]));
    std::mem::replace(&mut ends[0], Err(String::new()))
}

#[test]
fn a_bus_fault_of_a_handler_at_negative_priority_can_be_ignored() {
    // B3.2.8, BFHFNMIGN: the load gives what it will (0 here), the store is lost, and the status registers show it. It is
    // how firmware finds out whether there is something at an address.
    for nmi in [false, true] {
        let rig = at_negative_priority(nmi, BFHFNMIGN, NOWHERE, &[0x6801]).expect("no lockup"); // ldr r1, [r0]
        let words = [1, 2, 3].map(|index| rig.register(index));
        assert_eq!(words, [0, PRECISERR | BFARVALID, NOWHERE], "nmi {nmi}");
        assert_eq!(rig.core.fault_report(), None);
        let rig = at_negative_priority(nmi, BFHFNMIGN, FLASH + 0x80, &[0x6001]).expect("no lockup"); // str r1, [r0]
        assert_eq!((rig.register(2), rig.register(3)), (PRECISERR | BFARVALID, FLASH + 0x80));
        assert_eq!(rig.word(FLASH + 0x80), 0, "not written");
        let rig = at_negative_priority(nmi, BFHFNMIGN, DEVICE, &[0x6801]).expect("no lockup");
        assert_eq!((rig.register(2), rig.register(3)), (0, 0), "what is there answers as ever");
    }
}

#[test]
fn otherwise_it_locks_up() {
    for nmi in [false, true] {
        let words = at_negative_priority(nmi, 0, NOWHERE, &[0x6801]).err().expect("lockup");
        assert!(words.starts_with("Lockup") && words.contains("BusFault"), "{words}");
        // What is no bus fault is not ignored (B1.5.15): udf
        let words = at_negative_priority(nmi, BFHFNMIGN, NOWHERE, &[0xde00]).err().expect("lockup");
        assert!(words.starts_with("Lockup") && words.contains("UsageFault"), "{words}");
    }
}

#[test]
fn an_ignored_fault_is_one_of_a_negative_priority_only() {
    let mut program = Code::at(PROGRAM);
    program.store(CCR, BFHFNMIGN | STKALIGN).mov32(R0, NOWHERE).ldr(R1, R0, 0).bkpt(9);
    let rig = run(&rig::config(false), &program);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((rig.pc(), report.cfsr), (0x200, PRECISERR | BFARVALID), "HardFault, from the thread");
}

also_on_all! {
    MAINLINE as mainline {
        a_branch_to_an_even_address_faults_at_its_target,
        a_move_to_pc_stays_in_thumb_state,
        instructions_that_do_not_exist,
        a_frame_with_t_clear_faults_where_it_returns_to,
        a_vector_without_bit_0_faults_at_its_handler,
        a_vector_that_cannot_be_read_is_a_hard_fault,
        no_vector_for_a_hard_fault_is_lockup,
        a_bus_fault_of_a_handler_at_negative_priority_can_be_ignored,
        otherwise_it_locks_up,
        an_ignored_fault_is_one_of_a_negative_priority_only,
    }
}

also_on_all! {
    ARMV7M as armv7m {
        returns_that_do_not_fit,
        a_return_to_the_thread_from_a_nested_handler_needs_leave,
    }
}
