//! `bkctl sim`: firmware in the simulator, its text on stdout, what was measured on stderr.

use std::collections::BTreeMap;

use bksim_protocol::message::Statistics;
use bluekernel_inspect::live::LiveTask;
use serde::Serialize;

use super::device::backtrace;
use super::recorder::{Recorded, Recorder};
use super::run::{self, Ear, Text};
use super::{firmware, latency, trace_cost};
use crate::cli::{Global, Sim};
use crate::error::{Error, Result};
use crate::kernels;
use crate::output::{self, Format};
use crate::target::{self, session::End, text::Lines};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    board: &'a str,
    chip: &'a str,
    elf: String,
    build_id: Option<String>,
    core_hz: u64,
    end: &'static str,
    message: &'a str,
    exit: u8,
    firmware_exit: Option<i32>,
    stop: Option<&'a bksim_protocol::message::Stop>,
    time_ps: u64,
    cycles: u64,
    statistics: &'a Statistics,
    tasks: Vec<Task>,
    text: BTreeMap<&'a str, String>,
    trace: &'a Option<Recorded>,
    ghost: &'a Option<Recorded>,
}

#[derive(Serialize)]
struct Task {
    number: u8,
    name: String,
    priority: u8,
    stack_bytes: u64,
    stack_used: Option<u64>,
}

impl From<&LiveTask> for Task {
    fn from(task: &LiveTask) -> Self {
        Self {
            number: task.info.number,
            name: task.info.name.clone(),
            priority: task.info.priority,
            stack_bytes: task.info.stack_bytes,
            stack_used: task.stack_used,
        }
    }
}

pub(super) fn run(global: &Global, args: &Sim) -> Result {
    let place = firmware::place(&args.run.project)?;
    target::simulator_only(global, place.project.as_ref(), "bkctl run")?;
    target::announce("sim", &place.board);
    let firmware = match &args.elf {
        Some(file) => place.firmware_of_any_kind(file, args.address)?,
        None => place.firmware(&args.run.project, None, args.run.no_build)?,
    };
    // Without --trace the recording is still made and hashed; a firmware without trace has none, which is no failure.
    let recorder = match (run::header(&firmware), &args.trace) {
        (Ok(header), file) => Some(Recorder::create(file.as_deref(), &header)?),
        (Err(error), Some(_)) => return Err(error),
        (Err(_), None) => None,
    };
    let ghost_of = match &args.ghost {
        Some(_) => Some(kernels::of(&firmware.image, &firmware.elf, args.kernel.as_deref())?),
        None => None,
    };
    let ghost = match (&args.ghost, &ghost_of) {
        (Some(file), Some(of)) => Some(Recorder::create(Some(file), &run::ghost_header(&firmware, of)?)?),
        _ => None,
    };
    let table =
        firmware.image.kernel().map_err(|error| Error::usage(format!("{}: {error}", firmware.elf.display())))?;
    let text = match global.format {
        Format::Text => Text::Print(Lines::default()),
        Format::Json => Text::Keep(Default::default()),
    };
    let mut request = run::request(&firmware, &args.run)?;
    request.address = args.address;
    request.probe = args.probe.as_deref();
    request.instruction_clock = args.ips;
    request.ghost = ghost_of;
    if args.trace_cost {
        request.trace_cost = Some(trace_cost::described(&firmware, &args.run.project)?);
    }
    if args.probe.is_some() && args.run.pace.is_none() {
        // A debugger's time-outs are the host's.
        request.pace = Some(1.0);
    }
    let mut ear = Ear::new(text, recorder, table);
    ear.ghost = ghost;
    let ended = run::hear(&request, ear)?;
    let (exit, message) = run::verdict(&ended.outcome.end, &args.run, args.exit_code);
    match &ended.text {
        Text::Keep(texts) => {
            let (end, stop) = match &ended.outcome.end {
                End::Stopped(stop) => ("stopped", Some(stop)),
                End::Timeout => ("timeout", None),
                End::Interrupted => ("interrupted", None),
            };
            let board = &firmware.place.board;
            output::json(&Answer {
                schema: "bk.sim/1",
                board: &board.name,
                chip: &board.chip.name,
                elf: firmware.elf.display().to_string(),
                build_id: firmware.image.build_id_hex(),
                core_hz: ended.outcome.core_hz,
                end,
                message: &message,
                exit: exit.code(),
                firmware_exit: match stop {
                    Some(bksim_protocol::message::Stop::Exit { code }) => Some(*code),
                    _ => None,
                },
                stop,
                time_ps: ended.outcome.time_ps,
                cycles: ended.outcome.cycles,
                statistics: &ended.outcome.statistics,
                tasks: ended.tasks.iter().map(Task::from).collect(),
                text: texts
                    .iter()
                    .map(|(name, bytes)| (name.as_str(), String::from_utf8_lossy(bytes).into()))
                    .collect(),
                trace: &ended.recorded,
                ghost: &ended.ghost,
            })?;
        }
        _ => {
            run::summarize(&ended, &firmware.image, &message)?;
            if args.latency {
                let outcome = &ended.outcome;
                let image = backtrace::debug_image(&firmware, &args.run.project, false).unwrap_or_else(|why| {
                    anstream::eprintln!("note: no source lines: {why}");
                    firmware.image.clone()
                });
                let root = firmware.place.project.as_ref().map(|project| project.root.as_path());
                let text = latency::show(&outcome.statistics.exceptions, &image, root, outcome.core_hz);
                anstream::eprint!("{text}");
            }
        }
    }
    Ok(exit)
}
