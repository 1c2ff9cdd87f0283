//! Programs that mean nothing: random halfwords, vectors that point anywhere. Nothing may panic, hang or leave a stop
//! without a reason, and both engines must still agree.

use bksim::cpu::cortex_m::{self, CortexConfig};
use bksim::cpu::{Core, CoreStop};

use crate::asm::Code;
use crate::float_unit::{CPACR, FULL_ACCESS};
use crate::random::Numbers;
use crate::rig::{self, PROGRAM, RAM, Recorder, Seen, also_on};

type End = (String, u64, u64, Vec<u64>, Vec<Seen>, Vec<u8>);

/// `float`: the program begins with the floating-point unit on.
fn run(mut core: Box<dyn Core>, seed: u64, float: bool) -> End {
    let mut n = Numbers::new(seed.wrapping_add(1 << 40));
    let mut flash = Vec::new();
    for index in 0..0x800_u64 {
        let word = match index {
            0 => u64::from(RAM) + 4 * n.below(0x4000),
            1 => u64::from(PROGRAM) | 1,
            2..16 => n.below(0x2000) | u64::from(n.below(8) != 0),
            _ => n.below(1 << 32),
        };
        flash.extend_from_slice(&(word as u32).to_le_bytes());
    }
    assert!(core.poke(0, &flash));
    if float {
        let mut begin = Code::at(PROGRAM);
        begin.store(CPACR, FULL_ACCESS);
        rig::load(&mut *core, &begin);
    }
    core.reset();
    for index in 0..13 {
        let value = match n.below(4) {
            0 => u64::from(RAM) + n.below(0x1_0000),
            1 => u64::from(rig::DEVICE) + n.below(0x40),
            2 => 0xe000_e000 + n.below(0x1000),
            _ => n.below(1 << 32),
        };
        core.set_register(index, value);
    }
    let mut bus = Recorder::default();
    let mut until = 0;
    let stop = loop {
        until += 1 + n.below(40);
        match core.run(&mut bus, until) {
            CoreStop::Horizon if until > 4000 => break CoreStop::Horizon,
            CoreStop::Horizon | CoreStop::Attention | CoreStop::Semihosting { .. } => {}
            stop => break stop,
        }
        if bus.log.len() > 4000 {
            break CoreStop::Attention;
        }
    };
    let registers = (0..16).map(|index| core.register(index)).collect();
    let mut memory = vec![0; 0x1_0000];
    assert!(core.peek(RAM, &mut memory));
    let end = format!("{stop:?} {:?}", core.fault_report().map(|report| report.summary));
    (end, core.cycles(), core.instructions(), registers, bus.log, memory)
}

#[test]
fn garbage_ends_for_a_reason_and_alike() {
    compare(&rig::config(false));
}

#[test]
fn garbage_on_armv6m_ends_for_a_reason_and_alike() {
    compare(&rig::M0.config(false));
    compare(&rig::M0_PLUS.config(false));
}

#[test]
fn garbage_with_floating_point_ends_for_a_reason_and_alike() {
    compare(&rig::m4f(false));
}

fn compare(config: &CortexConfig) {
    let float = config.model.has_float();
    for seed in crate::numbers::seeds(200) {
        let fast = run(cortex_m::new(config).expect("core"), seed, float);
        let slow = run(cortex_m::new_single_step(config).expect("core"), seed, float);
        assert_eq!((&fast.0, fast.1, fast.2), (&slow.0, slow.1, slow.2), "seed {seed}");
        assert_eq!((&fast.3, &fast.4), (&slow.3, &slow.4), "seed {seed}");
        assert!(fast.5 == slow.5, "seed {seed}: RAM differs");
    }
}

also_on! {
    [cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        garbage_with_floating_point_ends_for_a_reason_and_alike,
    }
}
