//! A core's state saved and restored: here, in another core, in the other engine. What follows is the same to the cycle.

use bksim::cpu::cortex_m::config::Architecture;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};
use bksim::cpu::{Core, CoreState, CoreStop};
use serde_json::Value;

use crate::asm::{Code, R0, R1, R2, R3, R4};
use crate::engines::drive;
use crate::numbers::seeds;
use crate::random::Numbers;
use crate::rig::{self, PROGRAM, RAM, Recorder, Rig};

fn fast(config: &CortexConfig) -> Box<dyn Core> {
    cortex_m::new(config).expect("core")
}

fn single_step(config: &CortexConfig) -> Box<dyn Core> {
    cortex_m::new_single_step(config).expect("core")
}

const MODELS: [CoreModel; 9] = [
    CoreModel::CortexM3,
    CoreModel::CortexM4F,
    CoreModel::CortexM0,
    CoreModel::CortexM7F,
    CoreModel::CortexM0Plus,
    CoreModel::CortexM33F,
    CoreModel::CortexM4,
    CoreModel::CortexM7,
    CoreModel::CortexM33,
];

/// Everything but the memories, as text.
fn registers(state: &CoreState) -> Value {
    serde_json::to_value(&state.family).unwrap()
}

/// Random programs whose core is another one behind every cut, or has been elsewhere in between.
#[test]
fn a_program_does_not_notice_that_its_core_was_restored() {
    for seed in seeds(63) {
        let model = MODELS[(seed % 9) as usize];
        let prio_bits = if model.architecture() == Architecture::V6M { 2 } else { 3 };
        let config = CortexConfig { model, prio_bits, ..rig::config(seed % 4 == 1) };
        let plain = drive(fast(&config), seed, model, |_| {});
        let (mut n, mut other, mut oracle) = (Numbers::new(seed), fast(&config), single_step(&config));
        let restored = drive(fast(&config), seed, model, |core| {
            let state = core.save();
            match n.below(4) {
                0 => {
                    // On, and back.
                    core.run(&mut Recorder::default(), core.cycles() + n.below(400));
                    assert!(core.restore(&state));
                }
                1 => {
                    assert!(other.restore(&state));
                    std::mem::swap(core, &mut other);
                }
                2 => {
                    assert!(oracle.restore(&state));
                    assert_eq!(registers(&oracle.save()), registers(&state), "seed {seed}");
                    std::mem::swap(core, &mut oracle);
                }
                _ => {}
            }
        });
        assert!(restored == plain, "seed {seed}: {:x?}", {
            let at = plain.cuts.iter().zip(&restored.cuts).position(|(a, b)| a != b);
            at.map(|at| (plain.cuts[at].clone(), restored.cuts[at].clone()))
        });
    }
}

/// In front of LDREX, between it and STREX, behind it: the monitor is part of the state.
#[test]
fn the_exclusive_monitor_is_saved() {
    let mut program = Code::at(PROGRAM);
    // ldrex r1, [r0]; adds r1, #1; strex r2, r1, [r0]
    program.mov32(R0, RAM + 0x40).movs(R2, 9).put(&[0xe850, 0x1f00]).adds(R1, 1).put(&[0xe840, 0x1200]).bkpt(0);
    for build in [fast, single_step] {
        let config = rig::config(true);
        let mut rig = Rig { core: build(&config), bus: Recorder::default() };
        rig::load(&mut *rig.core, &program);
        assert!(rig.core.poke(0, &rig::STACK.to_le_bytes()) && rig.core.poke(4, &(PROGRAM | 1).to_le_bytes()));
        rig.core.reset();
        let before = rig.core.save();
        // mov32 of two, movs, ldrex, adds.
        assert_eq!(rig.run(5), CoreStop::Horizon);
        let between = rig.core.save();
        rig.run_to_breakpoint();
        assert_eq!((rig.register(2), rig.word(RAM + 0x40)), (0, 1), "it stores");
        // Behind a STREX that has stored the monitor is open: a state in which it is marked marks it again.
        assert!(rig.core.restore(&between));
        rig.run_to_breakpoint();
        assert_eq!((rig.register(2), rig.word(RAM + 0x40)), (0, 1), "it stores again");
        // And the other way round: marked now, but not in the state.
        assert!(rig.core.restore(&between) && rig.core.restore(&before));
        assert_eq!(rig.core.save().memories, before.memories);
        for _ in 0..3 {
            rig.run(rig.core.cycles() + 1);
        }
        // Over the LDREX.
        let mut strex = Code::at(PROGRAM);
        strex.halfwords = program.halfwords.clone();
        strex.halfwords.drain(5..7);
        rig::load(&mut *rig.core, &strex);
        rig.run_to_breakpoint();
        assert_eq!((rig.register(2), rig.word(RAM + 0x40)), (1, 0), "it does not store");
    }
}

/// Unprivileged code reads zero of what only privileged code may know: a snapshot must not.
#[test]
fn stack_pointers_and_masks_of_unprivileged_code_are_saved() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, RAM + 0x1000).msr(9, R0).movs(R1, 0x40).msr(17, R1).movs(R2, 3).msr(20, R2);
    program.nops(3);
    let here = program.here();
    program.svc(0).bkpt(0);
    let mut handler = Code::at(0x600);
    handler.mrs(R3, 9).mrs(R4, 17).bkpt(1);
    let mut rig = Rig::counting(&program, &[(11, &handler)]);
    // SVCall at priority 0 is not masked by BASEPRI 0x40.
    while rig.pc() != here {
        assert_eq!(rig.run(rig.core.cycles() + 1), CoreStop::Horizon);
    }
    let state = rig.core.save();
    assert_eq!(registers(&rig.core.save()), registers(&state), "saving changes nothing");
    let mut other = Rig { core: fast(&rig::config(true)), bus: Recorder::default() };
    assert!(other.core.restore(&state));
    for rig in [&mut rig, &mut other] {
        rig.run_to_breakpoint();
        // The frame of eight words is on the process stack.
        assert_eq!((rig.register(3), rig.register(4)), (RAM + 0x1000 - 32, 0x40));
        assert_eq!(rig.register(14), 0xffff_fffd);
    }
}

/// MSPLIM and PSPLIM of an Armv8-M core (Arm DDI 0553, B3.21): sysm 10 and 11.
#[test]
fn stack_limits_are_saved() {
    let config = CortexConfig { model: CoreModel::CortexM33F, ..rig::config(true) };
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, RAM + 0x100).mov32(R1, RAM + 0x208).msr(10, R0).msr(11, R1).nops(2);
    program.movs(R0, 0).msr(10, R0).mrs(R3, 10).mrs(R4, 11).bkpt(0);
    for build in [fast, single_step] {
        let mut rig = Rig::with(&config, &program, &[]);
        assert_eq!(rig.run(6), CoreStop::Horizon);
        let state = rig.core.save();
        rig.run_to_breakpoint();
        assert_eq!((rig.register(3), rig.register(4)), (0, RAM + 0x208));
        let mut other = Rig { core: build(&config), bus: Recorder::default() };
        for rig in [&mut rig, &mut other] {
            assert!(rig.core.restore(&state));
            assert_eq!(registers(&rig.core.save()), registers(&state));
            let limits = &registers(&rig.core.save())["CortexM"]["engine"]["registers"]["limits"];
            assert_eq!(limits, &serde_json::json!({ "main": RAM + 0x100, "process": RAM + 0x208 }));
            rig.run_to_breakpoint();
            assert_eq!((rig.register(3), rig.register(4)), (0, RAM + 0x208));
        }
    }
}

/// A branch to an even address, cut just behind it.
#[test]
fn a_cleared_thumb_bit_is_saved() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, PROGRAM + 0x20).bx(R0);
    let mut hard_fault = Code::at(0x600);
    hard_fault.bkpt(0);
    let mut rig = Rig::counting(&program, &[(3, &hard_fault)]);
    assert_eq!(rig.run(3), CoreStop::Horizon);
    let state = rig.core.save();
    for build in [fast, single_step] {
        let mut core = build(&rig::config(true));
        assert!(core.restore(&state));
        assert_eq!(registers(&core.save()), registers(&state));
        assert_eq!(core.run(&mut Recorder::default(), 100), CoreStop::Breakpoint { pc: 0x600 });
        let report = core.fault_report().unwrap();
        assert_eq!((report.pc, report.cfsr), (u64::from(PROGRAM + 0x20), 1 << 17), "INVSTATE");
    }
}

/// Code that runs after a restore is that which was there, wherever it was translated from before.
#[test]
fn translations_follow_a_restore() {
    for base in [0x600, RAM + 0x4000] {
        let mut function = Code::at(base);
        function.movs(R3, 1).ret();
        let mut program = Code::at(PROGRAM);
        program.mov32(R0, base | 1).put(&[0x4780]).bkpt(0); // blx r0
        for build in [fast, single_step] {
            let mut core = build(&rig::config(false));
            rig::load(&mut *core, &program);
            rig::load(&mut *core, &function);
            assert!(core.poke(0, &rig::STACK.to_le_bytes()) && core.poke(4, &(PROGRAM | 1).to_le_bytes()));
            core.reset();
            let mut rig = Rig { core, bus: Recorder::default() };
            let one = rig.core.save();
            rig.run_to_breakpoint();
            // movs r3, #2
            assert!(rig.core.restore(&one) && rig.core.poke(base, &[2, 0x23]));
            let two = rig.core.save();
            rig.run_to_breakpoint();
            assert_eq!(rig.register(3), 2);
            for (state, value) in [(&one, 1), (&two, 2), (&one, 1), (&one, 1), (&two, 2)] {
                assert!(rig.core.restore(state));
                rig.run_to_breakpoint();
                assert_eq!(rig.register(3), value, "{base:#x}");
            }
        }
    }
}

#[test]
fn another_core_s_state_is_refused() {
    let mut core = fast(&rig::config(false));
    let mut larger = rig::config(false);
    larger.memories[1].size *= 2;
    let more_interrupts = CortexConfig { irqs: 33, ..rig::config(false) };
    let before = registers(&core.save());
    for config in [rig::m4f(false), larger, more_interrupts] {
        assert!(!core.restore(&fast(&config).save()), "{config:?}");
        assert_eq!(registers(&core.save()), before);
    }
    assert!(core.restore(&single_step(&rig::config(true)).save()));
}

/// What nobody has written to costs nothing; what did not change is shared.
#[test]
fn states_share_the_memory_that_is_alike() {
    let mut config = rig::config(false);
    config.memories[1].size = 64 << 20;
    let mut core = fast(&config);
    assert!(core.poke(RAM + 0x12_3000, &[1]) && core.poke(0x1000, &[2]));
    let first = core.save();
    assert!(core.poke(RAM + (63 << 20), &[3]));
    let second = core.save();
    let own = |a: &CoreState, b: &CoreState| -> usize {
        a.memories.iter().zip(&b.memories).map(|(ours, theirs)| ours.own_chunks(theirs)).sum()
    };
    assert_eq!((own(&first, &second), own(&second, &first)), (0, 1));
    // A store by the core itself.
    let mut program = Code::at(PROGRAM);
    program.store(RAM + (40 << 20), 7).bkpt(0);
    rig::load(&mut *core, &program);
    assert!(core.poke(0, &rig::STACK.to_le_bytes()) && core.poke(4, &(PROGRAM | 1).to_le_bytes()));
    core.reset();
    assert_eq!(core.run(&mut Recorder::default(), 1000), CoreStop::Breakpoint { pc: (program.here() - 2).into() });
    let third = core.save();
    assert_eq!(third.memories[1].chunk((40 << 20) / 4096).map(|chunk| chunk[0]), Some(7));
    assert!(core.restore(&first));
    assert_eq!(core.save().memories, first.memories);
    assert!(core.restore(&third));
    let mut bytes = [0];
    assert!(core.peek(RAM + (40 << 20), &mut bytes) && bytes == [7]);
}
