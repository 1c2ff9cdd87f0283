//! What `sim`, `trace record`, `trace view` and `demo` share: a run with its text, its recording and its summary.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use bksim_protocol::frame;
use bksim_protocol::message::{self, GhostOf, Latency, MaskedStretch, Stop};
use bluekernel_inspect::live::{self, LiveTask};
use bluekernel_inspect::{Image, KernelTable, Memory};
use bluekernel_tracer::recording::{Header, HeaderError};

use super::firmware::Firmware;
use super::hold_back;
use super::recorder::{Recorded, Recorder};
use super::trace_channel::{TRACE_CHANNEL, TraceStream};
use crate::cli::{ExitFrom, RunArgs, Unmodelled};
use crate::error::{Error, Exit, Result};
use crate::kit;
use crate::target::bksim;
use crate::target::session::{self, End, Listener, Outcome, Request};
use crate::target::text::Lines;
use crate::units::{show_count, show_cycles_us, show_time};

/// What becomes of the firmware's text.
#[derive(Debug)]
pub(super) enum Text {
    /// To stdout, as it comes.
    Print(Lines),
    /// Kept, for JSON: by stream name.
    Keep(std::collections::BTreeMap<String, Vec<u8>>),
    /// Not wanted.
    Drop,
}

impl Text {
    fn push(&mut self, stream: u8, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Drop => {}
            Self::Print(lines) => lines.push(stream, bytes, &mut io::stdout().lock())?,
            Self::Keep(texts) => {
                texts.entry(stream_name(stream)).or_default().extend(bytes);
            }
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<()> {
        if let Self::Print(lines) = self {
            let is_open = lines.finish(&mut io::stdout().lock())?;
            // On a screen the summary shall not stand behind the firmware's last words.
            if is_open && io::stdout().is_terminal() {
                anstream::eprintln!();
            }
        }
        Ok(())
    }
}

fn stream_name(stream: u8) -> String {
    match stream {
        frame::SEMIHOSTING => "semihosting".into(),
        frame::RTT_UP..frame::SEMIHOSTING => format!("rtt{}", stream - frame::RTT_UP),
        frame::ITM.. => format!("itm{}", stream - frame::ITM),
        _ => format!("uart{}", stream.wrapping_sub(frame::UART)),
    }
}

/// The dictionary of this firmware's recording.
///
/// # Errors
/// Exit 2 if the firmware has no trace, with how to get it.
pub(super) fn header(firmware: &Firmware) -> Result<Header> {
    let refused = |why: &dyn std::fmt::Display| {
        Error::usage(format!("{}: {why}", firmware.elf.display())).hint(
            "tracing is the feature `trace` of the crate bluekernel: put `trace = [\"bluekernel/trace\"]` among the \
             default features in the project's Cargo.toml, and build again",
        )
    };
    let header = dictionary(firmware).map_err(|error| refused(&error))?;
    if has_trace_channel(firmware) {
        Ok(header)
    } else {
        Err(refused(&"this firmware was built without tracing: it has no RTT channel 'bk-trace'"))
    }
}

/// The dictionary of this firmware's ghost trace, which needs no trace of its own.
///
/// # Errors
/// Exit 2 for a firmware whose kernel does not say what it must.
pub(super) fn ghost_header(firmware: &Firmware, of: &GhostOf) -> Result<Header> {
    let mut header = match of {
        GhostOf::Ours => {
            dictionary(firmware).map_err(|error| Error::usage(format!("{}: {error}", firmware.elf.display())))?
        }
        GhostOf::Lists(_) | GhostOf::Polls(_) => {
            let board = &firmware.place.board;
            let mut header = Header::new(kit::VERSION, &board.name, board.chip.reset_hz);
            header.build_id = firmware.image.build_id_hex();
            header.exceptions = session::exceptions(board);
            header
        }
    };
    header.from_outside = true;
    Ok(header)
}

fn dictionary(firmware: &Firmware) -> std::result::Result<Header, HeaderError> {
    let board = &firmware.place.board;
    Header::from_image(&firmware.image, &board.name, session::exceptions(board), kit::VERSION)
}

/// Whether the channel's name stands in what is loaded: the kernel opens it at run time, so no symbol says so before.
fn has_trace_channel(firmware: &Firmware) -> bool {
    let name = format!("{TRACE_CHANNEL}\0");
    firmware
        .image
        .segments()
        .iter()
        .any(|segment| segment.data.windows(name.len()).any(|bytes| bytes == name.as_bytes()))
}

/// Hears a run.
#[derive(Debug)]
pub(super) struct Ear {
    pub text: Text,
    pub recorder: Option<Recorder>,
    /// Takes the ghost trace.
    pub ghost: Option<Recorder>,
    pub table: Option<KernelTable>,
    pub tasks: Vec<LiveTask>,
    trace_stream: TraceStream,
}

impl Ear {
    pub(super) fn new(text: Text, recorder: Option<Recorder>, table: Option<KernelTable>) -> Self {
        Self { text, recorder, ghost: None, table, tasks: Vec::new(), trace_stream: TraceStream::OWN }
    }
}

impl Listener for Ear {
    fn channel(&mut self, stream: u8, name: &str) -> Result<()> {
        self.trace_stream.channel(stream, name);
        Ok(())
    }

    fn data(&mut self, stream: u8, _time_ps: u64, bytes: &[u8]) -> Result<()> {
        if self.trace_stream.is(stream) {
            if let Some(recorder) = &mut self.recorder {
                recorder.write(bytes)?;
            }
            return Ok(());
        }
        if let (frame::GHOST, Some(ghost)) = (stream, &mut self.ghost) {
            return ghost.write(bytes);
        }
        if is_text(stream) { self.text.push(stream, bytes) } else { Ok(()) }
    }

    fn stopped(&mut self, memory: &mut dyn Memory) -> Result<()> {
        if let Some(table) = &self.table {
            self.tasks = live::tasks(table, memory);
        }
        Ok(())
    }
}

/// Whether a stream carries text: all but the RTT channels and the ITM's ports above 0, of which only the firmware knows what
/// they carry.
pub(super) fn is_text(stream: u8) -> bool {
    !(frame::RTT_UP + 1..frame::RTT_UP + 16).contains(&stream) && stream <= frame::ITM
}

/// A run that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub outcome: Outcome,
    pub recorded: Option<Recorded>,
    /// The ghost trace's.
    pub ghost: Option<Recorded>,
    pub tasks: Vec<LiveTask>,
    pub text: Text,
}

/// Runs `firmware` in the simulator. What was recorded is kept in every case: also when bksim dies.
///
/// # Errors
/// What bksim, the recording or stdout says.
pub(super) fn run(firmware: &Firmware, args: &RunArgs, ear: Ear) -> Result<Ended> {
    hear(&request(firmware, args)?, ear)
}

/// As [`run`], of a request that may ask for more.
///
/// # Errors
/// As there.
pub(super) fn hear(request: &Request<'_>, mut ear: Ear) -> Result<Ended> {
    let result = bksim::run(request, &mut ear);
    let shown = ear.text.finish();
    let end = |recorder: Option<Recorder>| recorder.map_or(Ok(None), |recorder| recorder.end(result.is_err()));
    let (recorded, ghost) = (end(ear.recorder.take()), end(ear.ghost.take()));
    let outcome = result.map_err(|error| match &recorded {
        Ok(Some(Recorded { file: Some(file), bytes, .. })) => {
            error.note(&format!("The recording so far is in {} ({} bytes).", file.display(), show_count(*bytes)))
        }
        _ => error,
    })?;
    shown?;
    Ok(Ended { outcome, recorded: recorded?, ghost: ghost?, tasks: ear.tasks, text: ear.text })
}

/// What a run is asked for.
///
/// # Errors
/// Exit 2 if what is to be held back of the trace has no such name.
pub(super) fn request<'a>(firmware: &'a Firmware, args: &RunArgs) -> Result<Request<'a>> {
    let said = hold_back::messages(firmware, &args.hold_back)?;
    Ok(Request {
        board: &firmware.place.board,
        elf: &firmware.elf,
        address: None,
        until_ps: args.duration,
        pace: args.pace.and_then(|pace| pace.0),
        unmodelled: match args.unmodelled {
            Unmodelled::Allow => message::Unmodelled::Allow,
            Unmodelled::Warn => message::Unmodelled::Warn,
            Unmodelled::Fail => message::Unmodelled::Fail,
        },
        instruction_clock: false,
        ghost: None,
        trace_cost: None,
        said,
        probe: None,
        timeout: args.timeout.map(Duration::from_secs),
        stop: Arc::default(),
    })
}

/// The exit that a run's end leads to, and what to say about it.
pub(super) fn verdict(end: &End, args: &RunArgs, from: ExitFrom) -> (Exit, String) {
    match end {
        End::Timeout => {
            let seconds = args.timeout.unwrap_or_default();
            (Exit::Timeout, format!("gave up after {seconds} s of the host's time (--timeout)"))
        }
        End::Interrupted => (Exit::Interrupted, "interrupted".into()),
        End::Stopped(stop) => stopped(stop, args.duration.is_some(), from),
    }
}

/// The exit that the target's own end leads to, and what to say about it. `is_timed`: the run had a time to last.
pub(super) fn stopped(stop: &Stop, is_timed: bool, from: ExitFrom) -> (Exit, String) {
    match stop {
        Stop::Time => (Exit::Ok, "the time asked for is over".into()),
        Stop::Paused => (Exit::Interrupted, "interrupted".into()),
        Stop::Exit { code } => {
            let exit = match (code, from) {
                (0, _) => Exit::Ok,
                (_, ExitFrom::Bkctl) => Exit::Failed,
                // A process has eight bits; a failure must not become a success by losing the others.
                (code, ExitFrom::Firmware) => match u8::try_from(code & 0xff) {
                    Ok(0) | Err(_) => Exit::Failed,
                    Ok(code) => Exit::Firmware(code),
                },
            };
            (exit, format!("the firmware ended itself with exit code {code}"))
        }
        Stop::Fault { report } => (Exit::Failed, format!("the firmware died of a fault: {}", report.summary)),
        Stop::Lockup { report } => {
            (Exit::Failed, format!("the core is locked up, a fault inside a fault handler: {}", report.summary))
        }
        Stop::Breakpoint { pc } => (Exit::Failed, format!("breakpoint at {pc:#010x}, and no debugger is there")),
        Stop::Asleep { pc } if is_timed => {
            (Exit::Ok, format!("the core sleeps at {pc:#010x}, and nothing will wake it before the time is over"))
        }
        Stop::Asleep { pc } => {
            (Exit::Failed, format!("the core sleeps at {pc:#010x}, and nothing that is modelled can ever wake it"))
        }
        Stop::Reset => (Exit::Failed, "the firmware asked for a system reset".into()),
        Stop::Unmodelled { access } => {
            let what = if access.write { "wrote" } else { "read" };
            let place = access.peripheral.as_deref().unwrap_or("no peripheral of the board");
            (
                Exit::Failed,
                format!(
                    "the firmware {what} {:#010x} ({place}) at {:#010x}, which is not modelled",
                    access.address, access.pc
                ),
            )
        }
    }
}

/// The summary on stderr.
pub(super) fn summarize(ended: &Ended, image: &Image, message: &str) -> Result<()> {
    let Outcome { time_ps, cycles, core_hz, statistics, .. } = &ended.outcome;
    let mut err = anstream::stderr().lock();
    writeln!(
        err,
        "stopped at {} ({} cycles, {} instructions): {message}",
        show_time(*time_ps),
        show_count(*cycles),
        show_count(statistics.instructions)
    )?;
    if let Some(latency) = &statistics.context_switch {
        writeln!(err, "context switch: {}", show_latency(latency, *core_hz))?;
    }
    for exception in statistics.exceptions.iter().filter(|one| one.name != "PendSV") {
        writeln!(err, "interrupt latency {}: {}", exception.name, show_latency(&exception.latency, *core_hz))?;
    }
    if let Some(MaskedStretch { cycles, from, to }) = statistics.longest_masked {
        let us = show_cycles_us(cycles, *core_hz);
        let (from, to) = (show_place(image, from), show_place(image, to));
        writeln!(err, "longest with interrupts masked: {} cycles ({us} us), from {from} to {to}", show_count(cycles))?;
    }
    for access in &statistics.unmodelled {
        let what = if access.write { "write to" } else { "read of" };
        let place = access.peripheral.as_deref().unwrap_or("no peripheral of the board");
        writeln!(
            err,
            "not modelled: {what} {:#010x} ({place}), first at {:#010x}, {} times",
            access.address,
            access.pc,
            show_count(access.count)
        )?;
    }
    if let Some(recorded) = &ended.recorded {
        writeln!(err, "{recorded}")?;
    }
    if let Some(ghost) = &ended.ghost {
        writeln!(err, "ghost {ghost}")?;
    }
    Ok(())
}

/// An address in the code, as the function that it lies in.
pub(super) fn show_place(image: &Image, address: u64) -> String {
    match image.symbol_at(address) {
        Some((symbol, distance)) => format!("{} + {distance:#x}", symbol.name),
        None => format!("{address:#010x}"),
    }
}

/// A distribution in words: cycles, and microseconds for the median and the longest.
pub(super) fn show_latency(latency: &Latency, hz: u64) -> String {
    format!(
        "min {} p50 {} p99 {} max {} cycles (p50 {} us, max {} us; {} times)",
        latency.min,
        latency.p50,
        latency.p99,
        latency.max,
        show_cycles_us(latency.p50, hz),
        show_cycles_us(latency.max, hz),
        show_count(latency.count)
    )
}
