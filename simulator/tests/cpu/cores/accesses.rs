//! The order of accesses, and the fast engine against the single-step engine, on random programs for both cores that share
//! data, a routine that both overwrite, and a device.

use bksim::bus::{Access, Bus, BusError};
use bksim::cpu::CoreStop;
use bksim::cpu::cluster::QUANTUM;
use bksim::cpu::cortex_m::CoreModel;

use super::{BOTH, Engines, FIRST, SECOND, pair};
use crate::asm::{Code, R0, R1};
use crate::numbers::seeds;
use crate::random::{self, ROUTINE};
use crate::random_armv6m;
use crate::rig::{DEVICE, DEVICE_ATTENTION, DEVICE_QUIET, RAM, load};

/// A read here tells the core which one it is.
pub(crate) const NUMBER: u32 = 0x4001_0000;

/// Core, cycle, instruction, address, and what was stored.
pub(crate) type Seen = (u8, u64, u32, u32, Option<u32>);

/// The device of [`crate::rig`] for several cores.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    core: u8,
    pub(crate) log: Vec<Seen>,
    attention: bool,
    quiet: bool,
}

impl Bus for Recorder {
    fn read(&mut self, access: Access) -> Result<u32, BusError> {
        self.log.push((self.core, access.cycle, access.pc, access.address, None));
        self.attention |= matches!(access.address, DEVICE_ATTENTION | DEVICE_QUIET);
        self.quiet |= access.address == DEVICE_QUIET;
        Ok(if access.address == NUMBER { self.core.into() } else { access.cycle as u32 })
    }

    fn write(&mut self, access: Access, value: u32) -> Result<(), BusError> {
        self.log.push((self.core, access.cycle, access.pc, access.address, Some(value)));
        self.attention |= access.address == DEVICE_ATTENTION;
        Ok(())
    }

    fn take_attention(&mut self) -> bool {
        std::mem::take(&mut self.attention)
    }

    fn grant(&mut self, core: u8) {
        self.core = core;
    }
}

/// What is compared.
#[derive(Debug, PartialEq)]
struct History {
    accesses: Vec<Seen>,
    cuts: Vec<(u64, u64)>,
    end: String,
    memory: Vec<u8>,
    state: String,
}

/// Runs a pair of random programs, to one multiple of so many cycles after the other.
fn history(engines: Engines, model: CoreModel, seed: u64, every: Option<u64>) -> History {
    let armv6m = model == CoreModel::CortexM0Plus;
    let program = |seed, base| match armv6m {
        true => random_armv6m::program(seed, base, 12, true),
        false => random::program(seed, base, 12, None),
    };
    let programs = [program(2 * seed, FIRST), program(2 * seed + 1, SECOND)];
    let code = |base| if armv6m { Code::armv6m_at(base) } else { Code::at(base) };
    let mut interrupt = code(0x200);
    interrupt.mov32(R0, DEVICE_QUIET).ldr(R1, R0, 0).ret();
    let mut short = code(interrupt.end());
    short.mov32(R0, DEVICE).ldr(R1, R0, 0).ret();
    let fault = random_armv6m::skip_instruction(short.end());
    let mut routine = Code::at(ROUTINE);
    routine.adds(R1, 1).ret();
    let handlers = [(3, &fault), (11, &short), (14, &short), (16, &interrupt)];
    let mut core = pair(engines, model, NUMBER, [&programs[0], &programs[1]], &handlers);
    load(&mut *core, &routine);
    let (mut bus, mut cuts) = (Recorder::default(), Vec::new());
    let end = loop {
        let now = core.cycles();
        if now > 20_000 {
            break "long enough".to_owned();
        }
        let until = every.map_or(u64::MAX, |every| (now / every + 1) * every);
        match core.run(&mut bus, until.min(20_001_u64.next_multiple_of(QUANTUM))) {
            CoreStop::Horizon => cuts.push((core.cycles(), core.instructions())),
            CoreStop::Attention => {
                core.set_irq(0, !bus.quiet, core.cycles());
                bus.quiet = false;
            }
            stop => break format!("{stop:?} at {} {:x}: {:?}", core.cycles(), core.pc(), core.fault_report()),
        }
    };
    let mut memory = vec![0; 0x1_0000];
    assert!(core.peek(RAM, &mut memory));
    let state = serde_json::to_string(&core.save().family).unwrap();
    History { accesses: bus.log, cuts, end, memory, state }
}

fn both_engines_agree(model: CoreModel, seed: u64) {
    let [fast, slow] = BOTH.map(|engines| history(engines, model, seed, Some(1000)));
    let same = fast.accesses.iter().zip(&slow.accesses).take_while(|(fast, slow)| fast == slow).count();
    let around = |log: &[Seen]| log[same.saturating_sub(3).min(log.len())..(same + 2).min(log.len())].to_vec();
    assert_eq!(around(&fast.accesses), around(&slow.accesses), "seed {seed}: access {same} differs");
    assert_eq!(fast.end, slow.end, "seed {seed}");
    assert_eq!(fast.cuts, slow.cuts, "seed {seed}");
    assert!(fast.memory == slow.memory, "seed {seed}: memory differs");
    assert_eq!(fast.state, slow.state, "seed {seed}");
}

#[test]
fn fast_engine_equals_single_step_engine() {
    seeds(60).for_each(|seed| both_engines_agree(CoreModel::CortexM0Plus, seed));
}

#[test]
fn fast_engine_equals_single_step_engine_on_a_cortex_m3() {
    seeds(40).for_each(|seed| both_engines_agree(CoreModel::CortexM3, seed));
}

/// Whatever two cores do, a device sees it in the order of its times, and of equal times core 0's first.
#[test]
fn accesses_come_in_the_order_of_their_times() {
    let mut of_core = [0, 0];
    for seed in seeds(40) {
        let accesses = history(Engines::Fast, CoreModel::CortexM0Plus, seed, None).accesses;
        for pair in accesses.windows(2) {
            let [(one, at, ..), (other, then, ..)] = *pair else { continue };
            assert!((at, one) <= (then, other), "seed {seed}: {pair:?}");
        }
        accesses.iter().for_each(|(core, ..)| of_core[usize::from(*core)] += 1);
    }
    assert!(of_core.iter().all(|accesses| *accesses > 2000), "{of_core:?}");
}

/// Stops at ends of quanta change nothing.
#[test]
fn where_it_is_cut_does_not_matter() {
    for seed in seeds(30) {
        let whole = history(Engines::Fast, CoreModel::CortexM0Plus, seed, None);
        for every in [1, 3] {
            let cut = history(Engines::Fast, CoreModel::CortexM0Plus, seed, Some(every * QUANTUM));
            assert_eq!(
                (&whole.accesses, &whole.end, &whole.state),
                (&cut.accesses, &cut.end, &cut.state),
                "seed {seed}"
            );
            assert!(whole.memory == cut.memory, "seed {seed}");
        }
    }
}
