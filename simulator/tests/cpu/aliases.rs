//! A memory that the core sees at two places: it is one memory, for code too.

use bksim::cpu::cortex_m::{self, CortexConfig};
use bksim::cpu::{Core, CoreStop};

use crate::asm::{Code, R0, R1, R5};
use crate::rig::{self, PROGRAM, RAM, Recorder, also_on};

const ALIAS: u32 = RAM + 0x10_0000;
/// `movs r0, #1; bx lr` and `movs r0, #2; bx lr`.
const ONE: u32 = 0x4770_2001;
const TWO: u32 = 0x4770_2002;

fn config() -> CortexConfig {
    let mut config = rig::config(false);
    config.memories[1].aliases = vec![ALIAS];
    config
}

/// Calls a routine at one place, writes another one at another place, and calls it once more: 1, then 2.
fn call_write_call(
    new: fn(&CortexConfig) -> Result<Box<dyn Core>, bksim::cpu::config::CpuError>,
    place: u32,
    other: u32,
) {
    let mut core = new(&config()).expect("core");
    let mut program = Code::at(PROGRAM);
    program.store(place + 0x100, ONE).mov32(R5, (place + 0x100) | 1);
    program.put(&[0x47a8, 0x4601]); // blx r5; mov r1, r0
    program.store(other + 0x100, TWO).put(&[0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f]); // dsb; isb
    program.put(&[0x47a8]).bkpt(0);
    rig::load(&mut *core, &program);
    assert!(core.poke(0, &rig::STACK.to_le_bytes()) && core.poke(4, &(PROGRAM | 1).to_le_bytes()));
    core.reset();
    let stop = core.run(&mut Recorder::default(), 1000);
    assert!(matches!(stop, CoreStop::Breakpoint { .. }), "{stop:?}, {:?}", core.fault_report());
    assert_eq!((core.register(R1 as u8), core.register(R0 as u8)), (1, 2), "at {place:#x}, written at {other:#x}");
}

#[test]
fn code_that_is_written_at_the_other_place_is_the_new_code() {
    for (place, other) in [(RAM, ALIAS), (ALIAS, RAM), (RAM, RAM), (ALIAS, ALIAS)] {
        call_write_call(cortex_m::new, place, other);
        call_write_call(cortex_m::new_single_step, place, other);
    }
}

also_on! {
    [cortex_m4f: CortexM4F, cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        code_that_is_written_at_the_other_place_is_the_new_code,
    }
}
