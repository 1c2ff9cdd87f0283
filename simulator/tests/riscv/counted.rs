//! When the instructions of some code ran, on both engines; and that it changes nothing who asks.
#![expect(clippy::single_range_in_vec_init, reason = "one stretch of cycles")]

use std::ops::Range;

use bksim::cpu::Stretch;
use bksim::cpu::riscv::{self, RiscvConfig, RiscvModel};

use crate::asm::{A0, A1, Code, ZERO};
use crate::engines::drive;
use crate::numbers::{Numbers, seeds};
use crate::random::ROUTINE;
use crate::rig::{HANDLER, PROGRAM, RAM, Recorder, Rig, config, csr, load};

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

/// Where one instruction is one cycle: parts of blocks, also those that the core itself executes.
#[test]
fn instructions_are_counted_wherever_they_are() {
    let mut program = Code::at(PROGRAM);
    program.addi(A0, ZERO, 2); // 0
    let top = program.here();
    program.addi(A1, A1, 1).csrr(A1, csr::MSCRATCH).addi(A0, A0, -1).bne(A0, ZERO, top).ebreak(); // 1 2 3 4, 5 6 7 8
    let at = |index: u32| (PROGRAM + 4 * index, PROGRAM + 4 * index + 3);
    for (code, expected) in [
        (vec![at(2), at(4)], vec![2..3, 4..5, 6..7, 8..9]),
        (vec![at(1), at(2)], vec![1..3, 5..7]),
        (vec![(PROGRAM, PROGRAM + 19)], vec![0..9]),
        (vec![at(7)], vec![]),
    ] {
        for (build, cycles) in
            [(riscv::new_single_step as fn(&_) -> _, 99), (riscv::new, 99), (riscv::new, 1), (riscv::new, 3)]
        {
            let config = RiscvConfig { instruction_clock: true, ..config(RiscvModel::Rv32Imac) };
            let mut core = build(&config).expect("core");
            load(&mut *core, &program);
            core.reset();
            assert!(core.count_code(&code, &[]));
            let mut rig = Rig { core, bus: Recorder::default() };
            while rig.run(rig.core.cycles() + cycles) == bksim::cpu::CoreStop::Horizon {}
            assert_eq!(own(rig.core.take_ran()), expected, "{code:x?}, every {cycles}");
        }
    }
}

/// Addresses all over what the random programs run: of the code, and of what it calls.
fn code(seed: u64) -> [Vec<(u32, u32)>; 2] {
    let mut n = Numbers::new(seed ^ 0x7777);
    let (mut code, mut called) = (Vec::new(), Vec::new());
    for (first, last) in
        [(PROGRAM, PROGRAM + 0x800), (HANDLER, HANDLER + 0x100), (RAM + 0x8000, RAM + 0x8800), (ROUTINE, ROUTINE + 8)]
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
        let config = RiscvConfig {
            instruction_clock: seed % 4 == 3,
            reset_address: if seed % 2 == 1 { RAM + 0x8000 } else { PROGRAM },
            ..config(RiscvModel::Rv32Imac)
        };
        let plain = drive(riscv::new(&config).expect("core"), seed, &config, |_| {});
        let mut seen = [Vec::new(), Vec::new()];
        for (seen, build) in seen.iter_mut().zip([riscv::new, riscv::new_single_step]) {
            let mut core = build(&config).expect("core");
            let [code, called] = code(seed);
            assert!(core.count_code(&code, &called));
            let history = drive(core, seed, &config, |core| seen.extend(core.take_ran()));
            assert!(plain == history, "seed {seed}: it runs otherwise when it is counted");
        }
        let [fast, slow] = seen.map(joined);
        let differs = fast.iter().zip(&slow).find(|(fast, slow)| fast != slow);
        assert_eq!((differs, fast.len()), (None, slow.len()), "seed {seed}");
        told += fast.len();
    }
    assert!(told > 1000, "only {told} stretches");
}
