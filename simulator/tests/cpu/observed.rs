//! What somebody outside is told of a core's stores and exceptions, on both engines; and that it changes nothing.

use bksim::cpu::cortex_m;
use bksim::cpu::{Observation, Observed};

use crate::asm::{Code, R0, R1, R2, R3};
use crate::engines::drive;
use crate::numbers::seeds;
use crate::rig::{self, DEVICE_ATTENTION, PROGRAM, RAM, Recorder, Rig, STACK, load};

const WATCHED: u32 = RAM + 0x1000;
const SVCALL: u32 = 0x200;

fn store(cycle: u64, address: u32, size: u8, value: u64) -> Observation {
    Observation { cycle, what: Observed::Store { address, size, value } }
}

/// Runs to the end, observed at [`WATCHED`] and the seven bytes behind it.
fn observed(program: &Code, single_step: bool) -> Vec<Observation> {
    let config = rig::config(true);
    let build = if single_step { cortex_m::new_single_step } else { cortex_m::new };
    let mut core = build(&config).expect("core");
    let mut handler = Code::at(SVCALL);
    handler.nop().ret();
    load(&mut *core, program);
    load(&mut *core, &handler);
    for (index, value) in [(0, STACK), (1, PROGRAM | 1), (11, SVCALL | 1)] {
        assert!(core.poke(4 * index, &value.to_le_bytes()));
    }
    core.reset();
    assert!(core.observe(&[(WATCHED, WATCHED + 7)]));
    let mut rig = Rig { core, bus: Recorder::default() };
    rig.run_to_breakpoint();
    rig.core.take_observed()
}

#[test]
fn stores_and_exceptions_are_told_at_the_cycle_at_which_their_instructions_begin() {
    // One instruction is one cycle, and exceptions take none. mov32 is two instructions.
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, WATCHED).movs(R1, 5).movs(R2, 0x66); // cycles 0 to 3
    program.str(R1, R0, 0); // 4
    program.put(&[0x7042]); // 5: strb r2, [r0, #1]
    program.str(R1, R0, 8); // 6: not watched
    program.put(&[0xe9c0, 0x1200]); // 7: strd r1, r2, [r0]
    program.svc(0); // 8; the handler's nop and return are 9 and 10
    program.put(&[0x8082]); // 11: strh r2, [r0, #4]
    program.ldr(R3, R0, 0); // 12: a load
    program.put(&[0xf8c0, 0x1006]); // 13: str.w r1, [r0, #6], of which two bytes are watched
    program.bkpt(0);
    let exception = |cycle, what| Observation { cycle, what };
    let expected = [
        store(4, WATCHED, 4, 5),
        store(5, WATCHED + 1, 1, 0x66),
        store(7, WATCHED, 4, 5),
        store(7, WATCHED + 4, 4, 0x66),
        exception(9, Observed::Enter { exception: Some(11) }),
        exception(11, Observed::Leave),
        store(11, WATCHED + 4, 2, 0x66),
        store(13, WATCHED + 6, 1, 5),
        store(13, WATCHED + 7, 1, 0),
    ];
    for single_step in [false, true] {
        assert_eq!(observed(&program, single_step), expected, "single step: {single_step}");
    }
}

#[test]
fn a_store_whose_neighbour_asks_for_a_stop_is_told_once() {
    let mut program = Code::at(PROGRAM);
    program.mov32(R0, WATCHED).mov32(R3, DEVICE_ATTENTION).movs(R1, 5);
    program.str(R1, R3, 0).str(R1, R0, 0).str(R1, R3, 0).bkpt(0);
    assert_eq!(observed(&program, false), [store(6, WATCHED, 4, 5)]);
}

/// Random programs, with interrupts and cuts anywhere: they do the same, and both engines tell the same.
#[test]
fn whoever_looks_changes_nothing() {
    let mut told = 0;
    for seed in seeds(40) {
        let config = rig::config(seed % 4 == 3);
        let mut seen = [Vec::new(), Vec::new()];
        let plain = drive(cortex_m::new(&config).expect("core"), seed, config.model, |_| {});
        for (seen, build) in seen.iter_mut().zip([cortex_m::new, cortex_m::new_single_step]) {
            let mut core = build(&config).expect("core");
            assert!(core.observe(&[(RAM, RAM + 0x3ff)]));
            let history = drive(core, seed, config.model, |core| seen.extend(core.take_observed()));
            assert!(plain == history, "seed {seed}: it runs otherwise when it is observed");
        }
        let differs = seen[0].iter().zip(&seen[1]).find(|(fast, slow)| fast != slow);
        assert_eq!((differs, seen[0].len()), (None, seen[1].len()), "seed {seed}");
        told += seen[0].len();
    }
    assert!(told > 1000, "only {told} observations");
}
