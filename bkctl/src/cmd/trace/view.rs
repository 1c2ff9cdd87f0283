//! `bkctl trace view`: a timeline in the terminal, of a recording or live from the target.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use bksim_protocol::frame;
use bluekernel_inspect::Memory;
use bluekernel_tracer::model::Trace as Model;
use bluekernel_tracer::recording::{Header, Recording};
use bluekernel_tracer::{text, time, tui};

use super::super::device::listen::{self, Shared};
use super::super::firmware::{self, Place};
use super::super::recorder::Recorder;
use super::super::run::{self, TRACE_CHANNEL};
use super::at;
use crate::cli::{ExitFrom, Global, RunArgs, View};
use crate::error::{Error, Exit, Result};
use crate::kernels;
use crate::output;
use crate::target::replay::Replay;
use crate::target::session::Listener;
use crate::target::{self, Target, bksim, boards};
use crate::units::Pace;

/// Columns of the text where no terminal says how many it has.
const DEFAULT_WIDTH: u16 = 100;

pub(super) fn run(global: &Global, args: &View) -> Result {
    match &args.file {
        Some(file) if args.text => as_text(file, args),
        Some(file) => recorded(file, args),
        None if args.text => Err(Error::usage("--text needs a recording")
            .hint("bkctl sim --trace run.bkt makes one; then bkctl trace view run.bkt --text")),
        None => live(global, args),
    }
}

fn style(args: &View) -> text::Style {
    if args.ascii { text::Style::Ascii } else { text::Style::Unicode }
}

fn as_text(file: &Path, args: &View) -> Result {
    let (recording, model) = super::open(file)?;
    let whole = model.window();
    let window = match &args.window {
        None => whole,
        Some(window) => parse_window(window, recording.header.clock_hz, &whole)?,
    };
    let width = args.width.or_else(terminal_width).unwrap_or(DEFAULT_WIDTH);
    output::text(&text::timeline(&model, window, usize::from(width), style(args)))?;
    Ok(Exit::Ok)
}

fn terminal_width() -> Option<u16> {
    io::stdout().is_terminal().then(|| crossterm::terminal::size().ok()).flatten().map(|(columns, _)| columns)
}

fn options(args: &View) -> Result<tui::Options> {
    let mut options = tui::Options::from_env();
    if args.ascii {
        options.glyphs = text::Style::Ascii;
    }
    if let Some(theme) = args.theme.as_deref().and_then(tui::Theme::named) {
        options.theme = theme;
    }
    options.keys = keys()?;
    Ok(options)
}

/// The viewer's keys: the defaults, changed by the user's `keys.toml`, if there is one.
fn keys() -> Result<tui::Keymap> {
    let Some(path) = boards::user_folder().map(|folder| folder.join("keys.toml")) else {
        return Ok(tui::Keymap::default());
    };
    match fs::read_to_string(&path) {
        Ok(text) => tui::Keymap::from_toml(&text).map_err(|error| {
            Error::usage(format!("{}:{}: {}", path.display(), error.line, error.reason))
                .hint("mend the line, or move the file away: then the viewer has its own keys")
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(tui::Keymap::default()),
        Err(error) => Err(Error::file("read", &path, &error)),
    }
}

fn need_terminal() -> Result<()> {
    if io::stdout().is_terminal() && io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::usage("the timeline needs a terminal, and this is none").hint("bkctl trace view FILE --text prints one"))
}

fn recorded(file: &Path, args: &View) -> Result {
    let (recording, model) = super::open(file)?;
    let mut options = options(args)?;
    need_terminal()?;
    if let Some(window) = &args.window {
        options.window = Some(parse_window(window, recording.header.clock_hz, &model.window())?);
    }
    let machine = machine(&recording, &model, args)?;
    tui::run(tui::Feed::Recording(recording), options, machine)?;
    Ok(Exit::Ok)
}

/// The machine behind a recording: of the ELF that was named, or of the project's, if that is the recorded one.
fn machine(recording: &Recording, model: &Model, args: &View) -> Result<Option<Box<dyn tui::TimeMachine>>> {
    let project = args.run.project.clone();
    let firmware = match at::recorded(recording, model, args.elf.as_deref(), &project) {
        Ok(firmware) => firmware,
        Err(error) if args.elf.is_some() => return Err(error),
        Err(error) => {
            tracing::info!(why = error.message(), "no machine behind the recording");
            return Ok(None);
        }
    };
    let (clock_hz, first) = (recording.header.clock_hz, model.start());
    let replay = Replay::new(move || at::replayed(firmware, clock_hz, first, &project, true))?;
    Ok(Some(Box::new(replay)))
}

fn parse_window(window: &str, clock_hz: u64, whole: &Range<u64>) -> Result<Range<u64>> {
    time::parse_window(window, clock_hz, whole).map_err(|error| Error::usage(error.to_string()))
}

/// How many pieces may wait for the viewer. When it is full the run waits, and so does virtual time.
const QUEUE: usize = 256;

fn live(global: &Global, args: &View) -> Result {
    let place = firmware::place(&args.run.project)?;
    match target::select(global, place.project.as_ref())? {
        Target::Simulator => live_in_simulator(args, place),
        Target::Probe(_) if args.ghost => {
            Err(Error::usage("--ghost is what the simulator sees, and the target is a probe")
                .hint("bkctl trace view --ghost --target sim"))
        }
        Target::Probe(_) => live_by_probe(global, args, place),
    }
}

fn live_in_simulator(args: &View, place: Place) -> Result {
    target::announce("sim", &place.board);
    let firmware = place.firmware(&args.run.project, args.elf.as_deref(), args.run.no_build)?;
    let ghost = if args.ghost { Some(kernels::of(&firmware.image, &firmware.elf, None)?) } else { None };
    let header = match &ghost {
        Some(of) => run::ghost_header(&firmware, of)?,
        None => run::header(&firmware)?,
    };
    need_terminal()?;
    let run_args = RunArgs { pace: args.run.pace.or(Some(Pace(Some(1.0)))), ..args.run.clone() };
    let mut request = run::request(&firmware, &run_args)?;
    request.ghost = ghost;
    show(args, header, &request.stop, |mut feeder| {
        let outcome = bksim::run(&request, &mut feeder)?;
        Ok(run::verdict(&outcome.end, &run_args, ExitFrom::Bkctl))
    })
}

fn live_by_probe(global: &Global, args: &View, place: Place) -> Result {
    let (reach, mut job) = listen::traced(global, place, &args.run, args.elf.as_deref())?;
    let header = run::header(&job.firmware)?;
    need_terminal()?;
    // What programming says and shows belongs in front of the viewer, not into it.
    let programmed = job.clone();
    reach.connect(move |chip| programmed.program(chip).map(drop))?;
    (job.start, job.wants_backtrace) = (listen::Start::Reset, false);
    show(args, header, &reach.stop, |mut feeder| {
        let heard = reach.connect(move |chip| job.run(chip, &mut feeder))?;
        Ok(listen::verdict(&heard.end, args.run.timeout, ExitFrom::Bkctl))
    })
}

/// Shows what `work` hears, until it ends or the viewer is left: then `stop` is set. `work` says which exit it leads to.
fn show(
    args: &View,
    header: Header,
    stop: &Arc<AtomicBool>,
    work: impl FnOnce(Shared<Feeder>) -> Result<(Exit, String)> + Send,
) -> Result {
    let options = options(args)?;
    let recorder = Recorder::create(args.trace.as_deref(), &header)?;
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let trace_stream = args.ghost.then_some(frame::GHOST);
    let feeder = Feeder { sender, recorder: Some(recorder), trace_stream, stop: Arc::clone(stop) };
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
        let viewed = tui::run(tui::Feed::Live { header, receiver }, options, None);
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
