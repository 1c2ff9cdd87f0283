//! The fast engine against the single-step engine: equal logs of (cycle, PC, bus access) and equal states, whatever the
//! program and wherever runs are cut and interrupts come.
//!
//! `BKSIM_FUZZ_SEEDS=20000` runs so many programs, `BKSIM_FUZZ_SEEDS=17..18` just these; without it the first 200 run,
//! and with floating point or memory protection the first 60.

use bksim::cpu::cortex_m::config::Architecture;
use bksim::cpu::cortex_m::{self, CoreModel, CortexConfig};
use bksim::cpu::{Core, CoreStop, FetchWaits, WaitRegion};

use crate::asm::{Code, R0, R1, R2};
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::mpu;
use crate::numbers::seeds;
use crate::random::{self, Numbers, ROUTINE};
use crate::random_armv6m;
use crate::rig::{self, DEVICE, DEVICE_QUIET, PROGRAM, RAM, Recorder, Seen, also_on, load};

const HANDLERS: u32 = 0x200;

/// What is compared: where runs were cut and with which registers, all accesses, and how it ended.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) cuts: Vec<(u64, u64, Vec<u64>)>,
    accesses: Vec<Seen>,
    end: String,
    memory: Vec<u8>,
    statistics: String,
}

/// `at_cut` may do with the core what changes nothing.
pub(crate) fn drive(
    mut core: Box<dyn Core>,
    seed: u64,
    model: CoreModel,
    mut at_cut: impl FnMut(&mut Box<dyn Core>),
) -> History {
    let mut n = Numbers::new(seed ^ 0x5555);
    let float = model.float();
    let armv6m = model.architecture() == Architecture::V6M;
    let code = |base| if armv6m { Code::armv6m_at(base) } else { Code::at(base) };
    // Every fifth program runs from RAM.
    let base = if seed % 5 == 4 { RAM + 0x4000 } else { PROGRAM };
    let program =
        if armv6m { random_armv6m::program(seed, base, 12, true) } else { random::program(seed, base, 12, float) };
    load(&mut *core, &program);
    let mut interrupt = code(HANDLERS);
    interrupt.mov32(R0, DEVICE_QUIET).ldr(R1, R0, 0);
    if float.is_some() {
        // As much as there can be: all of its context, and the device's value into it.
        interrupt.vmov_to(0, R1).vadd(1, 0, 1).vmul(15, 1, 0).vstr(15, R0, 1).vmrs(R2);
    }
    interrupt.ret();
    load(&mut *core, &interrupt);
    let mut short = code(interrupt.end());
    short.mov32(R0, DEVICE).ldr(R1, R0, 0).ret();
    load(&mut *core, &short);
    // Switches the floating-point unit on again: the instruction, or the return, is tried once more. In Armv6-M there is
    // none, and the instruction is not to be.
    let mut fault = code(short.end());
    if armv6m {
        fault = random_armv6m::skip_instruction(fault.base);
    } else {
        fault.push(0xc0).store(CPACR, FULL_ACCESS).pop(0xc0).ret();
    }
    load(&mut *core, &fault);
    let mut routine = Code::at(ROUTINE);
    routine.adds(R1, 1).ret();
    load(&mut *core, &routine);
    let vectors = [
        (0, rig::STACK),
        (1, base | 1),
        (3, if float.is_some() || armv6m { fault.base | 1 } else { 0 }),
        (11, short.base | 1),
        (14, short.base | 1),
        (16, interrupt.base | 1),
    ];
    for (index, value) in vectors {
        assert!(core.poke(4 * index, &value.to_le_bytes()));
    }
    core.reset();
    let mut bus = Recorder::default();
    let mut history = History::default();
    let mut raise_at = 20 + n.below(300);
    let mut cut_at = 10 + n.below(50);
    loop {
        let now = core.cycles();
        if now >= cut_at {
            history.cuts.push((now, core.instructions(), (0..16).map(|index| core.register(index)).collect()));
            cut_at = now + 1 + if n.below(3) == 0 { n.below(6) } else { n.below(120) };
            at_cut(&mut core);
        }
        if now >= raise_at {
            core.set_irq(0, true, raise_at);
            raise_at = now + 1 + if n.below(4) == 0 { n.below(12) } else { n.below(500) };
        }
        if now > 60_000 {
            history.end = "long enough".into();
            break;
        }
        match core.run(&mut bus, cut_at.min(raise_at)) {
            CoreStop::Horizon => {}
            CoreStop::Attention => {
                core.set_irq(0, !bus.quiet, core.cycles());
                bus.quiet = false;
            }
            stop => {
                history.end =
                    format!("{stop:?} at {} {:x}: {:?}", core.cycles(), core.register(15), core.fault_report());
                break;
            }
        }
    }
    history.cuts.push((core.cycles(), core.instructions(), (0..16).map(|index| core.register(index)).collect()));
    history.accesses = bus.log;
    history.memory = vec![0; 0x1_0000];
    assert!(core.peek(RAM, &mut history.memory));
    history.statistics = format!("{:?}", core.statistics());
    history
}

/// Switches the memory protection unit on. The program does not touch what it forbids; but in each page that it uses
/// something is forbidden, or, for every other seed, in the page behind it, and in one a part of the code.
fn protect(core: &mut dyn Core, seed: u64) {
    let bus = &mut Recorder::default();
    let behind = (seed % 2) as u32 * 0x400;
    let holes =
        [0x3e0, RAM + 0x300 + behind, ROUTINE + 0x100, RAM + 0x4c00, rig::STACK - 0x400 + behind, DEVICE + 0x400];
    for (number, base) in (0..).zip(holes) {
        for (register, value) in [(mpu::RNR, number), (mpu::RBAR, base), (mpu::RASR, mpu::size(5))] {
            core.debugger_write(bus, register, 4, value).expect("register");
        }
    }
    core.debugger_write(bus, mpu::CTRL, 4, mpu::ENABLE | mpu::PRIVDEFENA).expect("register");
}

fn history(single_step: bool, seed: u64, config: &CortexConfig) -> History {
    let build: fn(&CortexConfig) -> _ = if single_step { cortex_m::new_single_step } else { cortex_m::new };
    let mut n = Numbers::new(seed);
    let mut protects = config.mpu_regions > 0;
    drive(build(config).expect("core"), seed, config.model, |core| {
        if std::mem::take(&mut protects) {
            protect(&mut **core, seed);
        }
        // Memories that answer late, and change that now and then, wherever the program is.
        if seed % 2 == 1 && n.one_in(6) {
            let mut region = |base| {
                let branch = n.below(8) as u8;
                let waits =
                    FetchWaits { line: 8 << n.below(3), sequential: n.below(8).min(branch.into()) as u8, branch };
                WaitRegion { base, size: 0x1_0000, waits }
            };
            core.set_waits(&[region(rig::FLASH), region(RAM)]);
        }
    })
}

#[test]
fn fast_engine_equals_single_step_engine() {
    compare(rig::config, seeds(200));
}

#[test]
fn fast_engine_equals_single_step_engine_with_floating_point() {
    compare(rig::m4f, seeds(60));
}

#[test]
fn fast_engine_equals_single_step_engine_on_armv6m() {
    compare(|instruction_clock| rig::M0.config(instruction_clock), seeds(60));
    compare(|instruction_clock| rig::M0_PLUS.config(instruction_clock), seeds(60));
}

#[test]
fn fast_engine_equals_single_step_engine_under_protection() {
    compare(|counting| mpu::protected(&rig::m4f(counting)), seeds(60));
}

fn compare(config: fn(instruction_clock: bool) -> CortexConfig, seeds: std::ops::Range<u64>) {
    let (mut instructions, mut accesses, mut asked) = (0, 0, 0);
    for seed in seeds.clone() {
        let config = config(seed % 4 == 3);
        let (fast, slow) = (history(false, seed, &config), history(true, seed, &config));
        if let Some(at) = (0..fast.accesses.len().max(slow.accesses.len()))
            .find(|&index| fast.accesses.get(index) != slow.accesses.get(index))
        {
            panic!(
                "seed {seed}, access {at}: {:x?}, but {:x?} step by step; before: {:x?}; ends: {}, {}",
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
            panic!("seed {seed}, cut {at}: {:x?}, but {:x?} step by step", fast.cuts.get(at), slow.cuts.get(at));
        }
        assert_eq!(fast.end, slow.end, "seed {seed}");
        assert!(fast.memory == slow.memory, "seed {seed}: RAM differs");
        assert_eq!(fast.statistics, slow.statistics, "seed {seed}");
        assert!(fast.end.starts_with("Breakpoint") || fast.end == "long enough", "seed {seed}: {}", fast.end);
        instructions += fast.cuts.last().map_or(0, |cut| cut.1);
        accesses += fast.accesses.len();
        asked += fast.accesses.iter().filter(|seen| seen.2 == rig::DEVICE_ATTENTION).count();
    }
    println!("{} programs, {instructions} instructions, {accesses} accesses, {asked} stops behind one", seeds.count());
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        fast_engine_equals_single_step_engine_with_floating_point,
    }
}
