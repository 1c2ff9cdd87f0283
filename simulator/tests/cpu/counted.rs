//! When the instructions of some code ran, on both engines; and that it changes nothing who asks.
#![expect(clippy::single_range_in_vec_init, reason = "one stretch of cycles")]

use std::ops::Range;

use bksim::cpu::{Core, Stretch, cortex_m};

use crate::asm::{Code, R0, R1, R2};
use crate::engines::drive;
use crate::numbers::{Numbers, seeds};
use crate::random::ROUTINE;
use crate::rig::{self, PROGRAM, RAM, Recorder, Rig, STACK, load};

/// What follows without a cycle in between is one, also where somebody looked in between.
fn joined(ran: Vec<Stretch>) -> Vec<Stretch> {
    let mut joined: Vec<Stretch> = Vec::new();
    for stretch in ran {
        match joined.last_mut() {
            Some(last) if last.called == stretch.called && last.cycles.end == stretch.cycles.start => {
                last.cycles.end = stretch.cycles.end;
            }
            _ => joined.push(stretch),
        }
    }
    joined
}

/// The code's own cycles alone.
fn own(ran: Vec<Stretch>) -> Vec<Range<u64>> {
    joined(ran).into_iter().filter(|stretch| !stretch.called).map(|stretch| stretch.cycles).collect()
}

/// Runs to the breakpoint, with stops after every `cycles`: when instructions at these addresses ran.
fn ran(program: &Code, code: &[(u32, u32)], single_step: bool, cycles: u64) -> Vec<Range<u64>> {
    let config = rig::config(false);
    let mut core = if single_step { cortex_m::new_single_step(&config) } else { cortex_m::new(&config) }.expect("core");
    load(&mut *core, program);
    assert!(core.poke(0, &STACK.to_le_bytes()) && core.poke(4, &(program.base | 1).to_le_bytes()));
    core.reset();
    assert!(core.count_code(code, &[]));
    let mut rig = Rig { core, bus: Recorder::default() };
    while rig.run(rig.core.cycles() + cycles) == bksim::cpu::CoreStop::Horizon {}
    own(rig.core.take_ran())
}

/// The same on both engines, wherever they are stopped.
fn ran_everywhere(program: &Code, code: &[(u32, u32)], expected: &[Range<u64>]) {
    for (single_step, cycles) in [(true, 1000), (false, 1000), (false, 1), (false, 2), (false, 3), (false, 5)] {
        assert_eq!(ran(program, code, single_step, cycles), expected, "single step: {single_step}, every {cycles}");
    }
}

/// Cycles by the Cortex-M3's table: one for each, a branch that is taken refills in two more.
#[test]
fn a_part_of_a_block_and_a_branch_either_way() {
    let mut program = Code::at(PROGRAM);
    program.movs(R0, 2); // 0
    let top = program.here();
    program.adds(R1, 1).adds(R1, 1).subs(R0, 1).branch_if(1, top).bkpt(0); // 1 2 3 4-7, 7 8 9 10
    let at = |index: u32| (PROGRAM + 2 * index, PROGRAM + 2 * index + 1);
    ran_everywhere(&program, &[at(2), at(4)], &[2..3, 4..7, 8..9, 10..11]);
    ran_everywhere(&program, &[at(3)], &[3..4, 9..10]);
    ran_everywhere(&program, &[(PROGRAM, PROGRAM + 9)], &[0..11]);
    ran_everywhere(&program, &[at(0), at(1), at(2)], &[0..3, 7..9]);
    ran_everywhere(&program, &[at(6)], &[]);
    ran_everywhere(&program, &[], &[]);
}

/// Of two single loads one behind the other, the second takes a cycle less.
#[test]
fn a_load_behind_another_one_costs_less() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, RAM).ldr(R1, R0, 0).ldr(R2, R0, 4).nop().bkpt(0); // 0 1 2-4 4-5 5
    ran_everywhere(&program, &[(PROGRAM + 10, PROGRAM + 11)], &[4..5]);
    ran_everywhere(&program, &[(PROGRAM + 8, PROGRAM + 9)], &[2..4]);
}

#[test]
fn code_that_is_not_asked_for_any_more_is_not_told() {
    let mut program = Code::at(PROGRAM);
    program.nops(8).bkpt(0);
    let mut rig = Rig::new(&program, &[]);
    assert!(rig.core.count_code(&[(PROGRAM, PROGRAM + 99)], &[]));
    rig.run(4);
    assert_eq!(own(rig.core.take_ran()), [0..4]);
    assert!(rig.core.count_code(&[], &[]));
    rig.run_to_breakpoint();
    assert_eq!(rig.core.take_ran(), []);
}

/// Addresses all over what the random programs run: of the code, and of what it calls.
fn code(seed: u64) -> [Vec<(u32, u32)>; 2] {
    let mut n = Numbers::new(seed ^ 0x7777);
    let (mut code, mut called) = (Vec::new(), Vec::new());
    for (first, last) in
        [(0x200, 0x300), (PROGRAM, PROGRAM + 0x600), (ROUTINE, ROUTINE + 4), (RAM + 0x4000, RAM + 0x4600)]
    {
        let mut at = first;
        while at < last {
            let end = at + 2 + 2 * n.below(30) as u32;
            if n.below(3) == 0 { &mut called } else { &mut code }.push((at, end - 1));
            at = end + 2 + 2 * n.below(40) as u32;
        }
    }
    [code, called]
}

/// Random programs, with interrupts and cuts anywhere: they do the same, and both engines tell the same.
#[test]
fn whoever_counts_changes_nothing() {
    let mut told = 0;
    for seed in seeds(60) {
        let config = rig::config(seed % 4 == 3);
        let mut seen = [Vec::new(), Vec::new()];
        let plain = drive(cortex_m::new(&config).expect("core"), seed, config.model, |_| {});
        for (seen, build) in seen.iter_mut().zip([cortex_m::new, cortex_m::new_single_step]) {
            let mut core: Box<dyn Core> = build(&config).expect("core");
            let [code, called] = code(seed);
            assert!(core.count_code(&code, &called));
            let history = drive(core, seed, config.model, |core| seen.extend(core.take_ran()));
            assert!(plain == history, "seed {seed}: it runs otherwise when it is counted");
        }
        let [fast, slow] = seen.map(joined);
        let differs = fast.iter().zip(&slow).find(|(fast, slow)| fast != slow);
        assert_eq!((differs, fast.len()), (None, slow.len()), "seed {seed}");
        told += fast.len();
    }
    assert!(told > 1000, "only {told} stretches");
}
