//! `bkctl trace view`: a timeline in the terminal, of a recording or live from the simulator.

use std::io::{self, IsTerminal as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use bluekernel_inspect::Memory;
use bluekernel_tracer::{text, time, tui};

use super::super::firmware;
use super::super::recorder::Recorder;
use super::super::run::{self, TRACE_CHANNEL};
use crate::cli::{ExitFrom, Global, RunArgs, View};
use crate::error::{Error, Exit, Result};
use crate::output;
use crate::target::session::Listener;
use crate::target::{self, bksim};
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

fn options(args: &View) -> tui::Options {
    let mut options = tui::Options::from_env();
    if args.ascii {
        options.glyphs = text::Style::Ascii;
    }
    options
}

fn need_terminal() -> Result<()> {
    if io::stdout().is_terminal() && io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::usage("the timeline needs a terminal, and this is none").hint("bkctl trace view FILE --text prints one"))
}

fn recorded(file: &Path, args: &View) -> Result {
    let (recording, model) = super::open(file)?;
    need_terminal()?;
    let mut options = options(args);
    if let Some(window) = &args.window {
        options.window = Some(parse_window(window, recording.header.clock_hz, &model.window())?);
    }
    tui::run(tui::Feed::Recording(recording), options)?;
    Ok(Exit::Ok)
}

fn parse_window(window: &str, clock_hz: u64, whole: &Range<u64>) -> Result<Range<u64>> {
    time::parse_window(window, clock_hz, whole).map_err(|error| Error::usage(error.to_string()))
}

/// How many pieces may wait for the viewer. When it is full the run waits, and so does virtual time.
const QUEUE: usize = 256;

fn live(global: &Global, args: &View) -> Result {
    let place = firmware::place(&args.run.project)?;
    target::announce(target::select(global, place.project.as_ref())?, &place.board);
    let firmware = place.firmware(&args.run.project, args.elf.as_deref(), args.run.no_build)?;
    let header = run::header(&firmware)?;
    need_terminal()?;
    let recorder = Recorder::create(args.trace.as_deref(), &header)?;
    let run_args = RunArgs { pace: args.run.pace.or(Some(Pace(Some(1.0)))), ..args.run.clone() };
    let request = run::request(&firmware, &run_args);
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let stop = Arc::clone(&request.stop);

    thread::scope(|scope| {
        let simulation = scope.spawn(|| {
            let mut feeder = Feeder { sender, recorder, trace_stream: None, stop: Arc::clone(&request.stop) };
            let result = bksim::run(&request, &mut feeder);
            let words = match &result {
                Ok(outcome) => run::verdict(&outcome.end, &run_args, ExitFrom::Bkctl).1,
                Err(error) => error.message().to_owned(),
            };
            feeder.send(tui::Input::Ended(words));
            // The recording is closed in every case, and told also after a failure.
            let recorded = feeder.recorder.finish();
            (result, recorded)
        });
        let viewed = tui::run(tui::Feed::Live { header, receiver }, options(args));
        // The viewer was left: so ends the run. Its receiver is gone, and nothing waits for it.
        stop.store(true, Ordering::Relaxed);
        let (simulated, recorded) = simulation
            .join()
            .map_err(|_| Error::new(Exit::Simulator, "the simulation's thread died: a defect of bkctl"))?;
        viewed?;
        anstream::eprintln!("{}", recorded?);
        let outcome = simulated?;
        // To leave the viewer is no interruption.
        match run::verdict(&outcome.end, &run_args, ExitFrom::Bkctl) {
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
    recorder: Recorder,
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
        if name == TRACE_CHANNEL {
            self.trace_stream = Some(stream);
        }
        Ok(())
    }

    fn data(&mut self, stream: u8, _time_ps: u64, bytes: &[u8]) -> Result<()> {
        if self.trace_stream == Some(stream) {
            self.recorder.write(bytes)?;
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
