//! `bkctl trace`: record, view, measure, lint, export, import, assert, compare.

mod at;
mod assert;
mod diff;
mod export;
mod import;
mod lint;
mod record;
mod stats;
mod view;
mod whole;

use std::path::Path;

use bluekernel_tracer::model::Trace as Model;
use bluekernel_tracer::recording::Recording;

use crate::cli::{Global, Trace};
use crate::error::{Error, Result};

pub(super) fn run(global: &Global, command: &Trace) -> Result {
    match command {
        Trace::Record(args) => record::run(global, args),
        Trace::View(args) => view::run(global, args),
        Trace::Stats(args) => stats::run(global, args),
        Trace::At(args) => at::run(global, args),
        Trace::Lint(args) => lint::run(global, args),
        Trace::Export(args) => export::run(global, args),
        Trace::Import(args) => import::run(global, args),
        Trace::Assert(args) => assert::run(global, args),
        Trace::Diff(args) => diff::run(global, args),
    }
}

/// Opens a recording. What is wrong with its end or in between is told on stderr, and the rest is used.
fn open(file: &Path) -> Result<(Recording, Model)> {
    let recording = Recording::open(file).map_err(|error| {
        let mut message = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Error::usage(message).hint("bkctl sim --trace FILE makes a recording")
    })?;
    let model = Model::of(&recording);
    for note in model.notes() {
        anstream::eprintln!("note: {}: {note}", file.display());
    }
    Ok((recording, model))
}
