//! Accesses over the border of a memory, where one part of them can be made and the other cannot: nothing is.

use bksim::cpu::cortex_m::{self, CortexConfig, CpuError};
use bksim::cpu::{Core, CoreStop};

use crate::asm::{Code, R6, R7};
use crate::rig::{self, PROGRAM, RAM, Recorder, also_on};

/// Below RAM nothing answers. Which bytes an access that faults has written by then, the manual leaves open (Arm DDI 0403E,
/// A3.2.1 and B2.3.4: it may be several accesses to memory); here, none of them, on either engine.
fn memory_behind_a_refused_store(new: fn(&CortexConfig) -> Result<Box<dyn Core>, CpuError>, store: u16) -> [u8; 4] {
    let mut core = new(&rig::config(false)).expect("core");
    let mut program = Code::at(PROGRAM);
    program.mov32(R7, RAM - 2).mov32(R6, 0x1122_3344).put(&[store]).bkpt(1);
    let mut handler = Code::at(0x200);
    handler.bkpt(0);
    rig::load(&mut *core, &program);
    rig::load(&mut *core, &handler);
    for (vector, value) in [(0, rig::STACK), (4, PROGRAM | 1), (12, handler.base | 1)] {
        assert!(core.poke(vector, &value.to_le_bytes()));
    }
    core.reset();
    assert_eq!(core.run(&mut Recorder::default(), 1000), CoreStop::Breakpoint { pc: handler.base.into() });
    let mut memory = [0xff; 4];
    assert!(core.peek(RAM, &mut memory));
    memory
}

#[test]
fn a_store_that_begins_nowhere_and_ends_in_memory_writes_nothing() {
    // str r6, [r7]; str r6, [r7, r0], of which r0 is 0
    for store in [0x603e, 0x503e] {
        assert_eq!(memory_behind_a_refused_store(cortex_m::new, store), [0; 4]);
        assert_eq!(memory_behind_a_refused_store(cortex_m::new_single_step, store), [0; 4]);
    }
}

also_on! {
    [cortex_m4f: CortexM4F, cortex_m7f: CortexM7F, cortex_m33f: CortexM33F] {
        a_store_that_begins_nowhere_and_ends_in_memory_writes_nothing,
    }
}
