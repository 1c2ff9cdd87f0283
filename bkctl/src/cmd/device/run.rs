//! `bkctl run`: program what changed, reset, and show what the firmware says until it ends. Also cargo's runner.

use std::collections::BTreeMap;
use std::sync::Arc;

use bksim_protocol::message::Stop;
use serde::Serialize;

use super::super::firmware::Firmware;
use super::super::recorder::{Recorded, Recorder};
use super::super::run::{self as shared, Ear, Text};
use super::backtrace::Backtrace;
use super::listen::{self, Ended, Job, Start};
use crate::cli::{Global, Run};
use crate::error::{Exit, Result};
use crate::output::{self, Format};
use crate::target::probe::program::Outcome;
use crate::target::probe::reach::Reach;
use crate::target::{session::End, text::Lines};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    chip: &'a str,
    target: String,
    elf: String,
    build_id: Option<String>,
    flash: &'a Option<Outcome>,
    end: &'static str,
    message: &'a str,
    exit: u8,
    firmware_exit: Option<i32>,
    stop: Option<&'a Stop>,
    rtt: bool,
    backtrace: &'a Option<Backtrace>,
    text: BTreeMap<&'a str, String>,
    trace: &'a Option<Recorded>,
}

pub(in crate::cmd) fn run(global: &Global, args: &Run) -> Result {
    let (mut reach, firmware, blocks) = super::firmware(global, &args.firmware)?;
    // As a chip of silicon: a host that reads at its own pace must be able to follow.
    reach.pace = Some(1.0);
    let recorder = match &args.trace {
        Some(file) => Some(Recorder::create(Some(file), &shared::header(&firmware)?)?),
        None => None,
    };
    let firmware = Arc::new(firmware);
    let job = Job {
        firmware: Arc::clone(&firmware),
        project: args.firmware.project.clone(),
        blocks,
        start: if args.no_flash { Start::Reset } else { Start::Program },
        wants_trace: recorder.is_some(),
        duration_ps: None,
        timeout: args.timeout,
        wants_backtrace: true,
        format: global.format,
    };
    let ended = listen::listen(&reach, job, Ear::new(text(global.format), recorder, None))?;
    let (exit, message) = listen::verdict(&ended.heard.end, args.timeout, args.exit_code);
    answer("bk.run/1", global.format, &reach, &firmware, &ended, exit, &message)?;
    Ok(exit)
}

/// What becomes of the firmware's text.
pub(super) fn text(format: Format) -> Text {
    match format {
        Format::Text => Text::Print(Lines::default()),
        Format::Json => Text::Keep(BTreeMap::new()),
    }
}

/// The answer of `run` and `attach`.
pub(super) fn answer(
    schema: &'static str,
    format: Format,
    reach: &Reach,
    firmware: &Firmware,
    ended: &Ended,
    exit: Exit,
    message: &str,
) -> Result<()> {
    let Text::Keep(texts) = &ended.text else {
        listen::summarize(ended, message);
        return Ok(());
    };
    debug_assert_eq!(format, Format::Json);
    let (end, stop) = match &ended.heard.end {
        End::Stopped(stop) => ("stopped", Some(stop)),
        End::Timeout => ("timeout", None),
        End::Interrupted => ("interrupted", None),
    };
    output::json(&Answer {
        schema,
        board: &reach.board.name,
        chip: &reach.board.chip.name,
        target: reach.title(),
        elf: firmware.elf.display().to_string(),
        build_id: firmware.image.build_id_hex(),
        flash: &ended.heard.flashed,
        end,
        message,
        exit: exit.code(),
        firmware_exit: match stop {
            Some(Stop::Exit { code }) => Some(*code),
            _ => None,
        },
        stop,
        rtt: ended.heard.rtt,
        backtrace: &ended.heard.backtrace,
        text: texts.iter().map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes).into())).collect(),
        trace: &ended.recorded,
    })
}
