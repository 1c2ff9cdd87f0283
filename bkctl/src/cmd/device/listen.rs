//! What `run`, `attach`, `trace record` and `trace view` share: firmware on a chip, heard until it ends.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bksim_protocol::message::Stop;
use bluekernel_inspect::Memory;

use super::super::firmware::{Firmware, Place};
use super::super::recorder::Recorded;
use super::super::run::{self, Ear, Text};
use super::backtrace::{self, Backtrace};
use super::progress;
use crate::cli::{ExitFrom, Global, ProjectArgs, RunArgs};
use crate::error::{Error, Exit, Result};
use crate::output::Format;
use crate::target::probe::chip::Chip;
use crate::target::probe::layout::{self, Block};
use crate::target::probe::program::{self, Options, Outcome};
use crate::target::probe::reach::Reach;
use crate::target::probe::rtt;
use crate::target::probe::watch::Watch;
use crate::target::session::{End, Listener};
use crate::units::show_count;

/// The down channel that asks the kernel's trace for a keyframe (kernel, module `rtt`).
const TRACE_DOWN: usize = 1;

/// How the firmware comes to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cmd) enum Start {
    /// It is programmed, as far as it differs, and the chip is reset.
    Program,
    /// The chip is reset.
    Reset,
    /// It runs already, and is heard from where it is.
    Attach,
}

/// What to do with the chip.
#[derive(Clone, Debug)]
pub(in crate::cmd) struct Job {
    /// The firmware that is on the chip, or will be.
    pub firmware: Arc<Firmware>,
    /// How it was built, for the backtrace.
    pub project: ProjectArgs,
    /// What it has in flash memory.
    pub blocks: Vec<Block>,
    /// How it comes to run.
    pub start: Start,
    /// Whether its trace is wanted: then it must be this very firmware.
    pub wants_trace: bool,
    /// End after this much of the host's time, in picoseconds: all is well then.
    pub duration_ps: Option<u64>,
    /// Give up after so many seconds of the host.
    pub timeout: Option<u64>,
    /// Whether to tell who called whom when the firmware dies.
    pub wants_backtrace: bool,
    /// How to tell of progress.
    pub format: Format,
}

/// What came of it.
#[derive(Debug)]
pub(in crate::cmd) struct Heard {
    pub flashed: Option<Outcome>,
    pub end: End,
    pub backtrace: Option<Backtrace>,
    /// Whether an RTT control block was seen.
    pub rtt: bool,
}

impl Job {
    /// Does it. After a Ctrl-C or a time-out the firmware runs on; when it has ended, the core stands still.
    pub(in crate::cmd) fn run(&self, chip: &mut Chip, listener: &mut dyn Listener) -> Result<Heard> {
        let flashed = match self.start {
            Start::Program => Some(self.program(chip)?),
            Start::Reset | Start::Attach => None,
        };
        let is_known = flashed.is_some() || self.is_on(chip)?;
        let image = &self.firmware.image;
        let block = image.address_of(rtt::SYMBOL).filter(|_| is_known);
        if block.is_none() && is_known {
            anstream::eprintln!(
                "note: no {} symbol: the firmware has no RTT, unless a control block is found in RAM",
                rtt::SYMBOL
            );
        }
        let mut watch = Watch::new(chip.board(), block);
        watch.timeout = self.timeout.map(Duration::from_secs);
        watch.duration = self.duration_ps.map(|ps| Duration::from_nanos(ps / 1000));
        // The kernel tells of a fault itself, in words, and stops: it must get the chance. Others get a vector catch.
        let has_kernel = is_known && matches!(image.kernel(), Ok(Some(_)));
        if self.start == Start::Attach {
            watch.wake = Some(TRACE_DOWN);
            chip.catch_faults(!has_kernel)?;
        } else {
            chip.reset_and_halt()?;
            watch.rtt.clear_stale(chip)?;
            chip.catch_faults(!has_kernel)?;
            chip.resume()?;
        }
        let end = watch.run(chip, listener)?;
        let backtrace = match &end {
            End::Stopped(Stop::Time) | End::Timeout | End::Interrupted => {
                chip.catch_faults(false)?;
                chip.resume()?;
                None
            }
            End::Stopped(Stop::Exit { .. }) => None,
            End::Stopped(_) if !self.wants_backtrace => None,
            End::Stopped(_) => Some(backtrace::take(chip, &self.firmware, &self.project)?),
        };
        Ok(Heard { flashed, end, backtrace, rtt: watch.rtt.is_attached() })
    }

    /// Programs what differs, and says so.
    pub(in crate::cmd) fn program(&self, chip: &mut Chip) -> Result<Outcome> {
        let mut progress = progress::reporter(self.format);
        let outcome = program::flash(chip, &self.blocks, Options::default(), progress.as_mut())?;
        drop(progress);
        if self.format == Format::Text {
            anstream::eprintln!("{}", progress::summary(&outcome, false));
        }
        Ok(outcome)
    }

    /// Whether the chip holds this firmware: only then do its symbols count.
    fn is_on(&self, chip: &mut Chip) -> Result<bool> {
        if program::holds(chip, &self.blocks)? {
            return Ok(true);
        }
        let other = format!("the chip holds another firmware than {}", self.firmware.elf.display());
        if self.wants_trace {
            return Err(Error::usage(format!("{other}: its trace cannot be read with that file"))
                .hint("name the ELF file that was programmed, or bkctl flash first"));
        }
        anstream::eprintln!("note: {other}: RTT is searched for in RAM, and names may be wrong");
        Ok(false)
    }
}

/// The chip, and the job of hearing a trace from its reset on.
///
/// # Errors
/// Exit 2 for options that are the simulator's.
pub(in crate::cmd) fn traced(
    global: &Global,
    place: Place,
    args: &RunArgs,
    elf: Option<&Path>,
) -> Result<(Reach, Job)> {
    if args.pace.is_some() {
        return Err(Error::usage("--pace is for the simulator: a chip runs as fast as it runs"));
    }
    if !args.hold_back.is_empty() {
        return Err(Error::usage(
            "--hold-back is for the simulator: by a probe nothing tells the kernel before it starts",
        ));
    }
    let reach = super::reach(global, &place, false)?;
    let firmware = place.firmware(&args.project, elf, args.no_build)?;
    let blocks = layout::blocks(&firmware.image, &firmware.elf, &firmware.place.board)?;
    let job = Job {
        firmware: Arc::new(firmware),
        project: args.project.clone(),
        blocks,
        start: Start::Program,
        wants_trace: true,
        duration_ps: args.duration,
        timeout: args.timeout,
        wants_backtrace: true,
        format: global.format,
    };
    Ok((reach, job))
}

/// A run that has ended, with its text and recording.
#[derive(Debug)]
pub(in crate::cmd) struct Ended {
    pub heard: Heard,
    pub recorded: Option<Recorded>,
    pub text: Text,
}

/// Does the job with an [`Ear`]. The recording is finished in every case: also when bksim dies.
///
/// # Errors
/// What chip, recording or stdout says.
pub(in crate::cmd) fn listen(reach: &Reach, job: Job, ear: Ear) -> Result<Ended> {
    // Shared, since the thread at the probe may be lost for ever.
    let ear = Shared::new(ear);
    let mut hearing = ear.clone();
    let result = reach.connect(move |chip| job.run(chip, &mut hearing));
    let mut ear = ear.lock();
    let shown = ear.text.finish();
    let recorded = ear.recorder.take().map_or(Ok(None), |recorder| recorder.end(result.is_err()));
    let heard = result.map_err(|error| match &recorded {
        Ok(Some(Recorded { file: Some(file), bytes, .. })) => {
            error.note(&format!("The recording so far is in {} ({} bytes).", file.display(), show_count(*bytes)))
        }
        _ => error,
    })?;
    shown?;
    Ok(Ended { heard, recorded: recorded?, text: std::mem::replace(&mut ear.text, Text::Drop) })
}

/// The exit that the end leads to, and what to say about it.
pub(in crate::cmd) fn verdict(end: &End, timeout: Option<u64>, from: ExitFrom) -> (Exit, String) {
    match end {
        End::Timeout => {
            let seconds = timeout.unwrap_or_default();
            (Exit::Timeout, format!("gave up after {seconds} s of the host's time (--timeout); the core runs on"))
        }
        End::Interrupted => (Exit::Interrupted, "interrupted; the core runs on".into()),
        End::Stopped(Stop::Breakpoint { pc }) => {
            (Exit::Failed, format!("the firmware stopped at a breakpoint of its own, at {pc:#010x}"))
        }
        End::Stopped(stop) => run::stopped(stop, false, from),
    }
}

/// The summary on stderr.
pub(in crate::cmd) fn summarize(ended: &Ended, message: &str) {
    if !ended.heard.rtt {
        anstream::eprintln!("note: no RTT control block was seen: the firmware said nothing that a probe can hear");
    }
    anstream::eprintln!("{message}");
    if let Some(backtrace) = &ended.heard.backtrace {
        anstream::eprint!("{}", backtrace.render());
    }
    if let Some(recorded) = &ended.recorded {
        anstream::eprintln!("{recorded}");
    }
}

/// A listener that several threads have.
#[derive(Debug)]
pub(in crate::cmd) struct Shared<L>(Arc<Mutex<L>>);

impl<L> Shared<L> {
    pub(in crate::cmd) fn new(listener: L) -> Self {
        Self(Arc::new(Mutex::new(listener)))
    }

    /// The listener: whole between any two calls, whatever became of the thread that made them.
    pub(in crate::cmd) fn lock(&self) -> MutexGuard<'_, L> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L> Clone for Shared<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L: Listener> Listener for Shared<L> {
    fn channel(&mut self, stream: u8, name: &str) -> Result<()> {
        self.lock().channel(stream, name)
    }

    fn data(&mut self, stream: u8, time_ps: u64, bytes: &[u8]) -> Result<()> {
        self.lock().data(stream, time_ps, bytes)
    }

    fn stopped(&mut self, memory: &mut dyn Memory) -> Result<()> {
        self.lock().stopped(memory)
    }
}
