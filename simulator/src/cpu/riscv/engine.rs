//! The door to whatever executes instructions.
//!
//! Two engines stand behind it, both on Unicorn: [`crate::cpu::unicorn::riscv::Fast`], and
//! [`crate::cpu::unicorn::riscv::Oracle`], which takes one instruction at a time and exists to be compared with. What both
//! promise is the same, to the bit:
//!
//! - Time is core cycles by [`super::cycles`]; every access of a device carries the cycle at which its instruction
//!   began.
//! - A run ends at the first instruction boundary at or behind the cycle asked for, and the state there is whole.
//! - Where a run is cut changes nothing of what happens.
//!
//! An engine knows integer and floating-point registers, fcsr, memory and the reservation of LR. Everything privileged is
//! the core's: at each instruction of that kind, and at each that does not exist, the engine stops in front of it.

use serde::{Deserialize, Serialize};

use super::pmp::Protection;
use crate::bus::Bus;
use crate::cpu::image::Image;
use crate::cpu::observed::{Observation, Stretch};

/// What an access to memory wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    /// A load.
    Load,
    /// A store, SC or AMO.
    Store,
    /// An instruction fetch.
    Fetch,
}

/// Why a run came back. [`Engine::pc`] is where the core goes on; what is there has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The cycle asked for is reached.
    Horizon,
    /// [`Bus::take_attention`] said so; the instruction that made the access is complete.
    Attention,
    /// The instruction at `pc` is the core's to execute, or to find illegal.
    Instruction,
    /// [`Engine::trap_float`] is set, and the instruction at `pc` needs the floating-point unit.
    Float,
    /// [`Engine::stall_fetches`] is set, and the instruction at `pc` is in memory that the core cannot write.
    Stalled,
    /// An access that nothing answered, or that is not permitted. The instruction at `pc` has had no effect on registers.
    Fault {
        /// What it wanted.
        kind: AccessKind,
        /// Where: the first byte that is refused.
        address: u64,
    },
    /// An access that must be aligned and is not, likewise.
    Misaligned {
        /// What it wanted.
        kind: AccessKind,
        /// Where.
        address: u64,
    },
}

/// Whose rights count for memory protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Instructions are fetched in M-mode.
    pub machine_fetch: bool,
    /// Loads and stores are made as in M-mode.
    pub machine_data: bool,
}

/// What LR has reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The address.
    pub address: u64,
    /// What was there, which SC compares.
    pub value: u64,
}

/// Executes instructions of one core in exact time.
pub trait Engine {
    /// Runs until cycle `until` or something happens.
    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> Stop;

    /// Core cycles so far.
    fn cycle(&self) -> u64;

    /// Lets `cycles` pass without an instruction: trap entry, sleep.
    fn advance(&mut self, cycles: u64);

    /// Instructions executed so far.
    fn instructions(&self) -> u64;

    /// The core has executed the instruction at `pc`: charges it, and goes on at `next`.
    fn retire(&mut self, next: u64);

    /// Sets both clocks: cycles, and instructions.
    fn set_clock(&mut self, cycle: u64, instructions: u64);

    /// The address of the next instruction.
    fn pc(&self) -> u64;

    /// Goes on at `pc` (bit 0 is ignored).
    fn set_pc(&mut self, pc: u64);

    /// Reads an integer register, 0 to 31.
    fn register(&self, index: u8) -> u64;

    /// Writes an integer register; x0 stays 0.
    fn set_register(&mut self, index: u8, value: u64);

    /// Reads a floating-point register, 64 bits wide: single precision has ones above it.
    fn float_register(&self, index: u8) -> u64;

    /// Writes a floating-point register.
    fn set_float_register(&mut self, index: u8, value: u64);

    /// Reads fcsr.
    fn fcsr(&self) -> u32;

    /// Writes fcsr.
    fn set_fcsr(&mut self, value: u32);

    /// The reservation of LR, if there is one.
    fn reservation(&self) -> Option<Reservation>;

    /// Makes a reservation as LR does, or gives up the one there is.
    fn set_reservation(&mut self, reservation: Option<Reservation>);

    /// Changes whose rights count, and gives up the reservation of LR: a trap or a return was taken, or mstatus written.
    fn set_rights(&mut self, rights: Rights);

    /// Changes what memory protection permits.
    fn set_protection(&mut self, protection: &Protection);

    /// Whether an instruction of the floating-point unit stops the engine with [`Stop::Float`].
    fn trap_float(&mut self, trap: bool);

    /// Whether a block of instructions in memory that the core cannot write stops the engine with [`Stop::Stalled`] in
    /// front of it, as long as such memory is busy.
    fn stall_fetches(&mut self, stall: bool);

    /// Notices stores to these addresses (first, last) from now on, and loads of devices there. What the pages around them
    /// hold costs as much as a device then.
    fn watch(&mut self, ranges: &[(u32, u32)]);

    /// What was noticed since the last call.
    fn take_observed(&mut self) -> Vec<Observation>;

    /// [`Engine::take_ran`] tells from now on when instructions at these addresses (first, last) run, those of `code` and those
    /// of `called`, which it calls: none overlaps another. What happens, and when, does not change by it.
    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]);

    /// When they ran since the last call, in order. An instruction is what it is charged with.
    fn take_ran(&mut self) -> Vec<Stretch>;

    /// Reads memory. `false`, and an unchanged buffer, if some byte is not memory.
    fn read_memory(&self, address: u32, buffer: &mut [u8]) -> bool;

    /// Writes memory as a programmer would, also what the core cannot write; `false` if some byte is not memory.
    /// Instructions that were fetched from there before are forgotten.
    fn load_memory(&mut self, address: u32, bytes: &[u8]) -> bool;

    /// What the memories hold, in the order in which they were given.
    fn save_memories(&self) -> Vec<Image>;

    /// Puts back what [`Engine::save_memories`] gave; `false`, and nothing written, if these are other memories.
    /// Instructions that were fetched from what changes by that are forgotten, and whatever else was left over.
    fn restore_memories(&mut self, images: &[Image]) -> bool;
}
