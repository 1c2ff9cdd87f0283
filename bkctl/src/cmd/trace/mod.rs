//! `bkctl trace`: record, view, measure, explain, lint, export, import, assert, compare, report.

mod assert;
mod at;
mod bookmarks;
mod diff;
mod export;
mod from;
mod import;
mod latencies;
mod lint;
mod live;
mod path;
mod record;
mod report;
mod stats;
mod terminal;
mod view;
mod whole;

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use bluekernel_tracer::model::{LaneKind, Trace as Model};
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::time;
use sha2::{Digest as _, Sha256};

use crate::cli::{Global, Trace};
use crate::error::{Error, Result};

pub(super) fn run(global: &Global, command: &Trace) -> Result {
    match command {
        Trace::Record(args) => record::run(global, args),
        Trace::View(args) => view::run(global, args),
        Trace::Stats(args) => stats::run(global, args),
        Trace::Path(args) => path::run(global, args),
        Trace::At(args) => at::run(global, args),
        Trace::Lint(args) => lint::run(global, args),
        Trace::Export(args) => export::run(global, args),
        Trace::Import(args) => import::run(global, args),
        Trace::Assert(args) => assert::run(global, args),
        Trace::Diff(args) => diff::run(global, args),
        Trace::Report(args) => report::run(global, args),
    }
}

/// Opens a recording. What is wrong with its end or in between is told on stderr, and the rest is used.
fn open(file: &Path) -> Result<(Recording, Model)> {
    let recording = read(file)?;
    let model = Model::of(&recording);
    tell_notes(file, &model);
    Ok((recording, model))
}

/// The same, and `without_tracing` as if tracing took no time.
///
/// # Errors
/// Exit 2 if the recording does not tell what tracing cost, too.
fn open_as(file: &Path, without_tracing: bool) -> Result<(Recording, Model)> {
    if !without_tracing {
        return open(file);
    }
    let recording = read(file)?;
    let model = Model::without_tracing(&recording).ok_or_else(|| no_cost(&file.display().to_string()))?;
    tell_notes(file, &model);
    Ok((recording, model))
}

/// Nobody can subtract what `files` do not tell.
fn no_cost(files: &str) -> Error {
    Error::usage(format!("{files}: what tracing cost is not told there, and cannot be subtracted"))
        .hint("bkctl sim --trace FILE --trace-cost makes a recording that tells it")
}

fn tell_notes(file: &Path, model: &Model) {
    for note in model.notes() {
        anstream::eprintln!("note: {}: {note}", file.display());
    }
}

fn read(file: &Path) -> Result<Recording> {
    Recording::open(file).map_err(|error| {
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Error::usage(message).hint("bkctl sim --trace FILE makes a recording")
    })
}

/// The SHA-256 of a recording's file in hexadecimal, as `sha256sum` and the run that made it print it.
fn sha256(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).map_err(|error| Error::file("read", file, &error))?;
    Ok(Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// The window that a person gave, in the recording's time, or all of `model`.
fn window(window: Option<&str>, model: &Model) -> Result<Range<u64>> {
    match window {
        Some(text) => time::parse_window(text, model.clock_hz(), &model.recorded_window(model.window()))
            .map(|window| model.shown_window(window))
            .map_err(|error| Error::usage(error.to_string())),
        None => Ok(model.window()),
    }
}

/// The number of the task called `name`.
fn task(name: &str, model: &Model) -> Result<u32> {
    let numbers: Vec<u32> = model
        .lanes()
        .iter()
        .filter_map(|lane| match lane.kind() {
            LaneKind::Task { number } => Some(number),
            _ => None,
        })
        .collect();
    let header = model.header();
    numbers.iter().copied().find(|number| header.task(*number) == name).ok_or_else(|| {
        let names: Vec<String> = numbers.iter().map(|number| header.task(*number)).collect();
        Error::usage(format!("no task is called `{name}`")).hint(format!("this recording has {}", names.join(", ")))
    })
}
