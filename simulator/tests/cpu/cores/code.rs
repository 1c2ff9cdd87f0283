//! Code that one core writes and another one runs, and changes of code that was run before (by the architecture both want
//! DSB and ISB: Arm DDI 0419, A3.5; here a core sees the new instructions as soon as it sees the bytes).

use bksim::cpu::cortex_m::CoreModel;
use bksim_protocol::message::Stop;

use super::accesses::{NUMBER, Recorder};
use super::{BOTH, Engines, SIO, STACKS, first, machine, pair, receive, run, second, send, word};
use crate::asm::{Code, R0, R2, R4, R5, R6, R7};
use crate::rig::{RAM, load};

const ROUTINE: u32 = RAM + 0x1000;
const SUM: u32 = RAM + 0x100;
/// `movs r0, #0; bx lr` as a word: the routine that gives a number, but for the number.
const GIVES: u32 = 0x4770_2000;
/// `blx r7`
const CALL: [u16; 1] = [0x47b8];
/// `orrs r0, r4`; `adds r5, r5, r0`; `adds r0, r0, r2`; `mov r2, r0`
const OR_R4: [u16; 1] = [0x4320];
const ADD_TO_SUM: [u16; 1] = [0x182d];
const ADD_R2: [u16; 1] = [0x1880];
const KEEP: [u16; 1] = [0x4602];

/// Core 0 asks ten times, with what `prepare` makes of the number in r4, and sums up the answers.
fn asks(prepare: impl Fn(&mut Code), then: impl Fn(&mut Code)) -> Code {
    let mut code = first();
    code.mov32(R6, SIO).mov32(R7, ROUTINE).movs(R4, 10).movs(R5, 0).pool();
    let top = code.here();
    prepare(&mut code);
    send(&mut code, R4, R6, R2);
    receive(&mut code, R0, R6);
    code.put(&ADD_TO_SUM);
    then(&mut code);
    code.subs(R4, 1).branch_if(1, top).mov32(R0, SUM).str(R5, R0, 0).bkpt(0);
    code
}

/// Core 1 answers with twice what the routine at an address gives, which it calls twice.
fn answers(routine: u32, then: impl Fn(&mut Code)) -> Code {
    let mut code = second();
    code.mov32(R6, SIO).mov32(R7, routine | 1).pool();
    let top = code.here();
    receive(&mut code, R4, R6);
    code.put(&CALL).put(&KEEP).put(&CALL).put(&ADD_R2);
    then(&mut code);
    send(&mut code, R0, R6, R2);
    code.branch(top);
    code
}

fn sum(engines: Engines, programs: [&Code; 2], handlers: &[(u32, &Code)]) -> u32 {
    let mut machine = machine(engines, programs, handlers);
    let stop = run(&mut machine);
    assert!(matches!(stop, Stop::Breakpoint { .. }), "{stop:?}");
    word(&machine, SUM)
}

/// Ten times another routine in the same place: 2 * (1 + ... + 10).
#[test]
fn a_core_runs_what_the_other_one_writes() {
    let write = |code: &mut Code| {
        code.mov32(R0, GIVES).put(&OR_R4).str(R0, R7, 0).pool();
    };
    for engines in BOTH {
        assert_eq!(sum(engines, [&asks(write, |_| {}), &answers(ROUTINE, |_| {})], &[]), 110, "{engines:?}");
    }
}

/// Both run it, and each changes it for the other: core 1 gives 2n and writes a routine that gives n + 100, which core 0 then
/// calls. 110, and 10 * 100 + 55.
#[test]
fn both_run_it_and_both_write_it() {
    let write = |code: &mut Code| {
        code.mov32(R0, GIVES).put(&OR_R4).str(R0, R7, 0).pool();
    };
    let call = |code: &mut Code| {
        code.adds(R7, 1).put(&CALL).subs(R7, 1).put(&ADD_TO_SUM);
    };
    let rewrite = |code: &mut Code| {
        // mov r5, r0; movs r0, #100; adds r0, r0, r4; strb r0, [r7, #-1] by way of r7; mov r0, r5
        code.put(&[0x4605]).movs(R0, 100).put(&[0x1900]).subs(R7, 1).put(&[0x7038]).adds(R7, 1).put(&[0x4628]);
    };
    for engines in BOTH {
        assert_eq!(sum(engines, [&asks(write, call), &answers(ROUTINE, rewrite)], &[]), 1165, "{engines:?}");
    }
}

/// The frame of an exception is written by no instruction: its first word, r0, is the routine here.
#[test]
fn an_exceptions_frame_is_seen_as_code() {
    let take_exception = |code: &mut Code| {
        code.mov32(R0, GIVES).put(&OR_R4).svc(0).pool();
    };
    let mut handler = Code::armv6m_at(0x200);
    handler.ret();
    let frame = STACKS[0] - 0x20;
    for engines in BOTH {
        let programs = [&asks(take_exception, |_| {}), &answers(frame, |_| {})];
        assert_eq!(sum(engines, programs, &[(11, &handler)]), 110, "{engines:?}");
    }
}

/// A programmer's writes reach the translations of every core, in flash memory, too.
#[test]
fn what_is_written_from_outside_is_run_by_all_cores() {
    for engines in BOTH {
        for routine in [ROUTINE, 0x8000] {
            let calls = |code: &mut Code, to: u32| {
                code.mov32(R7, routine | 1).mov32(R6, to).pool();
                let top = code.here();
                code.put(&CALL).str(R0, R6, 0).branch(top);
            };
            let (mut one, mut other) = (first(), second());
            calls(&mut one, SUM);
            calls(&mut other, SUM + 4);
            let mut core = pair(engines, CoreModel::CortexM0Plus, NUMBER, [&one, &other], &[]);
            let mut bus = Recorder::default();
            for number in [5, 9, 200] {
                let mut code = Code::at(routine);
                code.movs(R0, number).ret();
                load(&mut *core, &code);
                let until = core.cycles() + 2000;
                while core.cycles() < until {
                    core.run(&mut bus, until);
                }
                let mut seen = [0; 8];
                assert!(core.peek(SUM, &mut seen));
                let number = number as u8;
                assert_eq!(seen, [number, 0, 0, 0, number, 0, 0, 0], "{engines:?} {routine:#x}");
            }
        }
    }
}
