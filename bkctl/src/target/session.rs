//! One run of firmware on a target: what is asked, who listens, how it ended.
//!
//! Nothing here knows bksim: a probe's run will have the same shape.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bksim_protocol::message::{GhostOf, Statistics, Stop, Unmodelled};
use bluekernel_boards::model::Board;
use bluekernel_inspect::Memory;

use crate::error::Result;

/// What to run, how far and how fast.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The board.
    pub board: &'a Board,
    /// The firmware.
    pub elf: &'a Path,
    /// Where it is loaded, if it is a raw binary.
    pub address: Option<u64>,
    /// Stop at this virtual time, in picoseconds since reset.
    pub until_ps: Option<u64>,
    /// Virtual seconds in a host second; as fast as possible if absent.
    pub pace: Option<f64>,
    /// When firmware touches what is not modelled.
    pub unmodelled: Unmodelled,
    /// One instruction is one cycle, in place of the core's cycle table.
    pub instruction_clock: bool,
    /// Have the simulator make a ghost trace.
    pub ghost: Option<GhostOf>,
    /// Have the simulator tell in the trace what tracing costs; this file's debug information says where its code is.
    pub trace_cost: Option<PathBuf>,
    /// What is said to the firmware's trace before it starts.
    pub said: Vec<u8>,
    /// Serve a debug probe at this address, for whoever wants to debug the firmware meanwhile.
    pub probe: Option<&'a str>,
    /// Give up after this much of the host's time.
    pub timeout: Option<Duration>,
    /// Set it, and the run ends as by Ctrl-C.
    pub stop: Arc<AtomicBool>,
}

/// Hears what the firmware says, in order.
pub trait Listener {
    /// An RTT up channel was found.
    ///
    /// # Errors
    /// An error ends the run.
    fn channel(&mut self, stream: u8, name: &str) -> Result<()>;

    /// Bytes of a stream (numbers as in `bksim_protocol::frame`), collected at virtual time `time_ps`.
    ///
    /// # Errors
    /// An error ends the run.
    fn data(&mut self, stream: u8, time_ps: u64, bytes: &[u8]) -> Result<()>;

    /// The run has ended and the target stands still: a look at its memory.
    ///
    /// # Errors
    /// An error takes the place of the run's result.
    fn stopped(&mut self, memory: &mut dyn Memory) -> Result<()>;
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The target stopped.
    Stopped(Stop),
    /// The host's time is up.
    Timeout,
    /// Ctrl-C, or the listener has seen enough.
    Interrupted,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Why.
    pub end: End,
    /// Virtual time in picoseconds since reset.
    pub time_ps: u64,
    /// Core cycles since reset.
    pub cycles: u64,
    /// The core's clock at the end, in hertz.
    pub core_hz: u64,
    /// What the simulator measured.
    pub statistics: Statistics,
}

/// Names of exceptions on `board`, by number: on a Cortex-M the architecture's own, and 16 + interrupt number for the
/// chip's; on RISC-V interrupts by their number in mcause.
#[must_use]
pub fn exceptions(board: &Board) -> BTreeMap<u32, String> {
    // Armv7-M Architecture Reference Manual (DDI 0403E), table B1-4.
    const SYSTEM: &[(u32, &str)] = &[
        (1, "Reset"),
        (2, "NMI"),
        (3, "HardFault"),
        (4, "MemManage"),
        (5, "BusFault"),
        (6, "UsageFault"),
        (11, "SVCall"),
        (12, "DebugMonitor"),
        (14, "PendSV"),
        (15, "SysTick"),
    ];
    // RISC-V Privileged Architecture 20211203, table 3.6.
    const RISCV: &[(u32, &str)] = &[
        (1, "supervisor software interrupt"),
        (3, "machine software interrupt"),
        (5, "supervisor timer interrupt"),
        (7, "machine timer interrupt"),
        (9, "supervisor external interrupt"),
        (11, "machine external interrupt"),
    ];
    let named =
        |names: &'static [(u32, &'static str)]| names.iter().map(|(number, name)| (*number, (*name).to_owned()));
    if board.chip.plic().is_some() {
        return named(RISCV).collect();
    }
    let chip = board.chip.peripherals.iter().flat_map(|peripheral| &peripheral.irqs);
    named(SYSTEM).chain(chip.map(|irq| (16 + u32::from(irq.number), irq.name.clone()))).collect()
}
