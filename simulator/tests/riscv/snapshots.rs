//! A hart's state saved and restored: here, in another core, in the other engine. What follows is the same to the cycle.

use bksim::cpu::riscv::{self, RiscvConfig, RiscvModel};
use bksim::cpu::{Core, CoreState, CoreStop};
use serde_json::Value;

use crate::asm::{A0, A1, A2, Code};
use crate::engines::drive;
use crate::numbers::{Numbers, seeds};
use crate::rig::{PROGRAM, RAM, Recorder, Rig, config};

const MODELS: [RiscvModel; 4] = [RiscvModel::Rv32Imc, RiscvModel::Rv32Imac, RiscvModel::Rv32Imafc, RiscvModel::Rv64Gc];

fn fast(config: &RiscvConfig) -> Box<dyn Core> {
    riscv::new(config).expect("core")
}

fn single_step(config: &RiscvConfig) -> Box<dyn Core> {
    riscv::new_single_step(config).expect("core")
}

/// Everything but the memories, as text.
fn registers(state: &CoreState) -> Value {
    serde_json::to_value(&state.family).unwrap()
}

/// Random programs whose core is another one behind every cut, or has been elsewhere in between.
#[test]
fn a_program_does_not_notice_that_its_core_was_restored() {
    for seed in seeds(40) {
        let model = MODELS[(seed % 4) as usize];
        let reset_address = if seed % 8 < 4 { PROGRAM } else { RAM + 0x8000 };
        let config = RiscvConfig { reset_address, ..config(model) };
        let plain = drive(fast(&config), seed, &config, |_| {});
        let (mut n, mut other, mut oracle) = (Numbers::new(seed), fast(&config), single_step(&config));
        let restored = drive(fast(&config), seed, &config, |core| {
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
                    assert_eq!(registers(&oracle.save()), registers(&state), "{model:?}, seed {seed}");
                    std::mem::swap(core, &mut oracle);
                }
                _ => {}
            }
        });
        assert!(restored == plain, "{model:?}, seed {seed}: {:x?}", {
            let at = plain.cuts.iter().zip(&restored.cuts).position(|(a, b)| a != b);
            at.map(|at| (plain.cuts[at].clone(), restored.cuts[at].clone()))
        });
    }
}

/// Unprivileged ISA, 8.2: SC stores if the reservation of LR is still there. Restored between the two, it is.
#[test]
fn the_reservation_is_saved() {
    for model in [RiscvModel::Rv32Imac, RiscvModel::Rv64Gc] {
        let mut program = Code::at(PROGRAM);
        // slli a0, a0, 31: RAM, and not its sign extended to 64 bits.
        program.addi(A0, 0, 1).word(31 << 20 | A0 << 15 | 1 << 12 | A0 << 7 | 0x13).addi(A0, A0, 0x100).addi(A1, 0, 7);
        let set_up = (program.here() - PROGRAM) / 4;
        // lr.w a2, (a0); sc.w a2, a1, (a0)
        program.word(0x1000_202f | A0 << 15 | A2 << 7).word(0x1800_202f | A1 << 20 | A0 << 15 | A2 << 7).ebreak();
        let mut rig = Rig::counting(model, &[&program]);
        let before = rig.core.save();
        assert_eq!(rig.run(u64::from(set_up) + 1), CoreStop::Horizon);
        let between = rig.core.save();
        for build in [fast, single_step] {
            let config = RiscvConfig { instruction_clock: true, ..config(model) };
            let mut other = Rig { core: build(&config), bus: Recorder::default() };
            for _ in 0..2 {
                assert!(other.core.restore(&between));
                assert_eq!(registers(&other.core.save()), registers(&between));
                other.run_to_breakpoint();
                assert_eq!((other.register(A2), other.word(RAM + 0x100)), (0, 7), "{model:?}: it stores");
            }
            assert!(other.core.restore(&between) && other.core.restore(&before));
            assert_eq!(registers(&other.core.save()), registers(&before), "and nothing is left over");
        }
    }
}

#[test]
fn another_core_s_state_is_refused() {
    let mut core = fast(&config(RiscvModel::Rv32Imac));
    let before = registers(&core.save());
    for config in [config(RiscvModel::Rv64Gc), RiscvConfig { hart: 1, ..config(RiscvModel::Rv32Imac) }] {
        assert!(!core.restore(&fast(&config).save()));
        assert_eq!(registers(&core.save()), before);
    }
}
