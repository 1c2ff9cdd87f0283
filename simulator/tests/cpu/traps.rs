//! What faults only if firmware wants it, or always, without a word from the instruction engine: division by zero and
//! accesses that are not aligned (Arm DDI 0403E, A3.2.1, A7.7.127, A7.7.195 and B3.2.8). On both engines.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::rig::{self, DEVICE, PROGRAM, RAM, Recorder, Rig, STACK, also_on_all, load};

const SHCSR: u32 = 0xe000_ed24;
const USGFAULTENA: u32 = 1 << 18;
const CCR: u32 = 0xe000_ed14;
const CPACR: u32 = 0xe000_ed88;
const STKALIGN: u32 = 1 << 9;
const UNALIGN_TRP: u32 = 1 << 3;
const DIV_0_TRP: u32 = 1 << 4;
/// Bits of CFSR (B3.2.15).
const UNALIGNED: u32 = 1 << 24;
const DIVBYZERO: u32 = 1 << 25;
/// BKPT in the handlers of HardFault and UsageFault.
const HARD_FAULT: u32 = 0x200;
const USAGE_FAULT: u32 = 0x210;

/// Runs a program on one of the engines, up to a BKPT.
fn run_on(single_step: bool, config: &CortexConfig, program: &Code) -> Rig {
    let build: fn(&CortexConfig) -> _ = if single_step { cortex_m::new_single_step } else { cortex_m::new };
    let mut core = build(config).expect("core");
    load(&mut *core, program);
    for (exception, at) in [(3, HARD_FAULT), (6, USAGE_FAULT)] {
        let mut handler = Code::at(at);
        handler.bkpt(0);
        load(&mut *core, &handler);
        assert!(core.poke(4 * exception, &(at | 1).to_le_bytes()));
    }
    assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(program.base | 1).to_le_bytes()));
    core.reset();
    let mut rig = Rig { core, bus: Recorder::default() };
    rig.run_to_breakpoint();
    rig
}

/// The same on both engines, which must end alike, and store alike.
pub(crate) fn run(config: &CortexConfig, program: &Code) -> Rig {
    let (fast, slow) = (run_on(false, config, program), run_on(true, config, program));
    let state = |rig: &Rig| {
        let registers: Vec<u64> = (0..16).map(|index| rig.core.register(index)).collect();
        let stack: Vec<u32> = (1..40).map(|index| rig.word(STACK - 4 * index)).collect();
        (registers, rig.core.cycles(), rig.core.instructions(), rig.core.fault_report(), stack)
    };
    assert_eq!(state(&fast), state(&slow));
    fast
}

/// UsageFault enabled, CCR with `traps`, r0 = `address`; the piece; BKPT. Its address, too.
fn program(traps: u32, address: u32, piece: &[u16]) -> (Code, u32) {
    let mut program = Code::at(PROGRAM);
    program.store(CPACR, 0xf << 20).store(SHCSR, USGFAULTENA).store(CCR, STKALIGN | traps);
    program.mov32(R0, address).mov32(R1, 0x1111_1111).mov32(R2, 0x2222_2222).movs(R3, 0).movs(R4, 4);
    let here = program.here();
    program.put(piece).bkpt(9);
    (program, here)
}

/// The instruction `at` has faulted, and has had no effect.
fn assert_fault(rig: &Rig, what: &str, cfsr: u32, at: u32, address: u32) {
    assert_eq!(rig.pc(), USAGE_FAULT, "{what}: no fault");
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((report.cfsr, report.pc, report.bfar), (cfsr, u64::from(at), None), "{what}");
    let registers: Vec<u32> = (0..5).map(|index| rig.register(index)).collect();
    assert_eq!(registers, [address, 0x1111_1111, 0x2222_2222, 0, 4], "{what}");
    let frame = rig.register(13);
    // VLDR and the others have begun a floating-point context before (ExecuteFPCheck).
    assert!(frame == STACK - 32 || what.starts_with('v') && frame == STACK - 104, "{what}");
    assert_eq!(rig.word(frame + 24), at, "{what}: the frame returns to the instruction");
}

const SDIV: [u16; 2] = [0xfb91, 0xf1f3]; // sdiv r1, r1, r3
const UDIV: [u16; 2] = [0xfbb1, 0xf1f3]; // udiv r1, r1, r3

#[test]
fn division_by_zero_gives_zero() {
    for divide in [SDIV, UDIV] {
        let (program, at) = program(0, RAM, &divide);
        let rig = run(&rig::config(false), &program);
        assert_eq!((rig.pc(), rig.register(1)), (at + 4, 0));
    }
}

#[test]
fn division_by_zero_is_trapped() {
    for divide in [SDIV, UDIV] {
        let (program, at) = program(DIV_0_TRP, RAM, &divide);
        let rig = run(&rig::config(false), &program);
        assert_fault(&rig, "divide", DIVBYZERO, at, RAM);
        let report = rig.core.fault_report().expect("a fault");
        assert_eq!(report.summary, format!("UsageFault: division by zero at {at:#010x}"));
    }
}

#[test]
fn other_divisions_go_on_while_zero_is_trapped() {
    // udiv r1, r1, r4, with r4 from before, and computed: adds r4, #1; udiv r2, r2, r4; movs r3, #7; sdiv r0, r0, r3
    let piece = [0xfbb1, 0xf1f4, 0x3401, 0xfbb2, 0xf2f4, 0x2307, 0xfb90, 0xf0f3];
    let (program, at) = program(DIV_0_TRP, 0x7000_0000, &piece);
    let rig = run(&rig::config(false), &program);
    assert_eq!(rig.pc(), at + 2 * piece.len() as u32);
    assert_eq!([0, 1, 2].map(|index| rig.register(index)), [0x1000_0000, 0x0444_4444, 0x2222_2222 / 5]);
}

#[test]
fn a_trap_is_on_from_the_next_instruction() {
    // str r1, [r0] to CCR; sdiv r1, r1, r3: with the trap on, and off again
    for (before, after, faults) in [(0, DIV_0_TRP, true), (DIV_0_TRP, 0, false)] {
        let (mut program, _) = program(before, CCR, &[]);
        program.halfwords.pop();
        program.mov32(R1, STKALIGN | after).str(R1, R0, 0);
        let at = program.here();
        program.put(&SDIV).bkpt(9);
        let rig = run(&rig::config(false), &program);
        assert_eq!(rig.pc(), if faults { USAGE_FAULT } else { at + 4 });
    }
}

#[test]
fn an_it_block_skips_the_division() {
    // cmp r3, #0; ite ne; sdivne r1, r1, r3; moveq r2, r4
    let skipped = [0x2b00, 0xbf14, SDIV[0], SDIV[1], 0x4622];
    let (program, at) = program(DIV_0_TRP, RAM, &skipped);
    let rig = run(&rig::config(false), &program);
    assert_eq!((rig.pc(), rig.register(1), rig.register(2)), (at + 10, 0x1111_1111, 4));
}

#[test]
fn a_division_inside_an_it_block_returns_with_its_itstate() {
    // cmp r3, #0; itt eq; nopeq; sdiveq r1, r1, r3: the frame has ITSTATE 0000'1000 (A7.3.2).
    let (program, at) = program(DIV_0_TRP, RAM, &[0x2b00, 0xbf04, 0xbf00, SDIV[0], SDIV[1]]);
    let rig = run(&rig::config(false), &program);
    assert_fault(&rig, "sdiveq", DIVBYZERO, at + 6, RAM);
    assert_eq!(rig.word(STACK - 32 + 28) & 0x0600_fc00, 0x08 << 8);
}

/// Words and pairs, by their encodings with r0 as the base; arm-none-eabi-as 2.40.
const ALWAYS_ALIGNED: [(&str, &[u16]); 14] = [
    ("ldmia r0!, {r1, r2}", &[0xc806]),
    ("stmia r0!, {r1, r2}", &[0xc006]),
    ("ldmia.w r0, {r1, r2}", &[0xe890, 0x0006]),
    ("stmia.w r0!, {r1, r2}", &[0xe8a0, 0x0006]),
    ("ldmdb r0!, {r1, r2}", &[0xe930, 0x0006]),
    ("stmdb r0, {r1, r2}", &[0xe900, 0x0006]),
    ("ldrd r1, r2, [r0, #8]", &[0xe9d0, 0x1202]),
    ("strd r1, r2, [r0], #8", &[0xe8e0, 0x1202]),
    ("ldrd r1, r2, [r0, #-8]!", &[0xe970, 0x1202]),
    ("ldrex r1, [r0]", &[0xe850, 0x1f00]),
    ("strex r1, r2, [r0]", &[0xe840, 0x2100]),
    ("ldmia r0!, {r1}", &[0xc802]),
    ("ldmia r0!, {r1-r7}", &[0xc8fe]),
    ("stmia.w r0!, {r4-r11}", &[0xe8a0, 0x0ff0]),
];
const FLOAT_ALWAYS_ALIGNED: [(&str, &[u16]); 8] = [
    ("vldr s0, [r0]", &[0xed90, 0x0a00]),
    ("vstr s0, [r0, #4]", &[0xed80, 0x0a01]),
    ("vldr d0, [r0]", &[0xed90, 0x0b00]),
    ("vstr d0, [r0, #8]", &[0xed80, 0x0b02]),
    ("vldmia r0!, {s0-s3}", &[0xecb0, 0x0a04]),
    ("vstmia r0!, {s0-s3}", &[0xeca0, 0x0a04]),
    ("vldmia r0!, {d0-d1}", &[0xecb0, 0x0b04]),
    ("vstmdb r0!, {d0-d1}", &[0xed20, 0x0b04]),
];
const HALFWORDS_ALWAYS_ALIGNED: [(&str, &[u16]); 2] =
    [("ldrexh r1, [r0]", &[0xe8d0, 0x1f5f]), ("strexh r1, r2, [r0]", &[0xe8c0, 0x2f51])];

/// Those that the core has.
fn always_aligned() -> impl Iterator<Item = &'static (&'static str, &'static [u16])> {
    let float = rig::m4f(false).model.has_float();
    ALWAYS_ALIGNED.iter().chain(FLOAT_ALWAYS_ALIGNED.iter().filter(move |_| float))
}

#[test]
fn several_words_are_always_aligned() {
    for traps in [0, UNALIGN_TRP] {
        for (what, piece) in always_aligned() {
            for offset in 1..4 {
                let (program, at) = program(traps, RAM + 0x100 + offset, piece);
                assert_fault(&run(&rig::m4f(false), &program), what, UNALIGNED, at, RAM + 0x100 + offset);
            }
        }
        for (what, piece) in HALFWORDS_ALWAYS_ALIGNED {
            let (program, at) = program(traps, RAM + 0x101, piece);
            assert_fault(&run(&rig::m4f(false), &program), what, UNALIGNED, at, RAM + 0x101);
        }
    }
}

#[test]
fn an_aligned_one_is_in_order() {
    for (what, piece) in always_aligned() {
        let (program, at) = program(UNALIGN_TRP, RAM + 0x104, piece);
        assert_eq!(run(&rig::m4f(false), &program).pc(), at + 2 * piece.len() as u32, "{what}");
    }
    for (what, piece) in HALFWORDS_ALWAYS_ALIGNED {
        let (program, at) = program(UNALIGN_TRP, RAM + 0x102, piece);
        assert_eq!(run(&rig::m4f(false), &program).pc(), at + 4, "{what}");
    }
}

#[test]
fn the_fault_comes_before_the_access() {
    // Not to a device, not as a BusFault of what is not there, not as a store to flash (B2.3.4: MemA looks first).
    for address in [DEVICE + 2, rig::NOWHERE + 2, rig::FLASH + 0x802] {
        for (what, piece) in ALWAYS_ALIGNED {
            let (program, at) = program(0, address, piece);
            let rig = run(&rig::m4f(false), &program);
            assert_fault(&rig, what, UNALIGNED, at, address);
            assert!(rig.bus.log.is_empty(), "{what}");
        }
    }
}

#[test]
fn a_base_that_was_loaded_just_before() {
    // ldr r0, [sp, #-4]: the block does not know its base at its entry.
    for (what, piece) in always_aligned() {
        let (mut program, _) = program(0, RAM + 0x102, &[0xf84d, 0x0c04, 0xf85d, 0x0c04]); // str r0, ldr r0
        program.halfwords.pop();
        let at = program.here();
        program.put(piece).bkpt(9);
        assert_fault(&run(&rig::m4f(false), &program), what, UNALIGNED, at, RAM + 0x102);
    }
}

/// One word or halfword, with r0 as the base and r3 = 0 as the index.
const SINGLE: [(&str, &[u16], u32); 14] = [
    ("ldr r1, [r0]", &[0x6801], 4),
    ("str r1, [r0]", &[0x6001], 4),
    ("ldrh r1, [r0]", &[0x8801], 2),
    ("strh r1, [r0]", &[0x8001], 2),
    ("ldr r1, [r0, r3]", &[0x58c1], 4),
    ("str r1, [r0, r3]", &[0x50c1], 4),
    ("ldrh r1, [r0, r3]", &[0x5ac1], 2),
    ("ldrsh r1, [r0, r3]", &[0x5ec1], 2),
    ("strh r1, [r0, r3]", &[0x52c1], 2),
    ("ldr.w r1, [r0, r3, lsl #2]", &[0xf850, 0x1023], 4),
    ("ldrt r1, [r0]", &[0xf850, 0x1e00], 4),
    ("strht r1, [r0]", &[0xf820, 0x1e00], 2),
    ("ldr r1, [r0], #5", &[0xf850, 0x1b05], 4),
    ("str.w r1, [r0, #4]!", &[0xf840, 0x1f04], 4),
];

#[test]
fn one_word_is_aligned_if_that_is_trapped() {
    for (what, piece, size) in SINGLE {
        for offset in 1..4 {
            let address = RAM + 0x100 + offset;
            let (trapped, at) = program(UNALIGN_TRP, address, piece);
            let rig = run(&rig::config(false), &trapped);
            if offset % size == 0 {
                assert_eq!(rig.pc(), at + 2 * piece.len() as u32, "{what}");
            } else {
                assert_fault(&rig, what, UNALIGNED, at, address);
            }
            let (permitted, at) = program(0, address, piece);
            assert_eq!(run(&rig::config(false), &permitted).pc(), at + 2 * piece.len() as u32, "{what}");
        }
    }
}

#[test]
fn bytes_are_never_trapped() {
    // ldrb r1, [r0]; strb r1, [r0]; ldrsb r1, [r0, r3]; ldrb.w r1, [r0, #1]; ldrexb r1, [r0]; strexb r2, r1, [r0]
    let piece = [0x7801, 0x7001, 0x56c1, 0xf890, 0x1001, 0xe8d0, 0x1f4f, 0xe8c0, 0x1f42];
    let (program, at) = program(UNALIGN_TRP, RAM + 0x101, &piece);
    assert_eq!(run(&rig::config(false), &program).pc(), at + 2 * piece.len() as u32);
}

#[test]
fn a_table_of_halfwords_is_aligned_if_that_is_trapped() {
    // tbh [r0, r3, lsl #1]: a table of zeros branches right behind.
    for (traps, faults) in [(0, false), (UNALIGN_TRP, true)] {
        let (program, at) = program(traps, RAM + 0x101, &[0xe8d0, 0xf013]);
        assert_eq!(run(&rig::config(false), &program).pc(), if faults { USAGE_FAULT } else { at + 4 });
    }
}

#[test]
fn what_may_be_unaligned_stands_beside_what_may_not() {
    // One block: str r1, [r0, #1]; ldmia r2!, {r5, r6}; ldr r3, [r0, #1]; ldrh r4, [r0, #3], with r2 from r0.
    let piece = [0x4602, 0xf8c0, 0x1001, 0xca60, 0xf8d0, 0x3001, 0xf8b0, 0x4003];
    let (program, at) = program(0, RAM + 0x100, &piece);
    let rig = run(&rig::config(false), &program);
    assert_eq!(rig.pc(), at + 2 * piece.len() as u32);
    assert_eq!([3, 4, 5, 6].map(|index| rig.register(index)), [0x1111_1111, 0x1111, 0x1111_1100, 0x11]);
}

#[test]
fn a_routine_is_checked_in_every_mode_it_runs_in() {
    // The same LDM for thread mode and for SVC's handler, privileged and not: in order three times, then not.
    for last in 0..3 {
        let mut routine = Code::at(0x300);
        routine.put(&[0xc806]).ret(); // ldmia r0!, {r1, r2}
        let mut handler = Code::at(0x340);
        handler.put(&[0xb500, 0xf7ff, 0xffdd, 0xbd00]); // push {lr}; bl 0x300; pop {pc}
        let call = |program: &mut Code, address: u32| {
            let offset = 0x300_u32.wrapping_sub(program.here() + 8 + 4) >> 1;
            program.mov32(R0, address).put(&[0xf400 | (offset >> 11 & 0x3ff) as u16, 0xf800 | offset as u16 & 0x7ff]);
        };
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, USGFAULTENA);
        let address = |mode| RAM + if mode == last { 0x102 } else { 0x100 };
        for round in [3, last] {
            let at = |mode| if round == 3 { RAM + 0x100 } else { address(mode) };
            call(&mut program, at(0));
            program.mov32(R0, at(1)).svc(0).movs(R3, 1).msr(20, R3);
            call(&mut program, at(2));
            program.svc(1);
        }
        program.bkpt(9);
        let mut back = Code::at(0x360);
        // SVC 1 makes thread mode privileged again; SVC 0 calls the routine.
        back.put(&[0x9906, 0xf811, 0x1c02]).cmp(R1, 1).branch_if(1, handler.base).movs(R3, 0).msr(20, R3).ret();
        let mut core = cortex_m::new(&rig::config(false)).expect("core");
        let mut usage_fault = Code::at(USAGE_FAULT);
        usage_fault.bkpt(0);
        for code in [&routine, &handler, &program, &back, &usage_fault] {
            load(&mut *core, code);
        }
        // In the handler it escalates: SVCall is as important as UsageFault.
        let vectors = [(0, STACK), (1, PROGRAM), (3, USAGE_FAULT), (6, USAGE_FAULT), (11, back.base)];
        for (index, value) in vectors {
            assert!(core.poke(4 * index, &(value | u32::from(index != 0)).to_le_bytes()));
        }
        core.reset();
        let mut rig = Rig { core, bus: Recorder::default() };
        assert_eq!(rig.run_to_breakpoint(), USAGE_FAULT, "mode {last}");
        let report = rig.core.fault_report().expect("a fault");
        assert_eq!((report.cfsr, report.pc), (UNALIGNED, 0x300), "mode {last}");
        assert_eq!(rig.register(0), RAM + 0x102, "mode {last}");
    }
}

#[test]
fn instructions_in_ram_are_checked() {
    let mut routine = Code::at(RAM + 0x1000);
    routine.put(&[0xc806]).ret(); // ldmia r0!, {r1, r2}
    for (offset, faults) in [(0, false), (2, true)] {
        let mut program = Code::at(PROGRAM);
        program.store(SHCSR, USGFAULTENA).mov32(R3, routine.base | 1).mov32(R0, RAM + 0x100).put(&[0x4798]);
        program.mov32(R0, RAM + 0x100 + offset).put(&[0x4798]).bkpt(9);
        let mut usage_fault = Code::at(USAGE_FAULT);
        usage_fault.bkpt(0);
        let mut rig = Rig::new(&program, &[(6, &usage_fault)]);
        load(&mut *rig.core, &routine);
        assert_eq!(rig.run_to_breakpoint() == USAGE_FAULT, faults);
    }
}

#[test]
fn without_its_handler_it_is_a_hard_fault() {
    let (mut program, _) = program(DIV_0_TRP, RAM, &[]);
    program.halfwords.pop();
    program.store(SHCSR, 0);
    let at = program.here();
    program.put(&SDIV).bkpt(9);
    let rig = run(&rig::config(false), &program);
    let report = rig.core.fault_report().expect("a fault");
    assert_eq!((rig.pc(), report.hfsr, report.cfsr, report.pc), (HARD_FAULT, 1 << 30, DIVBYZERO, u64::from(at)));
}

#[test]
fn the_horizon_comes_first() {
    // A run that ends right in front of the instruction does not fault; the next one does.
    let (program, at) = program(0, RAM + 0x102, &[0xbf00, 0xe9d0, 0x1202]); // nop; ldrd r1, r2, [r0, #8]
    let mut usage_fault = Code::at(USAGE_FAULT);
    usage_fault.bkpt(0);
    let mut rig = Rig::counting(&program, &[(6, &usage_fault)]);
    while rig.pc() != at + 2 {
        let next = rig.core.cycles() + 1;
        assert_eq!(rig.run(next), CoreStop::Horizon);
    }
    assert_eq!(rig.core.fault_report(), None);
    assert_eq!(rig.run_to_breakpoint(), USAGE_FAULT);
}

#[test]
fn a_device_is_accessed_aligned() {
    // A3.2.1 and B3.1, the default memory map: of a Cortex-M7 and M33, an access to Device memory faults unless it is
    // aligned; a Cortex-M3 or M4 makes several of it. ldr r1, [r0]; str; ldrh; strh; it ne; strne;
    // ittt ne; nop; ldrhne; nop
    let cases: [&[u16]; 6] =
        [&[0x6801], &[0x6001], &[0x8801], &[0x8001], &[0xbf18, 0x6001], &[0xbf1e, 0xbf00, 0x8801, 0xbf00]];
    for model in rig::MAINLINE {
        for piece in cases {
            let config = CortexConfig { model, ..rig::config(true) };
            let (program, at) = program(0, DEVICE + 0x11, piece);
            let rig = run(&config, &program);
            if matches!(model, CoreModel::CortexM3 | CoreModel::CortexM4 | CoreModel::CortexM4F) {
                assert_eq!(rig.core.fault_report(), None, "{piece:04x?}");
                assert_ne!(rig.bus.log.len(), 0);
            } else {
                let index = [0, 1, 2, 2][piece.len() - 1];
                assert_fault(&rig, &format!("{model:?} {piece:04x?}"), UNALIGNED, at + 2 * index, DEVICE + 0x11);
                assert_eq!(rig.bus.log.len(), 0);
            }
        }
    }
}

#[test]
fn load_acquire_and_store_release_must_be_aligned() {
    // Arm DDI 0553, B6.5: lda r1, [r0]; ldah; stl r1, [r0]; stlh; ldaex; ldaexh; stlex r3, r1, [r0]; stlexh
    let cases = [
        [0xe8d0, 0x1faf],
        [0xe8d0, 0x1f9f],
        [0xe8c0, 0x1faf],
        [0xe8c0, 0x1f9f],
        [0xe8d0, 0x1fef],
        [0xe8d0, 0x1fdf],
        [0xe8c0, 0x1fe3],
        [0xe8c0, 0x1fd3],
    ];
    let config = CortexConfig { model: CoreModel::CortexM33F, ..rig::config(true) };
    for piece in cases {
        let (refused, at) = program(0, RAM + 0x101, &piece);
        assert_fault(&run(&config, &refused), &format!("{piece:04x?}"), UNALIGNED, at, RAM + 0x101);
        let (taken, _) = program(0, RAM + 0x104, &piece);
        assert_eq!(run(&config, &taken).core.fault_report(), None, "{piece:04x?}");
    }
}

also_on_all! {
    MAINLINE as mainline {
        division_by_zero_gives_zero,
        division_by_zero_is_trapped,
        other_divisions_go_on_while_zero_is_trapped,
        a_trap_is_on_from_the_next_instruction,
        several_words_are_always_aligned,
        an_aligned_one_is_in_order,
        a_base_that_was_loaded_just_before,
        an_it_block_skips_the_division,
        a_division_inside_an_it_block_returns_with_its_itstate,
        the_fault_comes_before_the_access,
        one_word_is_aligned_if_that_is_trapped,
        bytes_are_never_trapped,
        a_table_of_halfwords_is_aligned_if_that_is_trapped,
        what_may_be_unaligned_stands_beside_what_may_not,
        a_routine_is_checked_in_every_mode_it_runs_in,
        instructions_in_ram_are_checked,
        without_its_handler_it_is_a_hard_fault,
        the_horizon_comes_first,
    }
}
