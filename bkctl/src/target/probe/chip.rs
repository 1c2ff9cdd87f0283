//! The connected chip: memory, registers, reset. Every error names what was done and why it failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bluekernel_boards::model::Board;
use bluekernel_inspect::Memory;
use bluekernel_inspect::unwind::Registers;
use probe_rs::probe::list::Lister;
use probe_rs::probe::{DebugProbeError, Probe, ProbeCreationError};
use probe_rs::{Core, MemoryInterface as _, Permissions, RegisterId, Session, VectorCatchCondition};

use super::cause;
use super::find::Found;
use super::rtt::Port;
use crate::error::{Error, Exit, Result};

/// How long a core may take to halt.
const PATIENCE: Duration = Duration::from_millis(500);
/// The process stack pointer, as the Debug Core Register Selector numbers it (DDI 0403E, C1.6.3).
const PSP: u16 = 18;
/// The program status registers, likewise.
const XPSR: u16 = 16;

/// A chip behind a probe.
pub struct Chip {
    session: Session,
    board: Board,
    stop: Arc<AtomicBool>,
}

impl Chip {
    /// Connects to the chip of `board`. `stop` is set when the user wants an end.
    ///
    /// # Errors
    /// Exit 2 if the board's chip is unknown to probe-rs; exit 4 if probe or chip do not answer.
    pub fn connect(found: &Found, board: &Board, under_reset: bool, stop: Arc<AtomicBool>) -> Result<Self> {
        let name = board.chip.probe_rs.as_deref().ok_or_else(|| {
            Error::usage(format!("the chip {} has no name in probe-rs", board.chip.name))
                .hint("probe_rs in the chip's file says it")
        })?;
        let probe = open(found)?;
        let permissions = Permissions::default();
        let session =
            if under_reset { probe.attach_under_reset(name, permissions) } else { probe.attach(name, permissions) };
        let doing = format!("cannot connect to the chip {name} by the probe {}", found.title());
        let session = session.map_err(|error| cause::told(doing, &error))?;
        Ok(Self { session, board: board.clone(), stop })
    }

    /// The board.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// probe-rs's session.
    pub const fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// The core that firmware starts on.
    ///
    /// # Errors
    /// Exit 4.
    pub fn core(&mut self) -> Result<Core<'_>> {
        self.session.core(0).map_err(|error| cause::told("cannot reach the core", &error))
    }

    /// Whether the user wants an end.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// An error if the user wants an end.
    ///
    /// # Errors
    /// Exit 130.
    pub fn check_stop(&self, left: &str) -> Result<()> {
        if self.is_stopping() { Err(Error::new(Exit::Interrupted, format!("interrupted; {left}"))) } else { Ok(()) }
    }

    /// Resets the chip and holds the core at its first instruction.
    ///
    /// # Errors
    /// Exit 4.
    pub fn reset_and_halt(&mut self) -> Result<()> {
        let told = |error| cause::told("cannot reset and halt the core", &error);
        self.core()?.reset_and_halt(PATIENCE).map(drop).map_err(told)
    }

    /// Resets the chip and lets it run.
    ///
    /// # Errors
    /// Exit 4.
    pub fn reset(&mut self) -> Result<()> {
        self.core()?.reset().map_err(|error| cause::told("cannot reset the chip", &error))
    }

    /// Lets the core run, if it is halted.
    ///
    /// # Errors
    /// Exit 4.
    pub fn resume(&mut self) -> Result<()> {
        let told = |error| cause::told("cannot let the core run", &error);
        let mut core = self.core()?;
        if core.core_halted().map_err(told)? { core.run().map_err(told) } else { Ok(()) }
    }

    /// Lets a HardFault halt the core, or not.
    ///
    /// # Errors
    /// Exit 4.
    pub fn catch_faults(&mut self, catch: bool) -> Result<()> {
        let mut core = self.core()?;
        let condition = VectorCatchCondition::HardFault;
        let done = if catch { core.enable_vector_catch(condition) } else { core.disable_vector_catch(condition) };
        match done {
            Ok(()) | Err(probe_rs::Error::NotImplemented(_)) => Ok(()),
            Err(error) => Err(cause::told("cannot set the vector catch", &error)),
        }
    }

    /// Reads memory.
    ///
    /// # Errors
    /// Exit 4 with the address.
    pub fn read_memory(&mut self, address: u64, buffer: &mut [u8]) -> Result<()> {
        let doing = format!("cannot read {} bytes at {address:#010x}", buffer.len());
        self.core()?.read(address, buffer).map_err(|error| cause::told(doing, &error))
    }

    /// Reads one word.
    ///
    /// # Errors
    /// Exit 4 with the address.
    pub fn read_word(&mut self, address: u64) -> Result<u32> {
        let doing = format!("cannot read the word at {address:#010x}");
        self.core()?.read_word_32(address).map_err(|error| cause::told(doing, &error))
    }

    /// The registers of the halted core, and its program status registers.
    ///
    /// # Errors
    /// Exit 4.
    pub fn registers(&mut self) -> Result<(Registers, u32)> {
        let mut core = self.core()?;
        let mut read = |number: u16| {
            let value: std::result::Result<u32, _> = core.read_core_reg(RegisterId(number));
            value.map_err(|error| cause::told("cannot read the core's registers", &error))
        };
        let mut registers = Registers { psp: read(PSP)?, ..Registers::default() };
        for (value, number) in registers.r.iter_mut().zip(0..) {
            *value = read(number)?;
        }
        Ok((registers, read(XPSR)?))
    }
}

/// Opens a probe.
fn open(found: &Found) -> Result<Probe> {
    let told = |error: &DebugProbeError| cause::told(format!("cannot open the probe {}", found.title()), error);
    // By the driver that lists it: if all were asked, another one's trouble could take the place of the reason.
    match Lister::new().list(Some(&found.selector)).first() {
        Some(probe) => probe.open().map_err(|error| told(&error)),
        None => Err(told(&DebugProbeError::ProbeCouldNotBeCreated(ProbeCreationError::NotFound))),
    }
}

impl Memory for Chip {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> bool {
        self.read_memory(address, buffer).is_ok()
    }
}

impl Port for Chip {
    fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<()> {
        self.read_memory(address, buffer)
    }

    fn write_word(&mut self, address: u64, value: u32) -> Result<()> {
        let doing = format!("cannot write the word at {address:#010x}");
        self.core()?.write_word_32(address, value).map_err(|error| cause::told(doing, &error))
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<()> {
        let doing = format!("cannot write {} bytes at {address:#010x}", bytes.len());
        self.core()?.write_8(address, bytes).map_err(|error| cause::told(doing, &error))
    }
}
