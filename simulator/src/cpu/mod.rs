//! The core: an instruction engine, and around it the architecture that the engine does not know.
//!
//! ```text
//! machine ──▶ cortex_m::CortexM  exceptions, NVIC, SCB, SysTick, DWT   (this crate's own models)
//!             riscv::Riscv       modes, traps, interrupts, CSRs, PMP
//!                   │
//!                   ▼
//!             their Engine       runs instructions, exact to the cycle  (the only door to Unicorn)
//! ```

pub mod cluster;
pub mod config;
pub mod cortex_m;
mod delays;
mod distribution;
pub mod image;
mod masked;
mod observed;
pub mod protection;
pub mod riscv;
mod state;
pub mod unicorn;

pub use observed::{Observation, Observed, Stretch};
pub(crate) use state::hash_value;
pub use state::{CoreState, FamilyState};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bus::{Bus, BusError};

/// Why [`Core::run`] came back. The core's state is whole and exact at every stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoreStop {
    /// The cycle asked for is reached (or passed by the one instruction that crosses it).
    Horizon,
    /// The bus asked for attention; the instruction that made the access is complete.
    Attention,
    /// WFI or WFE with nothing to wake it: use [`Core::sleep_until`].
    Asleep,
    /// A BKPT that is not a semihosting call, `pc` at the instruction.
    Breakpoint {
        /// Its address.
        pc: u64,
    },
    /// A semihosting call: the caller answers it with [`Core::answer_semihosting`] and goes on.
    Semihosting {
        /// Which service.
        operation: u32,
        /// Its parameter, mostly the address of a block of fields.
        parameter: u64,
    },
    /// The next instruction is in memory that is busy ([`Core::stall_fetches`]): use [`DebugPort::stand_until`].
    Stalled,
    /// A fault inside a fault handler of the highest priority.
    Lockup,
    /// AIRCR.SYSRESETREQ was written.
    ResetRequest,
    /// The core is in Debug state.
    Halted,
    /// The next instruction's access comes too early: see [`Bus::is_early`]. Only a core among others stops for it.
    Early,
}

/// What it costs to fetch instructions from a memory with wait states, in core cycles beyond the instruction's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchWaits {
    /// Bytes of a line, which are fetched together: a power of two.
    pub line: u32,
    /// For a line that follows the one before; no more than `branch`.
    pub sequential: u8,
    /// For the line of a taken branch's target.
    pub branch: u8,
}

/// A range of addresses with wait states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitRegion {
    /// First address.
    pub base: u32,
    /// Bytes.
    pub size: u32,
    /// What fetching costs there.
    pub waits: FetchWaits,
}

/// A core as the machine drives it.
pub trait Core: DebugPort {
    /// Power comes on: the core is in its reset state, its clock at zero, and no debugger is there. The stack pointer and
    /// the program counter come from the vector table.
    fn reset(&mut self);

    /// A system reset. As [`Core::reset`], but the clock goes on, and so does a debugger.
    fn system_reset(&mut self);

    /// Runs until core cycle `until` or something happens. Interrupts that are pending and enabled are taken first.
    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> CoreStop;

    /// Core cycles since power came on, sleep included.
    fn cycles(&self) -> u64;

    /// Instructions executed since power came on.
    fn instructions(&self) -> u64;

    /// Lets a sleeping core's clock run to cycle `until`, or to the core's own next event (SysTick) if that is earlier.
    fn sleep_until(&mut self, until: u64);

    /// Whether memory that the core cannot write is busy, so that it cannot fetch instructions from there.
    fn stall_fetches(&mut self, stall: bool);

    /// Fetches from these memories cost more from here on, and from no others. That is set from outside, as the memories
    /// are, and no part of the core's state.
    fn set_waits(&mut self, waits: &[WaitRegion]) {
        let _ = waits;
    }

    /// The cycle of the core's own next event (SysTick), if it has one.
    fn next_event(&self) -> Option<u64>;

    /// Sets the level of external interrupt `line`; `at` is the cycle at which it changed (for latency figures).
    fn set_irq(&mut self, line: u16, level: bool, at: u64);

    /// Sets the level of a line into one core, if it is here.
    fn set_irq_of(&mut self, core: u8, line: u16, level: bool, at: u64) {
        if core == 0 {
            self.set_irq(line, level, at);
        }
    }

    /// Makes the non-maskable interrupt pending.
    fn set_nmi(&mut self);

    /// Whether the core sleeps, and nothing has come that wakes it.
    fn is_asleep(&self) -> bool {
        false
    }

    /// Another core has executed SEV.
    fn receive_event(&mut self) {}

    /// Every how many cycles these cores meet: see [`cluster`]. `None` for a single core, which can stop anywhere.
    fn quantum(&self) -> Option<u64> {
        None
    }

    /// The address of the next instruction.
    fn pc(&self) -> u64;

    /// A general register: r0-r15 of a Cortex-M, of which r15 is the program counter, x0-x31 of a RISC-V core. 0 for
    /// others.
    fn register(&self, index: u8) -> u64;

    /// Of a Cortex-M in a handler: the process stack pointer.
    fn interrupted_stack(&self) -> Option<u64> {
        None
    }

    /// Writes a general register but the program counter; what the core's registers are too narrow for is cut off.
    fn set_register(&mut self, index: u8, value: u64);

    /// Puts the result of a semihosting call where the firmware expects it, and goes on behind the call.
    fn answer_semihosting(&mut self, result: u64);

    /// Bytes of a general register, and so of a field of a semihosting parameter block: 4 or 8.
    fn register_size(&self) -> u8 {
        4
    }

    /// Reads memory (flash, RAM) without side effects; `false` if some byte is not memory.
    fn peek(&self, address: u32, buffer: &mut [u8]) -> bool;

    /// Writes memory, flash too; `false` if some byte is not memory. Translated code is refreshed.
    fn poke(&mut self, address: u32, bytes: &[u8]) -> bool;

    /// What the ports of the core's trace unit have taken since the last [`Core::take_stimuli`], by port; nothing for a
    /// core that has none.
    fn stimuli(&self) -> BTreeMap<u8, Vec<u8>> {
        BTreeMap::new()
    }

    /// The same, and it is taken.
    fn take_stimuli(&mut self) -> BTreeMap<u8, Vec<u8>> {
        BTreeMap::new()
    }

    /// From now on [`Core::take_observed`] tells of stores to these addresses (first, last), of loads from there if it is a
    /// device's, and of exceptions. Set from outside, it is no part of the core's state. `false`: this core cannot.
    fn observe(&mut self, ranges: &[(u32, u32)]) -> bool {
        let _ = ranges;
        false
    }

    /// From now on [`Core::take_observed`] tells also of calls of these functions, and of their ends. `false`: this core
    /// cannot.
    fn observe_calls(&mut self, functions: &[u32]) -> bool {
        functions.is_empty()
    }

    /// What was observed since the last call, in order.
    fn take_observed(&mut self) -> Vec<Observation> {
        Vec::new()
    }

    /// From now on [`Core::take_ran`] tells when instructions at these addresses (first, last) run, those of `code` and those of
    /// `called`, which it calls: none overlaps another. Set from outside, it is no part of the core's state. `false`: this core
    /// cannot.
    fn count_code(&mut self, code: &[(u32, u32)], called: &[(u32, u32)]) -> bool {
        let _ = (code, called);
        false
    }

    /// When they ran since the last call, in order.
    fn take_ran(&mut self) -> Vec<Stretch> {
        Vec::new()
    }

    /// All of its state, memories included, between two runs.
    fn save(&mut self) -> CoreState;

    /// Goes back to a state that [`Core::save`] gave, here or in another core that was built alike; `false`, and nothing
    /// changed, if it is another core's. Only what is different now is written, so that going back a little costs little.
    fn restore(&mut self, state: &CoreState) -> bool;

    /// The last fault that was taken, decoded.
    fn fault_report(&self) -> Option<bksim_protocol::message::FaultReport>;

    /// What was measured: switches, latencies, masking.
    fn statistics(&self) -> bksim_protocol::message::Statistics;
}

/// A core as a debug probe reaches it, between two runs: what stands behind the access port for memory, and the clock of a
/// core that stands still. What is here by itself is a core without any of that.
pub trait DebugPort {
    /// Whether a debugger is attached: halting debug is enabled.
    fn is_debugged(&self) -> bool {
        false
    }

    /// Whether the core is in Debug state.
    fn is_halted(&self) -> bool {
        false
    }

    /// A debugger may come at any time: from now on a breakpoint that finds none is a fault, as on a chip.
    fn wire_probe(&mut self) {}

    /// Whether the debugger has asked for a system reset. Asking clears it.
    fn take_reset_request(&mut self) -> bool {
        false
    }

    /// Lets the clock of a core that executes nothing run to cycle `until`.
    fn stand_until(&mut self, until: u64) {
        let _ = until;
    }

    /// A load by the debugger of 1, 2 or 4 bytes, aligned to that: memory, devices, and the core's own registers.
    ///
    /// # Errors
    /// [`BusError`] where nothing answers.
    fn debugger_read(&mut self, bus: &mut dyn Bus, address: u32, size: u8) -> Result<u32, BusError> {
        let _ = (bus, address, size);
        Err(BusError)
    }

    /// A store, likewise. One to flash memory is for whoever programs it, as the core's own.
    ///
    /// # Errors
    /// [`BusError`] where nothing answers.
    fn debugger_write(&mut self, bus: &mut dyn Bus, address: u32, size: u8, value: u32) -> Result<(), BusError> {
        let _ = (bus, address, size, value);
        Err(BusError)
    }
}
