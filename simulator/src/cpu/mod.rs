//! The core: an instruction engine, and around it the architecture that the engine does not know.
//!
//! ```text
//! machine ──▶ cortex_m::CortexM  exceptions, NVIC, SCB, SysTick, DWT   (this crate's own model)
//!                   │
//!                   ▼
//!             engine::Engine     runs instructions, exact to the cycle  (the only door to Unicorn)
//! ```

pub mod cortex_m;
pub mod cycles;
pub mod engine;
pub mod float;
pub mod thumb;
pub mod unicorn;

use crate::bus::Bus;

/// Why [`Core::run`] came back. The core's state is whole and exact at every stop.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        pc: u32,
    },
    /// BKPT 0xAB: a semihosting call with the operation in r0 and its parameter in r1. The caller writes r0 with
    /// [`Core::set_register`] and goes on; `pc` is already behind the instruction.
    Semihosting {
        /// r0.
        operation: u32,
        /// r1.
        parameter: u32,
    },
    /// A fault inside a fault handler of the highest priority.
    Lockup,
    /// AIRCR.SYSRESETREQ was written.
    ResetRequest,
}

/// A core as the machine drives it.
pub trait Core {
    /// Puts the core in its reset state and loads the stack pointer and the program counter from the vector table.
    fn reset(&mut self);

    /// Runs until core cycle `until` or something happens. Interrupts that are pending and enabled are taken first.
    fn run(&mut self, bus: &mut dyn Bus, until: u64) -> CoreStop;

    /// Core cycles since reset, sleep included.
    fn cycles(&self) -> u64;

    /// Instructions executed since reset.
    fn instructions(&self) -> u64;

    /// Lets a sleeping core's clock run to cycle `until`, or to the core's own next event (SysTick) if that is earlier.
    fn sleep_until(&mut self, until: u64);

    /// The cycle of the core's own next event (SysTick), if it has one.
    fn next_event(&self) -> Option<u64>;

    /// Sets the level of external interrupt `line`; `at` is the cycle at which it changed (for latency figures).
    fn set_irq(&mut self, line: u16, level: bool, at: u64);

    /// Makes the non-maskable interrupt pending.
    fn set_nmi(&mut self);

    /// General register 0-15.
    fn register(&self, index: u8) -> u32;

    /// Writes general register 0-14.
    fn set_register(&mut self, index: u8, value: u32);

    /// Reads memory (flash, RAM) without side effects; `false` if some byte is not memory.
    fn peek(&self, address: u32, buffer: &mut [u8]) -> bool;

    /// Writes memory, flash too; `false` if some byte is not memory. Translated code is refreshed.
    fn poke(&mut self, address: u32, bytes: &[u8]) -> bool;

    /// The last fault that was taken, decoded.
    fn fault_report(&self) -> Option<bksim_protocol::message::FaultReport>;

    /// What was measured: switches, latencies, masking.
    fn statistics(&self) -> bksim_protocol::message::Statistics;
}
