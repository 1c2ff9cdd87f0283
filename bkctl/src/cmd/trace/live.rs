//! `bkctl trace view` of what runs: in the simulator, or on a chip.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use bluekernel_inspect::Memory;
use bluekernel_tracer::recording::Header;
use bluekernel_tracer::tui;

use super::super::device::listen::{self, Shared};
use super::super::firmware::{self, Firmware, Place};
use super::super::recorder::Recorder;
use super::super::run;
use super::super::size;
use super::super::trace_channel::TraceStream;
use super::super::trace_cost;
use super::at;
use super::bookmarks::Pending;
use super::terminal::{need_terminal, options};
use crate::cli::{ExitFrom, Global, RunArgs, View};
use crate::error::{Error, Exit, Result};
use crate::kernels;
use crate::target::anchor::Anchor;
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
    // What is wrong with them is told before anything is built or programmed.
    let options = options(args)?;
    let place = firmware::place(&args.run.project)?;
    match target::select(global, place.project.as_ref())? {
        Target::Simulator => in_simulator(args, options, place, elf, source),
        Target::Probe(_) if source == Source::Ghost => {
            Err(Error::usage("--ghost is what the simulator sees, and the target is a probe")
                .hint("bkctl trace view --ghost --target sim"))
        }
        Target::Probe(_) if args.trace_cost => {
            Err(trace_cost::simulator_only("bkctl trace view --trace-cost --target sim"))
        }
        Target::Probe(_) => by_probe(global, args, options, place, elf),
    }
}

fn in_simulator(args: &View, mut options: tui::Options, place: Place, elf: Option<&Path>, source: Source) -> Result {
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
    let trace_cost = match (args.trace_cost, &ghost) {
        (false, _) => None,
        (true, None) => Some(trace_cost::described(&firmware, &args.run.project)?),
        (true, Some(_)) => {
            return Err(Error::usage(format!("{} has no tracing that could cost anything", firmware.elf.display())));
        }
    };
    let run_args = RunArgs { pace: args.run.pace.or(Some(Pace(Some(1.0)))), ..args.run.clone() };
    let mut request = run::request(&firmware, &run_args)?;
    options.footprint = Some(size::footprint(&firmware));
    let recorder = Recorder::create(args.trace.as_deref(), &header)?;
    let (trace_stream, machine) = match &ghost {
        Some(_) => (TraceStream::Ghost, Some(machine(&firmware, &header, args)?)),
        None => (TraceStream::OWN, None),
    };
    let shown = Shown { header, options, recorder, trace_stream, machine };
    request.ghost = ghost;
    request.trace_cost = trace_cost;
    show(&request.stop, shown, |mut feeder| {
        let outcome = bksim::run(&request, &mut feeder)?;
        Ok(run::verdict(&outcome.end, &run_args, ExitFrom::Bkctl))
    })
}

fn by_probe(global: &Global, args: &View, mut options: tui::Options, place: Place, elf: Option<&Path>) -> Result {
    let (reach, mut job) = listen::traced(global, place, &args.run, elf)?;
    let header = run::header(&job.firmware)?;
    need_terminal()?;
    options.footprint = Some(size::footprint(&job.firmware));
    let recorder = Recorder::create(args.trace.as_deref(), &header)?;
    // What programming says and shows belongs in front of the viewer, not into it.
    let programmed = job.clone();
    reach.connect(move |chip| programmed.program(chip).map(drop))?;
    (job.start, job.wants_backtrace) = (listen::Start::Reset, false);
    let shown = Shown { header, options, recorder, trace_stream: TraceStream::OWN, machine: None };
    show(&reach.stop, shown, |mut feeder| {
        let heard = reach.connect(move |chip| job.run(chip, &mut feeder))?;
        Ok(listen::verdict(&heard.end, args.run.timeout, ExitFrom::Bkctl))
    })
}

/// The machine behind what the simulator makes: the same firmware once more, in a simulator that can go back.
fn machine(firmware: &Firmware, header: &Header, args: &View) -> Result<Box<dyn tui::TimeMachine>> {
    let (firmware, header, project) = (firmware.clone(), header.clone(), args.run.project.clone());
    Ok(Box::new(Replay::new(move || at::replayed(firmware, &header, Anchor::first(0), &project, true))?))
}

/// What the viewer has, besides what comes from the run.
struct Shown {
    header: Header,
    options: tui::Options,
    recorder: Recorder,
    trace_stream: TraceStream,
    machine: Option<Box<dyn tui::TimeMachine>>,
}

/// Shows what `work` hears, until it ends or the viewer is left: then `stop` is set. `work` says which exit it leads to.
fn show(
    stop: &Arc<AtomicBool>,
    shown: Shown,
    work: impl FnOnce(Shared<Feeder>) -> Result<(Exit, String)> + Send,
) -> Result {
    let Shown { header, options, recorder, trace_stream, machine } = shown;
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let feeder = Feeder { sender, recorder: Some(recorder), trace_stream, stop: Arc::clone(stop) };
    let marked = Pending::default();
    let backing = tui::Backing { machine, notebook: Some(Box::new(marked.clone())) };
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
            let recorded = feeder.recorder.take().map_or(Ok(None), |recorder| recorder.end(result.is_err()));
            (result, recorded)
        });
        let viewed = tui::run(tui::Feed::Live { header, receiver }, options, backing);
        // The viewer was left: so ends the run. Its receiver is gone, and nothing waits for it.
        stop.store(true, Ordering::Relaxed);
        let (result, recorded) = working
            .join()
            .map_err(|_| Error::new(Exit::Simulator, "the thread behind the viewer died: a defect of bkctl"))?;
        viewed?;
        if let Some(recorded) = recorded? {
            anstream::eprintln!("{recorded}");
            if let Some(why) = recorded.file.and_then(|file| marked.keep_for(&file).err()) {
                anstream::eprintln!("note: {why}");
            }
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
    trace_stream: TraceStream,
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
        self.trace_stream.channel(stream, name);
        Ok(())
    }

    fn data(&mut self, stream: u8, _time_ps: u64, bytes: &[u8]) -> Result<()> {
        if self.trace_stream.is(stream) {
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
