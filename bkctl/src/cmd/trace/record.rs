//! `bkctl trace record`: a recording, without the firmware's text.

use super::super::device::listen;
use super::super::firmware::{self, Place};
use super::super::recorder::{Recorded, Recorder};
use super::super::run::{self, Ear, Text};
use super::super::trace_cost;
use crate::cli::{ExitFrom, Global, Record};
use crate::error::Result;
use crate::output::{self, Format};
use crate::target::{self, Target};

#[derive(serde::Serialize)]
struct Answer<'a> {
    schema: &'static str,
    exit: u8,
    message: &'a str,
    time_ps: Option<u64>,
    cycles: Option<u64>,
    trace: &'a Option<Recorded>,
}

pub(super) fn run(global: &Global, args: &Record) -> Result {
    if let Some(file) = &args.from {
        return super::from::run(global, args, file);
    }
    let place = firmware::place(&args.run.project)?;
    if let Target::Probe(_) = target::select(global, place.project.as_ref())? {
        if args.trace_cost {
            return Err(trace_cost::simulator_only("bkctl trace record --trace-cost --target sim"));
        }
        return by_probe(global, args, place);
    }
    target::announce("sim", &place.board);
    let firmware = place.firmware(&args.run.project, args.elf.as_deref(), args.run.no_build)?;
    let recorder = Recorder::create(Some(&args.output), &run::header(&firmware)?)?;
    let mut request = run::request(&firmware, &args.run)?;
    if args.trace_cost {
        request.trace_cost = Some(trace_cost::described(&firmware, &args.run.project)?);
    }
    let ended = run::hear(&request, Ear::new(Text::Drop, Some(recorder), None))?;
    let (exit, message) = run::verdict(&ended.outcome.end, &args.run, ExitFrom::Bkctl);
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.trace.record/1",
            exit: exit.code(),
            message: &message,
            time_ps: Some(ended.outcome.time_ps),
            cycles: Some(ended.outcome.cycles),
            trace: &ended.recorded,
        })?,
        Format::Text => run::summarize(&ended, &firmware.image, &message)?,
    }
    Ok(exit)
}

/// The same of a chip: the firmware is programmed as far as it differs, and the recording begins with its reset.
fn by_probe(global: &Global, args: &Record, place: Place) -> Result {
    let (reach, job) = listen::traced(global, place, &args.run, args.elf.as_deref())?;
    let recorder = Recorder::create(Some(&args.output), &run::header(&job.firmware)?)?;
    let ended = listen::listen(&reach, job, Ear::new(Text::Drop, Some(recorder), None))?;
    let (exit, message) = listen::verdict(&ended.heard.end, args.run.timeout, ExitFrom::Bkctl);
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.trace.record/1",
            exit: exit.code(),
            message: &message,
            time_ps: None,
            cycles: None,
            trace: &ended.recorded,
        })?,
        Format::Text => listen::summarize(&ended, &message),
    }
    Ok(exit)
}
