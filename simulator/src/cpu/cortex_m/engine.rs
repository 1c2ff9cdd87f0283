//! The door to whatever executes instructions.
//!
//! Two engines stand behind it, both on Unicorn: [`crate::cpu::unicorn::Fast`], and [`crate::cpu::unicorn::Oracle`], which
//! takes one instruction at a time and exists to be compared with. What both promise is the same, to the bit:
//!
//! - Time is core cycles by [`super::cycles`]; every access of a device carries the cycle at which its instruction
//!   began.
//! - A run ends at the first instruction boundary at or behind the cycle asked for, and the state there is whole.
//! - Where a run is cut changes nothing of what happens.

use serde::{Deserialize, Serialize};

use super::thumb::demand::Traps;
use crate::bus::{Access, BusError};
use crate::cpu::WaitRegion;
use crate::cpu::image::Image;
use crate::cpu::observed::Stretch;
use crate::cpu::protection::ProtectionMap;

/// The registers of a Cortex-M core that the exception model moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are called what the architecture calls them")]
pub enum Register {
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    R10,
    R11,
    R12,
    /// The stack pointer in use, one of `Msp` and `Psp`.
    Sp,
    Lr,
    Xpsr,
    Msp,
    Psp,
    Control,
    Primask,
    Basepri,
    Faultmask,
    /// S0-S31, counted modulo 32. They and FPSCR mean nothing on a core without floating point.
    S(u8),
    Fpscr,
}

impl Register {
    /// General register 0-14; `None` for others (the program counter is [`Engine::pc`]).
    #[must_use]
    pub fn general(index: u8) -> Option<Self> {
        use Register as R;
        const GENERAL: [Register; 15] = [
            R::R0,
            R::R1,
            R::R2,
            R::R3,
            R::R4,
            R::R5,
            R::R6,
            R::R7,
            R::R8,
            R::R9,
            R::R10,
            R::R11,
            R::R12,
            R::Sp,
            R::Lr,
        ];
        GENERAL.get(usize::from(index)).copied()
    }
}

/// The registers that decide what may interrupt and who is privileged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masks {
    /// PRIMASK.PM.
    pub primask: bool,
    /// FAULTMASK.FM.
    pub faultmask: bool,
    /// BASEPRI.
    pub basepri: u8,
    /// CONTROL: bit 0 nPRIV, bit 1 SPSEL, bit 2 FPCA.
    pub control: u8,
}

/// The addresses below which an Armv8-M core's stack pointers may not go, multiples of 8; 0 is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackLimits {
    /// MSPLIM.
    pub main: u32,
    /// PSPLIM.
    pub process: u32,
}

/// What the instructions reach beyond memory. Called while an engine runs; it must not call the engine.
pub trait System {
    /// A load from outside the memories. `privileged`: by an instruction that asks as privileged code does.
    ///
    /// # Errors
    /// [`BusError`] where nothing answers.
    fn read(&mut self, access: Access, privileged: bool) -> Result<u32, BusError>;

    /// A store outside the memories, or to one that is not writable: see [`crate::bus::Bus::write`].
    ///
    /// # Errors
    /// [`BusError`] where nothing answers.
    fn write(&mut self, access: Access, value: u32, privileged: bool) -> Result<(), BusError>;

    /// Whether the access just made asks the engine to stop behind its instruction. Asking clears it.
    fn take_attention(&mut self) -> bool;

    /// An instruction that may write PRIMASK, FAULTMASK, BASEPRI or CONTROL has ended at `cycle`, in front of the one
    /// at `next`. `true` stops the engine there: an interrupt became takeable, or from here on floating point is to be trapped, or memory to be
    /// protected, or no longer.
    fn masks_written(&mut self, cycle: u64, next: u32, masks: Masks) -> bool;

    /// SEV was executed. `true` stops the engine there: the other cores are to be told.
    fn event_sent(&mut self) -> bool;

    /// A load or store of 1, 2 or 4 bytes of what [`Engine::watch`] names was made. `true` stops the engine behind its
    /// instruction, with [`Stop::Attention`]; it may be told once more before that.
    fn transferred(&mut self, access: Access, value: u32, write: bool) -> bool;
}

/// What an access to memory wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    /// A load.
    Load,
    /// A store.
    Store,
    /// An instruction fetch from where nothing answers.
    Fetch,
    /// An instruction fetch from where execution is not permitted.
    FetchNoExecute,
}

/// Why a run came back. [`Engine::pc`] is where the core goes on, unless a variant says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The cycle asked for is reached.
    Horizon,
    /// [`System::take_attention`] said so; the instruction that made the access is complete.
    Attention,
    /// [`System::masks_written`] said so.
    Takeable,
    /// SVC; `pc` is behind it.
    SupervisorCall,
    /// BKPT; `pc` is at it.
    Breakpoint {
        /// The instruction's immediate.
        immediate: u8,
    },
    /// A branch to an EXC_RETURN value in handler mode; the program counter has no meaning.
    ExceptionReturn {
        /// The value, bit 0 as written.
        value: u32,
    },
    /// An instruction that this core does not have; `pc` is at it.
    Undefined,
    /// An instruction of a coprocessor that this core does not have; `pc` is at it.
    NoCoprocessor,
    /// The T bit is clear; `pc` is at the instruction that cannot be executed.
    InvalidState,
    /// An access that must be aligned and is not; `pc` is at the instruction, which has had no effect.
    Unaligned,
    /// A division by zero, with [`Traps::divide_by_zero`]; `pc` is at the instruction, which has had no effect.
    DivideByZero,
    /// An instruction would have moved the stack pointer below its limit; `pc` is at it.
    StackOverflow,
    /// An address of [`Engine::set_breakpoints`]; `pc` is there, and the instruction has not begun.
    BreakpointUnit,
    /// [`Engine::trap_float`] is set, and the instruction at `pc` needs the floating-point unit. It has not begun.
    Float,
    /// [`Engine::stall_fetches`] is set, and the instruction at `pc` is in memory that the core cannot write. It has not
    /// begun.
    Stalled,
    /// WFI; `pc` is behind it.
    WaitForInterrupt,
    /// WFE; `pc` is behind it.
    WaitForEvent,
    /// A load or store that [`Engine::protect`] does not permit. `pc` is at the instruction, which has had no effect on the
    /// registers; what it stored to addresses in front of this one is stored.
    Violation {
        /// The first byte that is not permitted.
        address: u32,
    },
    /// An access that nothing answered. `pc` is at the instruction, which has had no effect on the registers.
    Fault {
        /// What it wanted.
        kind: AccessKind,
        /// Where.
        address: u32,
    },
}

/// What LDREX has marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Monitor {
    /// The address.
    pub address: u32,
    /// What was there, which STREX compares.
    pub value: u64,
}

/// All registers of a core but the program counter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registers {
    /// r0-r12 and lr.
    pub general: [u32; 14],
    /// MSP, PSP, PRIMASK, BASEPRI, FAULTMASK.
    pub privileged: [u32; 5],
    /// xPSR; T is clear if the core is not in Thumb state.
    pub xpsr: u32,
    /// CONTROL.
    pub control: u32,
    /// S0-S31 and FPSCR; none on a core without floating point.
    pub float: Vec<u32>,
    /// MSPLIM and PSPLIM.
    pub limits: StackLimits,
    /// The exclusive monitor.
    pub monitor: Option<Monitor>,
}

/// An engine's state but for its memories. It is the same for both engines and for wherever a run was cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineState {
    /// The registers.
    pub registers: Registers,
    /// See [`Engine::pc`].
    pub pc: u32,
    /// See [`Engine::cycle`].
    pub cycle: u64,
    /// See [`Engine::instructions`].
    pub instructions: u64,
    /// The last instruction was a single load or store: one that follows takes a cycle less.
    pub single_was_last: bool,
}

/// Executes instructions of one core in exact time.
pub trait Engine {
    /// Runs until cycle `until` or something happens.
    fn run(&mut self, system: &mut dyn System, until: u64) -> Stop;

    /// Core cycles so far.
    fn cycle(&self) -> u64;

    /// Lets `cycles` pass without an instruction: exception entry, sleep.
    fn advance(&mut self, cycles: u64);

    /// Counts an instruction of one cycle that the caller has executed.
    fn retire(&mut self);

    /// Instructions executed so far.
    fn instructions(&self) -> u64;

    /// Sets both clocks to zero.
    fn reset_clock(&mut self);

    /// The address of the next instruction, bit 0 clear.
    fn pc(&self) -> u32;

    /// Goes on at `pc` (bit 0 is ignored), with an empty pipeline.
    fn set_pc(&mut self, pc: u32);

    /// Reads a register.
    fn register(&self, register: Register) -> u32;

    /// Writes a register; Xpsr and Control only by [`Engine::set_mode`], where a write here changes nothing.
    fn set_register(&mut self, register: Register, value: u32);

    /// Reads several registers, which is cheaper than one after the other. The slices are of equal length.
    fn read_registers(&self, registers: &[Register], values: &mut [u32]);

    /// Writes several registers.
    fn write_registers(&mut self, registers: &[Register], values: &[u32]);

    /// Changes mode and stack: IPSR from the low 9 bits of `xpsr`, flags, IT and T from the rest, CONTROL as given.
    /// The stack pointers keep their values; which of them is [`Register::Sp`] follows.
    fn set_mode(&mut self, xpsr: u32, control: u8);

    /// [`Engine::set_mode`] and then [`Engine::write_registers`], which is cheaper than one after the other.
    fn switch(&mut self, xpsr: u32, control: u8, registers: &[Register], values: &[u32]) {
        self.set_mode(xpsr, control);
        self.write_registers(registers, values);
    }

    /// MSPLIM and PSPLIM, which instructions write and obey; zeros for a core that has none.
    fn stack_limits(&self) -> StackLimits;

    /// Sets MSPLIM and PSPLIM, if the core has them.
    fn set_stack_limits(&mut self, limits: StackLimits);

    /// Reads memory. `false`, and an unchanged buffer, if some byte is not memory.
    fn read_memory(&self, address: u32, buffer: &mut [u8]) -> bool;

    /// Writes memory as the core would: `false`, and nothing written, if some byte is not writable memory.
    fn write_memory(&mut self, address: u32, bytes: &[u8]) -> bool;

    /// Stops with [`Stop::BreakpointUnit`] in front of the instructions at these addresses (first, last) until others are
    /// set. A run that begins at one of them stops at once. Costs time only when they change.
    fn set_breakpoints(&mut self, ranges: &[(u32, u32)]);

    /// Tells the system of each load and store of these addresses (first, last), [`System::transferred`], until others are
    /// set. What the pages around them hold costs as much as a device then.
    fn watch(&mut self, ranges: &[(u32, u32)]);

    /// [`Engine::take_ran`] tells from now on when instructions at these addresses (first, last) run, those of `code` and those
    /// of `called`, which it calls: none overlaps another. What happens, and when, does not change by it.
    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]);

    /// When they ran since the last call, in order. An instruction is what it is charged with.
    fn take_ran(&mut self) -> Vec<Stretch>;

    /// Whether an instruction of the floating-point unit stops the engine with [`Stop::Float`]. One that its IT block
    /// skips does not. Instructions leave CONTROL.FPCA alone, trapped or not: only MSR and [`Engine::set_mode`] write it.
    fn trap_float(&mut self, trap: bool);

    /// Which of the traps that firmware can switch on are on; none at first. What always must be aligned is so without.
    fn set_traps(&mut self, traps: Traps);

    /// Opens the exclusive monitor, as CLREX does: the next STREX fails.
    fn open_monitor(&mut self);

    /// What instructions may load, store and execute from now on; `None`: everything. It comes before everything else that
    /// may be wrong with an access. One to what is not permitted is a [`Stop::Violation`], a fetch a [`Stop::Fault`]. Does
    /// not concern [`Engine::read_memory`] and its neighbours.
    fn protect(&mut self, map: Option<&ProtectionMap>);

    /// Whether a block of instructions in memory that the core cannot write stops the engine with [`Stop::Stalled`] in
    /// front of it, as long as such memory is busy.
    fn stall_fetches(&mut self, stall: bool);

    /// Fetches from these memories cost more from here on, and from no others.
    fn set_waits(&mut self, waits: &[WaitRegion]);

    /// Writes memory as a programmer would, also what the core cannot write; `false` if some byte is not memory.
    /// Instructions that were fetched from there before are forgotten.
    fn load_memory(&mut self, address: u32, bytes: &[u8]) -> bool;

    /// The state but for the memories.
    fn save(&self) -> EngineState;

    /// Goes back to a state that [`Engine::save`] gave. The memories, and what was set to stop at, stay as they are.
    fn restore(&mut self, state: &EngineState);

    /// What the memories hold, in the order in which they were given.
    fn save_memories(&self) -> Vec<Image>;

    /// Puts back what [`Engine::save_memories`] gave; `false`, and nothing written, if these are other memories.
    /// Instructions that were fetched from what changes by that are forgotten.
    fn restore_memories(&mut self, images: &[Image]) -> bool;
}
