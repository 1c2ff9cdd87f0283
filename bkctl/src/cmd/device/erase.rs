//! `bkctl erase`: all of the chip's flash memory.

use serde::Serialize;

use super::progress;
use crate::cli::{Erase, Global};
use crate::error::{Exit, Result};
use crate::output::{self, Format};
use crate::target::probe::{plan, program, protection};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    chip: &'a str,
    target: String,
    sectors: usize,
    erased: u64,
}

pub(in crate::cmd) fn run(global: &Global, args: &Erase) -> Result {
    let reach = super::chip(global, &args.chip)?;
    let sectors = plan::sectors(&reach.board);
    let (count, erased) = (sectors.len(), sectors.iter().map(|sector| sector.size).sum::<u64>());
    let format = global.format;
    reach.connect(move |chip| {
        chip.reset_and_halt()?;
        protection::check(chip, &sectors)?;
        program::erase_sectors(chip, &sectors, progress::reporter(format).as_mut())
    })?;
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.erase/1",
            board: &reach.board.name,
            chip: &reach.board.chip.name,
            target: reach.title(),
            sectors: count,
            erased,
        })?,
        Format::Text => anstream::eprintln!("erased {} KiB in {count} sectors; the core is halted", erased / 1024),
    }
    Ok(Exit::Ok)
}
