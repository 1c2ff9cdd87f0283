//! `bkctl trace view` of what runs: in the simulator, or on a chip.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use bksim_protocol::frame;
use bluekernel_inspect::Memory;
use bluekernel_inspect::footprint::Footprint;
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::tui;

use super::super::device::listen::{self, Shared};
use super::super::firmware::{self, Firmware, Place};
use super::super::recorder::Recorder;
use super::super::run::{self, TRACE_CHANNEL};
use super::super::size;
use super::at;
use super::terminal::{need_terminal, options};
use crate::cli::{ExitFrom, Global, RunArgs, View};
use crate::error::{Error, Exit, Result};
use crate::kernels;
use crate::target::replay::Replay;
use crate::target::session::Listener;
use crate::target::{self, Target, bksim};
use crate::units::Pace;

/// How many pieces may wait for the viewer. When it is full the run waits, and so does virtual time.
const QUEUE: usize = 256;

/// Whose trace is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The firmware's own.
    Own,
    /// The simulator's.
    Ghost,
    /// The firmware's own if it has one, else the simulator's.
    Either,
}

/// Runs the project's firmware, or the one that `--elf` names.
pub(super) fn of_project(global: &Global, args: &View) -> Result {
    live(global, args, args.elf.as_deref(), if args.ghost { Source::Ghost } else { Source::Own })
}

/// Runs a firmware that was named in the recording's place: of whatever kernel it is, its tasks are to be seen.
pub(super) fn of_elf(global: &Global, elf: &Path, args: &View) -> Result {
    if args.text || args.window.is_some() || args.width.is_some() {
        return Err(Error::usage(format!("--text is for recordings, and {} is firmware", elf.display()))
            .hint("bkctl sim FIRMWARE.elf --ghost run.bkt makes one; then bkctl trace view run.bkt --text"));
    }
    if args.elf.is_some() {
        return Err(Error::usage(format!("{} is firmware, and --elf names another one: which?", elf.display())));
    }
    live(global, args, Some(elf), if args.ghost { Source::Ghost } else { Source::Either })
}

fn live(global: &Global, args: &View, elf: Option<&Path>, source: Source) -> Result {
    let place = firmware::place(&args.run.project)?;
    match target::select(global, place.project.as_ref())? {
        Target::Simulator => in_simulator(args, place, elf, source),
        Target::Probe(_) if source == Source::Ghost => {
            Err(Error::usage("--ghost is what the simulator sees, and the target is a probe")
                .hint("bkctl trace view --ghost --target sim"))
        }
        Target::Probe(_) => by_probe(global, args, place, elf),
    }
}

fn in_simulator(args: &View, place: Place, elf: Option<&Path>, source: Source) -> Result {
    target::announce("sim", &place.board);
    let firmware = place.firmware(&args.run.project, elf, args.run.no_build)?;
    let own = if source == Source::Ghost { None } else { Some(run::header(&firmware)) };
    let (header, ghost) = match own {
        Some(Ok(header)) => (header, None),
        Some(Err(error)) if source == Source::Own => return Err(error),
        _ => {
            let kernel = kernels::of(&firmware.image, &firmware.elf, None)?;
            (run::ghost_header(&firmware, &kernel)?, Some(kernel))
        }
    };
    if let (Some(kernel), Source::Either) = (&ghost, source) {
        anstream::eprintln!("{} without tracing: shown is what the simulator sees of it", kernels::name(kernel));
    }
    need_terminal()?;
    let run_args = RunArgs { pace: args.run.pace.or(Some(Pace(Some(1.0)))), ..args.run.clone() };
    let mut request = run::request(&firmware, &run_args)?;
    let shown = match &ghost {
        Some(_) => Shown {
            trace_stream: Some(frame::GHOST),
            machine: Some(machine(&firmware, &header, args)?),
            footprint: Some(size::footprint(&firmware)),
        },
        None => Shown { footprint: Some(size::footprint(&firmware)), ..Shown::default() },
    };
    request.ghost = ghost;
    show(args, header, &request.stop, shown, |mut feeder| {
        let outcome = bksim::run(&request, &mut feeder)?;
        Ok(run::verdict(&outcome.end, &run_args, ExitFrom::Bkctl))
    })
}

fn by_probe(global: &Global, args: &View, place: Place, elf: Option<&Path>) -> Result {
    let (reach, mut job) = listen::traced(global, place, &args.run, elf)?;
    let header = run::header(&job.firmware)?;
    need_terminal()?;
    // What programming says and shows belongs in front of the viewer, not into it.
    let programmed = job.clone();
    reach.connect(move |chip| programmed.program(chip).map(drop))?;
    (job.start, job.wants_backtrace) = (listen::Start::Reset, false);
    let shown = Shown { footprint: Some(size::footprint(&job.firmware)), ..Shown::default() };
    show(args, header, &reach.stop, shown, |mut feeder| {
        let heard = reach.connect(move |chip| job.run(chip, &mut feeder))?;
        Ok(listen::verdict(&heard.end, args.run.timeout, ExitFrom::Bkctl))
    })
}

/// The machine behind what the simulator makes: the same firmware once more, in a simulator that can go back.
fn machine(firmware: &Firmware, header: &Header, args: &View) -> Result<Box<dyn tui::TimeMachine>> {
    let (firmware, header, project) = (firmware.clone(), header.clone(), args.run.project.clone());
    Ok(Box::new(Replay::new(move || at::replayed(firmware, &header, 0, &project, true))?))
}

/// What the viewer has besides its arguments.
#[derive(Default)]
struct Shown {
    /// The stream that the trace comes in, if it is not the firmware's channel.
    trace_stream: Option<u8>,
    machine: Option<Box<dyn tui::TimeMachine>>,
    footprint: Option<Footprint>,
}

/// Shows what `work` hears, until it ends or the viewer is left: then `stop` is set. `work` says which exit it leads to.
fn show(
    args: &View,
    header: Header,
    stop: &Arc<AtomicBool>,
    shown: Shown,
    work: impl FnOnce(Shared<Feeder>) -> Result<(Exit, String)> + Send,
) -> Result {
    let options = tui::Options { footprint: shown.footprint, ..options(args)? };
    let recorder = Recorder::create(args.trace.as_deref(), &header)?;
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let feeder = Feeder { sender, recorder: Some(recorder), trace_stream: shown.trace_stream, stop: Arc::clone(stop) };
    thread::scope(|scope| {
        let working = scope.spawn(|| {
            let feeder = Shared::new(feeder);
            let result = work(feeder.clone());
            let words = match &result {
                Ok((_, words)) => words.clone(),
                Err(error) => error.message().to_owned(),
            };
            let mut feeder = feeder.lock();
            feeder.send(tui::Input::Ended(words));
            // The recording is closed in every case, and told also after a failure.
            let recorded = feeder.recorder.take().map(Recorder::finish).transpose();
            (result, recorded)
        });
        let viewed = tui::run(tui::Feed::Live { header, receiver }, options, shown.machine);
        // The viewer was left: so ends the run. Its receiver is gone, and nothing waits for it.
        stop.store(true, Ordering::Relaxed);
        let (result, recorded) = working
            .join()
            .map_err(|_| Error::new(Exit::Simulator, "the thread behind the viewer died: a defect of bkctl"))?;
        viewed?;
        if let Some(recorded) = recorded? {
            anstream::eprintln!("{recorded}");
        }
        // To leave the viewer is no interruption.
        match result? {
            (Exit::Interrupted, _) => Ok(Exit::Ok),
            (exit, message) => {
                anstream::eprintln!("{message}");
                Ok(exit)
            }
        }
    })
}

/// Hands a run to the viewer.
struct Feeder {
    sender: mpsc::SyncSender<tui::Input>,
    recorder: Option<Recorder>,
    trace_stream: Option<u8>,
    stop: Arc<AtomicBool>,
}

impl Feeder {
    fn send(&self, input: tui::Input) {
        if self.sender.send(input).is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Listener for Feeder {
    fn channel(&mut self, stream: u8, name: &str) -> Result<()> {
        if name == TRACE_CHANNEL && self.trace_stream != Some(frame::GHOST) {
            self.trace_stream = Some(stream);
        }
        Ok(())
    }

    fn data(&mut self, stream: u8, _time_ps: u64, bytes: &[u8]) -> Result<()> {
        if self.trace_stream == Some(stream) {
            if let Some(recorder) = &mut self.recorder {
                recorder.write(bytes)?;
            }
            self.send(tui::Input::Bytes(bytes.to_vec()));
        } else if run::is_text(stream) {
            self.send(tui::Input::Text(String::from_utf8_lossy(bytes).into_owned()));
        }
        Ok(())
    }

    fn stopped(&mut self, _memory: &mut dyn Memory) -> Result<()> {
        Ok(())
    }
}
