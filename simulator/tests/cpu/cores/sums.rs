//! Two cores that count together: what they get is plain arithmetic if locks lock and FIFOs carry.

use bksim::cpu::CoreStop;
use bksim::cpu::cortex_m::CoreModel;
use bksim_protocol::message::Stop;

use super::accesses::{NUMBER, Recorder};
use super::{BOTH, Engines, FIRST, SECOND, SIO, SPINLOCK0, first, machine, pair, receive, run, second, send, word};
use crate::asm::{Code, R0, R1, R2, R3, R4, R5, R6};
use crate::rig::RAM;

const COUNTER: u32 = RAM + 0x100;
const ROUNDS: u32 = 1000;

/// Adds one to the counter [`ROUNDS`] times, with the lock or without; `work` lies between load and store.
fn count(code: &mut Code, locked: bool, work: usize) {
    code.mov32(R4, SPINLOCK0).mov32(R5, COUNTER).mov32(R3, ROUNDS).pool();
    let top = code.here();
    if locked {
        code.ldr(R1, R4, 0).cmp(R1, 0).branch_if(0, top);
    }
    code.ldr(R2, R5, 0).nops(work).adds(R2, 1).str(R2, R5, 0);
    if locked {
        code.str(R1, R4, 0);
    }
    code.subs(R3, 1).branch_if(1, top);
}

/// The counter at the end.
fn counted(engines: Engines, locked: bool) -> u32 {
    let (mut one, mut other) = (first(), second());
    count(&mut one, locked, 11);
    one.mov32(R6, SIO);
    receive(&mut one, R0, R6);
    one.bkpt(0);
    count(&mut other, locked, 7);
    other.mov32(R6, SIO).movs(R0, 1);
    send(&mut other, R0, R6, R1);
    other.hang();
    let mut machine = machine(engines, [&one, &other], &[]);
    assert!(matches!(run(&mut machine), Stop::Breakpoint { .. }));
    word(&machine, COUNTER)
}

/// RP2040 Datasheet, 2.3.1.3: who finds a lock taken does not get it.
#[test]
fn a_spinlock_loses_no_count() {
    for engines in BOTH {
        assert_eq!(counted(engines, true), 2 * ROUNDS, "{engines:?}");
    }
}

/// The same without the lock: a count is lost wherever a turn ends between the load and the store. So the lock has something
/// to do.
#[test]
fn without_the_lock_counts_are_lost() {
    let counts = BOTH.map(|engines| counted(engines, false));
    assert_eq!(counts[0], counts[1]);
    assert!((ROUNDS..2 * ROUNDS).contains(&counts[0]), "{counts:?}");
}

/// Core 1 squares what core 0 sends: the sum of the squares of 1 to 100 is 338,350.
#[test]
fn fifos_carry_questions_and_answers() {
    for engines in BOTH {
        let (mut one, mut other) = (first(), second());
        one.mov32(R6, SIO).movs(R4, 100).movs(R5, 0).pool();
        let top = one.here();
        send(&mut one, R4, R6, R1);
        receive(&mut one, R0, R6);
        one.put(&[0x182d]).subs(R4, 1).branch_if(1, top); // adds r5, r5, r0
        one.mov32(R0, COUNTER).str(R5, R0, 0).bkpt(0);
        other.mov32(R6, SIO).pool();
        let top = other.here();
        receive(&mut other, R0, R6);
        other.put(&[0x4340]); // muls r0, r0
        send(&mut other, R0, R6, R1);
        other.branch(top);
        let mut machine = machine(engines, [&one, &other], &[]);
        assert!(matches!(run(&mut machine), Stop::Breakpoint { .. }));
        assert_eq!(word(&machine, COUNTER), 338_350, "{engines:?}");
    }
}

/// LDREX and STREX (Arm DDI 0403E, A3.4): who finds that the other core has stored in between stores nothing, and tries again.
#[test]
fn exclusive_accesses_lose_no_count() {
    for engines in BOTH {
        let count = |base, work| {
            let mut code = Code::at(base);
            code.mov32(R0, COUNTER).mov32(R3, ROUNDS);
            let top = code.here();
            code.put(&[0xe850, 0x1f00]).nops(work).adds(R1, 1); // ldrex r1, [r0]
            code.put(&[0xe840, 0x1200]).cmp(R2, 0).branch_if(1, top); // strex r2, r1, [r0]
            code.subs(R3, 1).branch_if(1, top).wfi();
            code
        };
        let programs = [&count(FIRST, 11), &count(SECOND, 7)];
        let mut core = pair(engines, CoreModel::CortexM3, NUMBER, programs, &[]);
        while core.run(&mut Recorder::default(), core.cycles() + 100_000) != CoreStop::Asleep {}
        let mut sum = [0; 4];
        assert!(core.peek(COUNTER, &mut sum));
        assert_eq!(u32::from_le_bytes(sum), 2 * ROUNDS, "{engines:?}");
        // A round is 7 instructions and the work, if nobody has to try again.
        let least = ROUNDS * (7 + 11 + 7 + 7);
        assert!(core.instructions() > u64::from(least) + 100, "{} and {least}", core.instructions());
    }
}
