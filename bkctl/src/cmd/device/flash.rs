//! `bkctl flash`: the firmware into the chip, and only what differs.

use serde::Serialize;

use super::progress;
use crate::cli::{Flash, Global};
use crate::error::{Exit, Result};
use crate::output::{self, Format};
use crate::target::probe::program::{self, Options, Outcome};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    chip: &'a str,
    target: String,
    elf: String,
    build_id: Option<String>,
    dry_run: bool,
    erase_all: bool,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

pub(in crate::cmd) fn run(global: &Global, args: &Flash) -> Result {
    let (reach, firmware, blocks) = super::firmware(global, &args.firmware)?;
    let options = Options { dry_run: args.dry_run, erase_all: args.erase_all, no_verify: args.no_verify };
    let format = global.format;
    let outcome = reach.connect(move |chip| {
        let mut progress = progress::reporter(format);
        let outcome = program::flash(chip, &blocks, options, progress.as_mut())?;
        if !options.dry_run {
            chip.reset()?;
        }
        Ok(outcome)
    })?;
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.flash/1",
            board: &reach.board.name,
            chip: &reach.board.chip.name,
            target: reach.title(),
            elf: firmware.elf.display().to_string(),
            build_id: firmware.image.build_id_hex(),
            dry_run: args.dry_run,
            erase_all: args.erase_all,
            outcome: &outcome,
        })?,
        Format::Text => anstream::eprintln!("{}", progress::summary(&outcome, args.dry_run)),
    }
    Ok(Exit::Ok)
}
