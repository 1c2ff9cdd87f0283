//! Firmware that runs on a chip: what it says over RTT and semihosting, until it ends.

use std::time::{Duration, Instant};

use bksim_protocol::frame;
use bksim_protocol::message::Stop;
use bluekernel_boards::model::Board;
use probe_rs::semihosting::SemihostingCommand;
use probe_rs::{BreakpointCause, CoreStatus, HaltReason};

use super::chip::Chip;
use super::rtt::{Found, Rtt};
use super::{cause, fault, layout};
use crate::error::Result;
use crate::target::session::{End, Listener};

/// How long to wait when the firmware has said nothing. The kernel's trace ring holds 0.1 s of a busy system.
const IDLE: Duration = Duration::from_millis(2);
/// How often to look at the core while the firmware talks.
const LOOK: Duration = Duration::from_millis(20);
/// Semihosting handles of the console, as newlib numbers them.
const STDOUT: u32 = 2;
const STDERR: u32 = 3;

/// What to watch for.
#[derive(Debug)]
pub struct Watch {
    /// Text and trace.
    pub rtt: Rtt,
    /// A down channel that a byte is sent to once, when it is there: it asks the kernel's trace for a keyframe.
    pub wake: Option<usize>,
    /// End after this much of the host's time.
    pub duration: Option<Duration>,
    /// Give up after this much of the host's time.
    pub timeout: Option<Duration>,
}

impl Watch {
    /// A watch on the chip of `board`, whose RTT control block is at `block` or somewhere in RAM.
    #[must_use]
    pub fn new(board: &Board, block: Option<u64>) -> Self {
        let memories = &board.chip.memory;
        let range = |memory: &bluekernel_boards::model::Memory| memory.base..memory.base.saturating_add(memory.size);
        let ram = memories.iter().filter(|memory| layout::is_ram(memory)).map(range).collect();
        let rtt = Rtt::new(block, ram, memories.iter().map(range).collect());
        Self { rtt, wake: None, duration: None, timeout: None }
    }

    /// Listens while the firmware runs. When it has ended the core stands still, otherwise it runs on.
    ///
    /// # Errors
    /// Exit 4 if the chip cannot be reached any more; what the listener says.
    pub fn run(&mut self, chip: &mut Chip, listener: &mut dyn Listener) -> Result<End> {
        let started = Instant::now();
        let (mut said, mut looked) = (false, None::<Instant>);
        let end = loop {
            // While the firmware talks, its rings come first: they are what overflows.
            let is_time = looked.is_none_or(|looked| looked.elapsed() >= LOOK);
            let stop = if said && !is_time { None } else { self.look(chip, listener, started)? };
            if !said || is_time {
                looked = Some(Instant::now());
            }
            // After the look: what the firmware said before it ended is still there.
            said = self.poll(chip, listener, started)?;
            if let Some(stop) = stop {
                break End::Stopped(stop);
            }
            if chip.is_stopping() {
                break End::Interrupted;
            }
            if self.duration.is_some_and(|duration| started.elapsed() >= duration) {
                break End::Stopped(Stop::Time);
            }
            if self.timeout.is_some_and(|timeout| started.elapsed() >= timeout) {
                break End::Timeout;
            }
            if !said {
                std::thread::sleep(IDLE);
            }
        };
        listener.stopped(chip)?;
        Ok(end)
    }

    /// Takes what is in the rings; `true` if there was something.
    fn poll(&mut self, chip: &mut Chip, listener: &mut dyn Listener, started: Instant) -> Result<bool> {
        let found = self.rtt.poll(chip)?;
        let said = !found.is_empty();
        for one in found {
            match one {
                Found::Channel { number, name } => listener.channel(stream(number), &name)?,
                Found::Bytes { number, bytes } => listener.data(stream(number), picoseconds(started), &bytes)?,
            }
        }
        if let Some(number) = self.wake.filter(|_| self.rtt.is_attached())
            && self.rtt.send(chip, number, 0)?
        {
            self.wake = None;
        }
        Ok(said)
    }

    /// Looks at the core; `Some` if the firmware has ended.
    fn look(&self, chip: &mut Chip, listener: &mut dyn Listener, started: Instant) -> Result<Option<Stop>> {
        let told = |error| cause::told("cannot read the core's state", &error);
        let status = chip.core()?.status().map_err(told)?;
        match status {
            CoreStatus::Running | CoreStatus::Sleeping | CoreStatus::Unknown => Ok(None),
            CoreStatus::LockedUp => {
                let mut core = chip.core()?;
                // A locked-up core has no registers to read until it is halted.
                core.halt(Duration::from_millis(500)).map(drop).map_err(told)?;
                drop(core);
                let report = faulting(chip)?.unwrap_or_default();
                Ok(Some(Stop::Lockup { report }))
            }
            CoreStatus::Halted(HaltReason::Breakpoint(BreakpointCause::Semihosting(command))) => {
                semihosting(chip, command, listener, started)
            }
            CoreStatus::Halted(reason) => {
                tracing::debug!(?reason, "halted");
                let (registers, _) = chip.registers()?;
                Ok(Some(match faulting(chip)? {
                    Some(report) => Stop::Fault { report },
                    None => Stop::Breakpoint { pc: u64::from(registers.r[15] & !1) },
                }))
            }
        }
    }
}

/// The stream of an up channel.
const fn stream(channel: usize) -> u8 {
    frame::RTT_UP + channel as u8
}

/// The host's time since the watch began, as listeners want it.
fn picoseconds(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_mul(1000)
}

/// What happened, if the halted core handles a fault (exceptions 3 to 6, DDI 0403E table B1-4).
fn faulting(chip: &mut Chip) -> Result<Option<bksim_protocol::message::FaultReport>> {
    let (registers, xpsr) = chip.registers()?;
    if !(3..=6).contains(&(xpsr & 0x1ff)) {
        return Ok(None);
    }
    let pc = stacked_pc(chip, &registers).unwrap_or(registers.r[15]);
    let values = registers.r[..15].iter().map(|value| u64::from(*value)).collect();
    fault::report(chip, u64::from(pc), values).map(Some)
}

/// Where the fault happened, if the handler has only just begun: later its link register is another one, and the
/// backtrace tells.
fn stacked_pc(chip: &mut Chip, registers: &bluekernel_inspect::unwind::Registers) -> Option<u32> {
    const EXC_RETURN: u32 = 0xffff_ffe0;
    const STACKED_PC: u64 = 24;
    let lr = registers.r[14];
    if lr & EXC_RETURN != EXC_RETURN {
        return None;
    }
    let frame = if lr & 4 == 0 { registers.r[13] } else { registers.psp };
    chip.read_word(u64::from(frame) + STACKED_PC).ok()
}

/// Serves a semihosting call; `Some` if it is the end. All others go on, with a failure if they are not known here.
fn semihosting(
    chip: &mut Chip,
    command: SemihostingCommand,
    listener: &mut dyn Listener,
    started: Instant,
) -> Result<Option<Stop>> {
    let told = |error| cause::told("cannot serve the firmware's semihosting call", &error);
    let mut core = chip.core()?;
    let text = match command {
        SemihostingCommand::ExitSuccess => return Ok(Some(Stop::Exit { code: 0 })),
        SemihostingCommand::ExitError(details) => {
            let code = details.exit_status.map_or(1, u32::cast_signed);
            return Ok(Some(Stop::Exit { code }));
        }
        SemihostingCommand::WriteConsole(request) => request.read(&mut core).map_err(told)?.into_bytes(),
        SemihostingCommand::Open(request) => {
            let is_console = request.path(&mut core).is_ok_and(|path| path == ":tt");
            let handle = if request.mode().starts_with('a') { STDERR } else { STDOUT };
            if let Some(handle) = std::num::NonZeroU32::new(handle).filter(|_| is_console) {
                request.respond_with_handle(&mut core, handle).map_err(told)?;
            }
            Vec::new()
        }
        SemihostingCommand::Write(request) if matches!(request.file_handle(), STDOUT | STDERR) => {
            let bytes = request.read(&mut core).map_err(told)?;
            request.write_status(&mut core, 0).map_err(told)?;
            bytes
        }
        SemihostingCommand::Close(request) => {
            request.success(&mut core).map_err(told)?;
            Vec::new()
        }
        other => {
            tracing::info!(?other, "a semihosting call that is not served");
            Vec::new()
        }
    };
    core.run().map_err(told)?;
    drop(core);
    if !text.is_empty() {
        listener.data(frame::SEMIHOSTING, picoseconds(started), &text)?;
    }
    Ok(None)
}
