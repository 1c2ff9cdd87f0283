//! The fast engine against the single-step engine: equal logs of (cycle, PC, bus access) and equal states, whatever the
//! program and wherever runs are cut and interrupts come.
//!
//! `BKSIM_FUZZ_SEEDS=20000` runs so many programs, `BKSIM_FUZZ_SEEDS=17..18` just these.

use bksim::cpu::riscv::{self, RiscvConfig, RiscvModel};
use bksim::cpu::{Core, CoreStop};

use crate::asm::{A0, Code, RA, ZERO};
use crate::numbers::{Numbers, seeds};
use crate::random::{self, ROUTINE};
use crate::rig::{HANDLER, MEI, MSI, MTI, PROGRAM, RAM, RAM_SIZE, Recorder, Seen, config, load};

/// What is compared: where runs were cut and with which registers, all accesses, and how it ended.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) cuts: Vec<(u64, u64, u64, Vec<u64>)>,
    accesses: Vec<Seen>,
    end: String,
    memory: Vec<u8>,
    statistics: String,
}

fn cut(core: &dyn Core) -> (u64, u64, u64, Vec<u64>) {
    (core.cycles(), core.instructions(), core.pc(), (0..32).map(|index| core.register(index)).collect())
}

/// `at_cut` may do with the core what changes nothing.
pub(crate) fn drive(
    mut core: Box<dyn Core>,
    seed: u64,
    config: &RiscvConfig,
    mut at_cut: impl FnMut(&mut Box<dyn Core>),
) -> History {
    let mut n = Numbers::new(seed ^ 0x5555);
    let isa = config.model.isa();
    let program = random::program(&mut n, config.reset_address, HANDLER, isa, seed % 3 == 2);
    load(&mut *core, &program);
    load(&mut *core, &random::handler(HANDLER));
    let mut routine = Code::at(ROUTINE);
    routine.addi(A0, A0, 1).jalr(ZERO, RA, 0);
    load(&mut *core, &routine);
    core.reset();
    let mut bus = Recorder::default();
    let mut history = History::default();
    let mut raise_at = 20 + n.below(300);
    let mut cut_at = 10 + n.below(50);
    loop {
        let now = core.cycles();
        if now >= cut_at {
            history.cuts.push(cut(&*core));
            cut_at = now + 1 + if n.below(3) == 0 { n.below(6) } else { n.below(120) };
            at_cut(&mut core);
        }
        if now >= raise_at {
            core.set_irq([MSI, MTI, MEI][n.below(3) as usize], true, raise_at);
            raise_at = now + 1 + if n.below(4) == 0 { n.below(12) } else { n.below(500) };
        }
        if now > 60_000 {
            history.end = "long enough".into();
            break;
        }
        match core.run(&mut bus, cut_at.min(raise_at)) {
            CoreStop::Horizon => {}
            CoreStop::Asleep => core.sleep_until(cut_at.min(raise_at)),
            CoreStop::Attention => {
                if std::mem::take(&mut bus.quiet) {
                    [MSI, MTI, MEI].into_iter().for_each(|line| core.set_irq(line, false, core.cycles()));
                }
            }
            stop => {
                history.end = format!("{stop:?} at {} {:x}: {:?}", core.cycles(), core.pc(), core.fault_report());
                break;
            }
        }
    }
    history.cuts.push(cut(&*core));
    history.accesses = bus.log;
    history.memory = vec![0; RAM_SIZE as usize];
    assert!(core.peek(RAM, &mut history.memory));
    history.statistics = format!("{:?}", core.statistics());
    history
}

fn compare(model: RiscvModel, seeds: std::ops::Range<u64>) {
    let (mut instructions, mut accesses) = (0, 0);
    for seed in seeds.clone() {
        let config = RiscvConfig {
            instruction_clock: seed % 4 == 3,
            // Every second program runs from RAM.
            reset_address: if seed % 2 == 1 { RAM + 0x8000 } else { PROGRAM },
            ..config(model)
        };
        let fast = drive(riscv::new(&config).expect("core"), seed, &config, |_| {});
        let slow = drive(riscv::new_single_step(&config).expect("core"), seed, &config, |_| {});
        if let Some(at) = (0..fast.accesses.len().max(slow.accesses.len()))
            .find(|&index| fast.accesses.get(index) != slow.accesses.get(index))
        {
            panic!(
                "{model:?}, seed {seed}, access {at}: {:x?}, but {:x?} step by step; before: {:x?}; ends: {}, {}",
                fast.accesses.get(at),
                slow.accesses.get(at),
                &slow.accesses[at.saturating_sub(3)..at],
                fast.end,
                slow.end
            );
        }
        if let Some(at) =
            (0..fast.cuts.len().max(slow.cuts.len())).find(|&index| fast.cuts.get(index) != slow.cuts.get(index))
        {
            panic!(
                "{model:?}, seed {seed}, cut {at}: {:x?}, but {:x?} step by step",
                fast.cuts.get(at),
                slow.cuts.get(at)
            );
        }
        assert_eq!(fast.end, slow.end, "{model:?}, seed {seed}");
        assert!(fast.memory == slow.memory, "{model:?}, seed {seed}: RAM differs");
        assert_eq!(fast.statistics, slow.statistics, "{model:?}, seed {seed}");
        assert!(
            fast.end.starts_with("Breakpoint") || fast.end == "long enough",
            "{model:?}, seed {seed}: {}",
            fast.end
        );
        instructions += fast.cuts.last().expect("one at the end").1;
        accesses += fast.accesses.len();
    }
    println!("{model:?}: {} programs, {instructions} instructions, {accesses} accesses", seeds.end - seeds.start);
    assert!(accesses > 0, "programs that do nothing show nothing");
}

#[test]
fn fast_engine_equals_single_step_engine_rv32imc() {
    compare(RiscvModel::Rv32Imc, seeds(40));
}

#[test]
fn fast_engine_equals_single_step_engine_rv32imac() {
    compare(RiscvModel::Rv32Imac, seeds(100));
}

#[test]
fn fast_engine_equals_single_step_engine_rv32imafc() {
    compare(RiscvModel::Rv32Imafc, seeds(100));
}

#[test]
fn fast_engine_equals_single_step_engine_rv64gc() {
    compare(RiscvModel::Rv64Gc, seeds(100));
}
