//! `bkctl trace view`: a timeline in the terminal, of a recording or live from the target.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _};
use std::ops::Range;
use std::path::Path;

use bluekernel_tracer::model::Trace as Model;
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::{text, time, tui};

use super::super::firmware::Firmware;
use super::super::size;
use super::bookmarks::Kept;
use super::terminal::{need_terminal, options};
use super::{at, latencies, live};
use crate::cli::{Global, View};
use crate::error::{Error, Exit, Result};
use crate::output;
use crate::target::anchor::Anchor;
use crate::target::replay::Replay;

/// How an ELF file begins (System V ABI, "ELF Identification").
const ELF: &[u8] = b"\x7fELF";

/// Columns of the text where no terminal says how many it has.
const DEFAULT_WIDTH: u16 = 100;

pub(super) fn run(global: &Global, args: &View) -> Result {
    match &args.file {
        Some(file) if is_elf(file) && args.sim.is_some() => {
            Err(Error::usage(format!("--sim is about a recording, and {} is firmware", file.display())).hint(
                "bkctl sim --trace run.bkt --format json > run.json, and then bkctl trace view run.bkt --sim run.json",
            ))
        }
        Some(file) if is_elf(file) => live::of_elf(global, file, args),
        Some(file) if args.trace.is_some() || args.ghost || args.trace_cost => {
            let words = "--trace, --ghost and --trace-cost are for what runs";
            Err(Error::usage(format!("{words}, and {} is a recording", file.display()))
                .hint("bkctl trace view FIRMWARE.elf runs a firmware"))
        }
        Some(file) if args.text => as_text(file, args),
        Some(file) => recorded(file, args),
        None if args.text => Err(Error::usage("--text needs a recording")
            .hint("bkctl sim --trace run.bkt makes one; then bkctl trace view run.bkt --text")),
        None => live::of_project(global, args),
    }
}

/// Whether a file is firmware, to be run. What is wrong with one that cannot be read is told where it is opened.
fn is_elf(file: &Path) -> bool {
    let mut start = [0; ELF.len()];
    File::open(file).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *ELF
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

fn recorded(file: &Path, args: &View) -> Result {
    let (recording, model) = super::open(file)?;
    let mut options = options(args)?;
    let read =
        |answer| latencies::read_with_lines(answer, file, (&recording, &model), args.elf.as_deref(), &args.run.project);
    options.latencies = args.sim.as_deref().map(read).transpose()?;
    need_terminal()?;
    if let Some(window) = &args.window {
        options.window = Some(parse_window(window, recording.header.clock_hz, &model.window())?);
    }
    let firmware = firmware(&recording, args)?;
    options.footprint = firmware.as_ref().map(size::footprint);
    let machine = match firmware {
        Some(firmware) => machine(firmware, &recording, &model, args)?,
        None => None,
    };
    let notebook = Kept::of(file).map(|kept| Box::new(kept) as Box<dyn tui::Notebook>);
    tui::run(tui::Feed::Recording(recording), options, tui::Backing { machine, notebook })?;
    Ok(Exit::Ok)
}

/// The firmware of a recording: the one that was named, or the project's, if that is the recorded one.
fn firmware(recording: &Recording, args: &View) -> Result<Option<Firmware>> {
    match at::firmware_of(recording, args.elf.as_deref(), &args.run.project) {
        Ok(firmware) => Ok(Some(firmware)),
        Err(error) if args.elf.is_some() => Err(error),
        Err(error) => {
            tracing::info!(why = error.message(), "the recording's firmware is not known");
            Ok(None)
        }
    }
}

/// The machine behind a recording of `firmware`, if it can be brought to the recording's moments.
fn machine(
    firmware: Firmware,
    recording: &Recording,
    model: &Model,
    args: &View,
) -> Result<Option<Box<dyn tui::TimeMachine>>> {
    if let Err(error) = at::begins_at_reset(model) {
        tracing::info!(why = error.message(), "no machine behind the recording");
        return Ok(None);
    }
    let (header, project) = (recording.header.clone(), args.run.project.clone());
    let anchor = Anchor::of(&recording.stream);
    let replay = Replay::new(move || at::replayed(firmware, &header, anchor, &project, true))?;
    Ok(Some(Box::new(replay)))
}

fn parse_window(window: &str, clock_hz: u64, whole: &Range<u64>) -> Result<Range<u64>> {
    time::parse_window(window, clock_hz, whole).map_err(|error| Error::usage(error.to_string()))
}
