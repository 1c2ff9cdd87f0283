//! `bkctl trace record`: a recording, without the firmware's text.

use super::super::firmware;
use super::super::recorder::{Recorded, Recorder};
use super::super::run::{self, Ear, Text};
use crate::cli::{ExitFrom, Global, Record};
use crate::error::Result;
use crate::output::{self, Format};
use crate::target;

#[derive(serde::Serialize)]
struct Answer<'a> {
    schema: &'static str,
    exit: u8,
    message: &'a str,
    time_ps: u64,
    cycles: u64,
    trace: &'a Option<Recorded>,
}

pub(super) fn run(global: &Global, args: &Record) -> Result {
    let place = firmware::place(&args.run.project)?;
    target::announce(target::select(global, place.project.as_ref())?, &place.board);
    let firmware = place.firmware(&args.run.project, args.elf.as_deref(), args.run.no_build)?;
    let recorder = Recorder::create(Some(&args.output), &run::header(&firmware)?)?;
    let ended = run::run(&firmware, &args.run, Ear::new(Text::Drop, Some(recorder), None))?;
    let (exit, message) = run::verdict(&ended.outcome.end, &args.run, ExitFrom::Bkctl);
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.trace.record/1",
            exit: exit.code(),
            message: &message,
            time_ps: ended.outcome.time_ps,
            cycles: ended.outcome.cycles,
            trace: &ended.recorded,
        })?,
        Format::Text => run::summarize(&ended, &message)?,
    }
    Ok(exit)
}
