//! The exclusive monitor (Arm DDI 0403E, A3.4, B1.5.6 and B1.5.8): what LDREX marks, and what opens it again. On both
//! engines.
//!
//! The granule here is the word, halfword or byte itself: STREX must have the address of the LDREX before it.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m;

use crate::asm::{Code, R0, R3};
use crate::rig::{self, PROGRAM, RAM, Recorder, Rig, STACK, also_on_all, load};

const HANDLER: u32 = 0x200;
const LDREX: [u16; 2] = [0xe850, 0x1f00]; // ldrex r1, [r0]
const STREX: [u16; 2] = [0xe840, 0x1200]; // strex r2, r1, [r0]
const CLREX: [u16; 2] = [0xf3bf, 0x8f2f];

/// Both engines with r0 = RAM + 0x100, the piece, BKPT; SVC and interrupt 0 go to the handler.
fn rigs(piece: &[u16], handler: &[u16]) -> [Rig; 2] {
    [cortex_m::new, cortex_m::new_single_step].map(|build| {
        let mut core = build(&rig::config(true)).expect("core");
        let (mut program, mut isr) = (Code::at(PROGRAM), Code::at(HANDLER));
        program.store(0xe000_e100, 1).mov32(R0, RAM + 0x100).mov32(R3, RAM + 0x200).put(piece).bkpt(0);
        isr.put(handler).ret();
        load(&mut *core, &program);
        load(&mut *core, &isr);
        for (index, value) in [(0, STACK), (1, PROGRAM | 1), (11, HANDLER | 1), (16, HANDLER | 1)] {
            assert!(core.poke(4 * index, &value.to_le_bytes()));
        }
        core.reset();
        Rig { core, bus: Recorder::default() }
    })
}

/// r2 behind the piece: 0 if its STREX has stored.
fn result(piece: &[&[u16]], handler: &[u16]) -> u32 {
    let [fast, slow] = rigs(&piece.concat(), handler).map(|mut rig| {
        rig.run_to_breakpoint();
        rig.register(2)
    });
    assert_eq!(fast, slow);
    fast
}

const SVC: [u16; 1] = [0xdf00];

#[test]
fn a_store_needs_a_mark() {
    assert_eq!(result(&[&STREX], &[]), 1);
    assert_eq!(result(&[&LDREX, &STREX], &[]), 0);
    assert_eq!(result(&[&LDREX, &STREX, &STREX], &[]), 1, "the first one has opened it");
    assert_eq!(result(&[&LDREX, &CLREX, &STREX], &[]), 1);
}

#[test]
fn it_stores_or_not() {
    for (piece, stored) in [([&LDREX[..], &[0x3105], &STREX].concat(), 5), ([&[0x2105][..], &STREX].concat(), 0)] {
        for mut rig in rigs(&piece, &[]) {
            rig.run_to_breakpoint();
            assert_eq!(rig.word(RAM + 0x100), stored);
        }
    }
}

#[test]
fn the_last_load_counts() {
    let other_load = [0xe853, 0x1f00]; // ldrex r1, [r3]
    let other_store = [0xe843, 0x1200]; // strex r2, r1, [r3]
    assert_eq!(result(&[&LDREX, &other_load, &other_store], &[]), 0);
    assert_eq!(result(&[&LDREX, &other_load, &STREX], &[]), 1, "another granule");
    assert_eq!(result(&[&LDREX, &other_store, &STREX], &[]), 1, "one that fails opens it as well");
}

#[test]
fn bytes_and_halfwords() {
    // ldrexb r1, [r0]; strexb r2, r1, [r0]; ldrexh r1, [r0]; strexh r2, r1, [r0]
    let (ldrexb, strexb, ldrexh, strexh) = ([0xe8d0, 0x1f4f], [0xe8c0, 0x1f42], [0xe8d0, 0x1f5f], [0xe8c0, 0x1f52]);
    assert_eq!(result(&[&ldrexb, &strexb], &[]), 0);
    assert_eq!(result(&[&ldrexh, &strexh], &[]), 0);
    assert_eq!(result(&[&strexh], &[]), 1);
    assert_eq!(result(&[&ldrexb, &SVC, &strexb], &[]), 1);
    assert_eq!(result(&[&ldrexh, &SVC, &strexh], &[]), 1);
}

#[test]
fn an_exception_opens_it() {
    // ExceptionTaken and ExceptionReturn both do: ClearExclusiveLocal.
    assert_eq!(result(&[&LDREX, &SVC, &STREX], &[]), 1);
    // The handler's own store: with r0 and r1 as thread mode left them. Its result in r12 is that of the frame.
    let store_in_handler = [0xe840, 0x1200, 0x9202]; // strex r2, r1, [r0]; str r2, [sp, #8]: r2 of the frame
    assert_eq!(result(&[&LDREX, &SVC], &store_in_handler), 1, "entry");
    assert_eq!(result(&[&SVC, &STREX], &LDREX), 1, "return");
    let pair_in_handler = [LDREX[0], LDREX[1], STREX[0], STREX[1], 0x9202];
    assert_eq!(result(&[&LDREX, &SVC], &pair_in_handler), 0, "a handler has its own");
}

#[test]
fn a_mark_inside_an_it_block() {
    // movs r3, #0; it eq; ldrexeq r1, [r0]: marked; movs r3, #1; it eq: not.
    let marked = |value: u16| [0x2300 | value, 0xbf08, LDREX[0], LDREX[1]];
    assert_eq!(result(&[&marked(0), &STREX], &[]), 0);
    assert_eq!(result(&[&marked(1), &STREX], &[]), 1);
    assert_eq!(result(&[&marked(0), &SVC, &STREX], &[]), 1);
}

#[test]
fn an_interrupt_at_any_instruction_makes_the_store_fail() {
    // adds; ldrex; adds; nop; strex; nop: the interrupt comes in front of each.
    let piece = [0x3301, LDREX[0], LDREX[1], 0x3101, 0xbf00, STREX[0], STREX[1], 0xbf00];
    let start = 5 + 2 + 2; // instructions in front of the piece
    for instruction in 0..6 {
        let results = rigs(&piece, &[]).map(|mut rig| {
            assert_eq!(rig.run(start + instruction), CoreStop::Horizon);
            rig.core.set_irq(0, true, start + instruction);
            rig.core.set_irq(0, false, start + instruction);
            rig.run_to_breakpoint();
            rig.register(2)
        });
        // Between the two: behind instructions 2, 3 and 4.
        let between = u32::from((2..5).contains(&instruction));
        assert_eq!(results, [between, between], "in front of instruction {instruction}");
    }
}

also_on_all! {
    MAINLINE as mainline {
        a_store_needs_a_mark,
        it_stores_or_not,
        the_last_load_counts,
        bytes_and_halfwords,
        an_exception_opens_it,
        a_mark_inside_an_it_block,
        an_interrupt_at_any_instruction_makes_the_store_fail,
    }
}
