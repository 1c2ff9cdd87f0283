//! Programs that tell what they find: each value is a store to the device.

use crate::asm::{Code, R2, R3};
use crate::rig::{self, DEVICE, Rig};

pub(crate) trait Tell {
    /// Loads the word at an address and tells it. r2 and r3 are lost.
    fn tell(&mut self, address: u32) -> &mut Self;

    /// Tells a special register, by its number in MRS.
    fn tell_special(&mut self, sysm: u16) -> &mut Self;

    /// Tells a number, to show that the program has come here.
    fn say(&mut self, number: u16) -> &mut Self;
}

impl Tell for Code {
    fn tell(&mut self, address: u32) -> &mut Self {
        self.mov32(R3, address).ldr(R2, R3, 0).mov32(R3, DEVICE).str(R2, R3, 0)
    }

    fn tell_special(&mut self, sysm: u16) -> &mut Self {
        self.mrs(R2, sysm).mov32(R3, DEVICE).str(R2, R3, 0)
    }

    fn say(&mut self, number: u16) -> &mut Self {
        self.movs(R2, number).mov32(R3, DEVICE).str(R2, R3, 0)
    }
}

/// What a program has told so far.
pub(crate) fn told(rig: &Rig) -> Vec<u32> {
    rig.bus.log.iter().filter_map(|seen| seen.4).collect()
}

/// Runs a program of the test's core to its BKPT; what it has told.
pub(crate) fn run(program: &Code, handlers: &[(u32, &Code)]) -> Vec<u32> {
    let mut rig = Rig::with(&rig::config(false), program, handlers);
    rig.run_to_breakpoint();
    told(&rig)
}
