//! What somebody outside is told of a hart's stores and traps, on both engines; and that it changes nothing.

use bksim::cpu::riscv::{self, RiscvConfig, RiscvModel};
use bksim::cpu::{Observation, Observed};

use crate::asm::{A0, A1, A2, A3, Code, ZERO};
use crate::engines::drive;
use crate::numbers::seeds;
use crate::rig::{DEVICE, HANDLER, PROGRAM, RAM, RAM_SIZE, Recorder, Rig, config, csr, load};

const WATCHED: u32 = RAM + 0x1000;

fn at(cycle: u64, what: Observed) -> Observation {
    Observation { cycle, what }
}

fn store(cycle: u64, address: u32, size: u8, value: u64) -> Observation {
    at(cycle, Observed::Store { address, size, value })
}

/// Runs to the end, observed at [`WATCHED`] and the seven bytes behind it, and at the device's second word.
fn observed(program: &Code, single_step: bool) -> Vec<Observation> {
    let config = RiscvConfig { instruction_clock: true, ..config(RiscvModel::Rv32Imac) };
    let build = if single_step { riscv::new_single_step } else { riscv::new };
    let mut core = build(&config).expect("core");
    let mut handler = Code::at(HANDLER);
    handler.csrr(A3, csr::MEPC).addi(A3, A3, 4).csrrw(ZERO, csr::MEPC, A3).mret();
    load(&mut *core, program);
    load(&mut *core, &handler);
    core.reset();
    assert!(core.observe(&[(WATCHED, WATCHED + 7), (DEVICE + 4, DEVICE + 7)]));
    let mut rig = Rig { core, bus: Recorder::default() };
    rig.run_to_breakpoint();
    rig.core.take_observed()
}

#[test]
fn stores_and_traps_are_told_at_the_cycle_at_which_their_instructions_begin() {
    // One instruction is one cycle, and traps take none. `li` and `csrw` are two instructions and three.
    let mut program = Code::at(PROGRAM);
    program.csrw(csr::MTVEC, HANDLER).li(A0, WATCHED).li(A2, DEVICE); // cycles 0 to 6
    program.addi(A1, ZERO, 0x166); // 7
    program.sw(A1, A0, 0); // 8
    program.store(0, A1, A0, 5); // 9: sb
    program.sw(A1, A0, 8); // 10: not watched
    program.lw(A3, A0, 0); // 11: a load of memory
    program.lw(A3, A2, 4); // 12: one of the device, which answers with the cycle
    program.lw(A3, A2, 0); // 13: not watched
    program.ecall(); // 14; the handler's are 14 to 17
    program.amo(0, 2, A3, A1, A0); // 18 and what it costs: amoadd.w
    program.csrw(csr::MTVEC, 0).ebreak();
    for single_step in [false, true] {
        let seen = observed(&program, single_step);
        let trap = seen.iter().position(|it| matches!(it.what, Observed::Enter { .. })).expect("a trap");
        assert_eq!(
            seen[..trap],
            [
                store(8, WATCHED, 4, 0x166),
                store(9, WATCHED + 5, 1, 0x66),
                at(12, Observed::Load { address: DEVICE + 4, value: 12 }),
            ]
        );
        let whats: Vec<_> = seen[trap..].iter().map(|it| it.what).collect();
        let sum = Observed::Store { address: WATCHED, size: 4, value: 2 * 0x166 };
        let trapped = Observed::Enter { exception: None };
        assert_eq!(whats, [trapped, Observed::WayBack, Observed::Leave, sum], "single step: {single_step}");
    }
}

/// Random programs, with interrupts and cuts anywhere: they do the same, and both engines tell the same.
#[test]
fn whoever_looks_changes_nothing() {
    let mut told = 0;
    for seed in seeds(40) {
        let config = RiscvConfig {
            instruction_clock: seed % 4 == 3,
            reset_address: if seed % 2 == 1 { RAM + 0x8000 } else { PROGRAM },
            ..config(RiscvModel::Rv32Imac)
        };
        let plain = drive(riscv::new(&config).expect("core"), seed, &config, |_| {});
        let mut seen = [Vec::new(), Vec::new()];
        for (seen, build) in seen.iter_mut().zip([riscv::new, riscv::new_single_step]) {
            let mut core = build(&config).expect("core");
            assert!(core.observe(&[(RAM, RAM + RAM_SIZE - 1)]));
            let history = drive(core, seed, &config, |core| seen.extend(core.take_observed()));
            assert!(plain == history, "seed {seed}: it runs otherwise when it is observed");
        }
        let differs = seen[0].iter().zip(&seen[1]).find(|(fast, slow)| fast != slow);
        assert_eq!((differs, seen[0].len()), (None, seen[1].len()), "seed {seed}");
        told += seen[0].len();
    }
    assert!(told > 1000, "only {told} observations");
}
