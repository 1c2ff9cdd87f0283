//! `bkctl erase`: all of the chip's flash memory.

use serde::Serialize;

use super::progress;
use crate::cli::{Erase, Global};
use crate::error::{Exit, Result};
use crate::output::{self, Format};
use crate::target::probe::plan::{self, Sector};
use crate::target::probe::program;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    chip: &'a str,
    target: String,
    sectors: usize,
    /// Those that were not blank.
    erased: &'a [Sector],
}

pub(in crate::cmd) fn run(global: &Global, args: &Erase) -> Result {
    let reach = super::chip(global, &args.chip)?;
    let sectors = plan::sectors(&reach.board).len();
    let format = global.format;
    let erased = reach.connect(move |chip| program::erase(chip, progress::reporter(format).as_mut()))?;
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.erase/1",
            board: &reach.board.name,
            chip: &reach.board.chip.name,
            target: reach.title(),
            sectors,
            erased: &erased,
        })?,
        Format::Text => anstream::eprintln!(
            "erased {} of {sectors} sectors, the others were blank; the core is halted",
            erased.len()
        ),
    }
    Ok(Exit::Ok)
}
