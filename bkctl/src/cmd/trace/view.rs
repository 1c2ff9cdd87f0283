//! `bkctl trace view`: a timeline in the terminal, of a recording or live from the simulator.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use bluekernel_tracer::{text, time};

use crate::cli::{Global, View};
use crate::error::{Error, Exit, Result};
use crate::output;

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
        Some(window) => time::parse_window(window, recording.header.clock_hz, &whole)
            .map_err(|error| Error::usage(error.to_string()))?,
    };
    let width = args.width.or_else(terminal_width).unwrap_or(DEFAULT_WIDTH);
    output::text(&text::timeline(&model, window, usize::from(width), style(args)))?;
    Ok(Exit::Ok)
}

fn terminal_width() -> Option<u16> {
    io::stdout().is_terminal().then(|| crossterm::terminal::size().ok()).flatten().map(|(columns, _)| columns)
}

fn recorded(file: &Path, args: &View) -> Result {
    let _ = (file, args);
    todo!()
}

fn live(global: &Global, args: &View) -> Result {
    let _ = (global, args);
    todo!()
}
