//! `bkctl trace at`: the machine at an instant of a recording, restored by running the same firmware again.

use std::fmt::Write as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use bluekernel_tracer::model::{LaneKind, State, Trace as Model};
use bluekernel_tracer::recording::{Header, Recording};
use bluekernel_tracer::time;
use bluekernel_tracer::tui::{Moment, TaskLine, TimeMachine as _, Wish};
use serde::Serialize;

use super::super::build;
use super::super::device::backtrace;
use super::super::firmware::{Firmware, Place};
use crate::cli::{At, Global, ProjectArgs};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Align, Format, Table};
use crate::project::Project;
use crate::target::anchor::Anchor;
use crate::target::boards;
use crate::target::replay::{Replay, Run};

/// How often the answer is looked for.
const LOOK: Duration = Duration::from_millis(10);

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    /// Cycles of the trace.
    time: u64,
    calls: &'a [String],
    source: Option<String>,
    registers: serde_json::Map<String, serde_json::Value>,
    tasks: Vec<Task<'a>>,
    objects: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Task<'a> {
    name: &'a str,
    state: &'a str,
    stack_used: Option<u64>,
    stack_bytes: Option<u64>,
    place: Option<&'a str>,
}

pub(super) fn run(global: &Global, args: &At) -> Result {
    let (recording, model) = super::open(&args.file)?;
    let hz = recording.header.clock_hz;
    let wanted = time::parse(&args.time, hz).map_err(|error| Error::usage(error.to_string()))?;
    if !(model.start()..=model.end()).contains(&wanted) {
        let (from, to) = (time::moment(model.start(), hz), time::moment(model.end(), hz));
        return Err(Error::usage(format!("{} is not within the recording, which is from {from} to {to}", args.time)));
    }
    begins_at_reset(&model)?;
    let firmware = firmware_of(&recording, args.elf.as_deref(), &args.project)?;
    let run = replayed(firmware, &recording.header, Anchor::of(&recording.stream), &args.project, false);
    let mut replay = Replay::new(move || run)?;
    replay.ask(Wish::At(wanted));
    let mut moment = loop {
        match replay.answer() {
            Some(Ok(moment)) => break moment,
            Some(Err(why)) => return Err(Error::new(Exit::Simulator, why)),
            None => thread::sleep(LOOK),
        }
    };
    if moment.tasks.is_empty() {
        moment.tasks = recorded_tasks(&model, wanted);
    }
    match global.format {
        Format::Json => output::json(&answer(&moment))?,
        Format::Text => output::text(&render(&moment, hz))?,
    }
    Ok(Exit::Ok)
}

/// The tasks as the recording tells of them: of another kernel's the machine's memory does not say where they are.
fn recorded_tasks(model: &Model, time: u64) -> Vec<TaskLine> {
    let lanes = model.display_order().into_iter().filter_map(|place| model.lanes().get(place));
    let tasks = lanes.filter(|lane| matches!(lane.kind(), LaneKind::Task { .. }));
    let lines = tasks.filter_map(|lane| {
        let state = match lane.at(time, model.end())?.state {
            State::Blocked { reason, object: 0 } => format!("blocked on {}", reason.name()),
            State::Blocked { object, .. } => format!("blocked on {}", model.header().object(object)),
            state => state.name().to_owned(),
        };
        Some(TaskLine { name: model.lane_name(lane), state, stack: (None, 0), place: String::new() })
    });
    lines.collect()
}

/// Whether the machine of a recording can be brought to its moments.
///
/// # Errors
/// Exit 2 if the recording does not begin at a reset.
pub(super) fn begins_at_reset(model: &Model) -> Result<()> {
    match model.boots().first() == Some(&model.start()) {
        true => Ok(()),
        false => Err(Error::usage("the recording does not begin at a reset: nobody knows how its machine came there")),
    }
}

/// The firmware that was recorded: `elf`, or of the project the one that was kept by its build id, or the last that was built.
///
/// # Errors
/// Exit 2 if the ELF is not the recorded one.
pub(super) fn firmware_of(recording: &Recording, elf: Option<&Path>, project: &ProjectArgs) -> Result<Firmware> {
    let header = &recording.header;
    let found = Project::find()?;
    let name = project.board.as_ref().unwrap_or(&header.board);
    let board = boards::find(name, found.as_ref().map(|project| project.root.as_path()))?;
    let kept = match (elf, &found, &header.build_id) {
        (None, Some(project), Some(id)) => build::kept(&project.root, id),
        _ => None,
    };
    let firmware = Place { board, project: found }.firmware(project, elf.or(kept.as_deref()), true)?;
    let id = firmware.image.build_id_hex();
    // Other kernels' firmware often has none, and then it is for the person to say that it is this one.
    let is_said = header.from_outside && elf.is_some();
    if id != header.build_id || id.is_none() && !is_said {
        let words = |id: &Option<String>| id.clone().unwrap_or_else(|| "no build id".into());
        let (ours, theirs) = (words(&id), words(&header.build_id));
        return Err(Error::usage(format!(
            "{} is not the firmware of this recording: {ours}, and the recording has {theirs}",
            firmware.elf.display()
        ))
        .hint("say which it was: --elf ELF"));
    }
    Ok(firmware)
}

/// What has to run to come to the moments of a recording, or of what is seen live. `quietly`: without a word on the terminal.
pub(super) fn replayed(
    firmware: Firmware,
    header: &Header,
    anchor: Anchor,
    project: &ProjectArgs,
    quietly: bool,
) -> Run {
    let image = backtrace::debug_image(&firmware, project, quietly).unwrap_or_else(|why| {
        if !quietly {
            anstream::eprintln!("note: no source lines: {why}");
        }
        firmware.image.clone()
    });
    let (clock_hz, from_outside) = (header.clock_hz, header.from_outside);
    let Firmware { place, elf, .. } = firmware;
    let root = place.project.map(|project| project.root);
    Run { board: place.board, elf, image, root, clock_hz, anchor, from_outside }
}

fn answer(moment: &Moment) -> Answer<'_> {
    let source = moment.source.as_ref().map(|excerpt| format!("{}:{}", excerpt.file, excerpt.line));
    Answer {
        schema: "bk.trace.at/1",
        time: moment.time,
        calls: &moment.calls,
        source,
        registers: moment.registers.iter().map(|(name, value)| (name.clone(), (*value).into())).collect(),
        tasks: moment
            .tasks
            .iter()
            .map(|task| Task {
                name: &task.name,
                state: &task.state,
                stack_used: task.stack.0,
                stack_bytes: (task.stack.1 > 0).then_some(task.stack.1),
                place: (!task.place.is_empty()).then_some(&task.place),
            })
            .collect(),
        objects: moment.objects.iter().map(|(name, bytes)| (name.clone(), bytes.clone().into())).collect(),
    }
}

fn render(moment: &Moment, hz: u64) -> String {
    let mut out = format!("at {} (cycle {})\n", time::moment(moment.time, hz), moment.time);
    for (number, call) in moment.calls.iter().enumerate() {
        let _ = writeln!(out, "{number:>4}: {call}");
    }
    if let Some(excerpt) = &moment.source {
        let _ = writeln!(out, "\n{}", excerpt.file);
        for (number, text) in excerpt.lines.iter().filter(|(number, _)| number.abs_diff(excerpt.line) <= 4) {
            let mark = if *number == excerpt.line { '>' } else { ' ' };
            let _ = writeln!(out, "{mark}{number:>5}  {text}");
        }
    }
    out.push('\n');
    for registers in moment.registers.chunks(4) {
        let line: Vec<String> = registers.iter().map(|(name, value)| format!("{name:<4} {value:#010x}")).collect();
        let _ = writeln!(out, "  {}", line.join("  "));
    }
    if !moment.tasks.is_empty() {
        let _ = write!(out, "\n{}", tasks(&moment.tasks).render());
    }
    if !moment.objects.is_empty() {
        let mut table = Table::new(&[("object", Align::Left), ("memory", Align::Left)]);
        for (name, bytes) in &moment.objects {
            table.row([name.clone(), bytes.clone()]);
        }
        let _ = write!(out, "\n{}", table.render());
    }
    out
}

/// The table of tasks, with their stacks and places where they are known.
fn tasks(tasks: &[TaskLine]) -> Table {
    let known = tasks.iter().any(|task| task.stack.1 > 0);
    let columns = [("task", Align::Left), ("state", Align::Left), ("stack", Align::Right), ("where", Align::Left)];
    let mut table = Table::new(columns.get(..if known { 4 } else { 2 }).unwrap_or_default());
    for task in tasks {
        let mut row = vec![task.name.clone(), task.state.clone()];
        if known {
            let used = task.stack.0.map_or_else(|| "?".to_owned(), |used| used.to_string());
            row.extend([format!("{used}/{}", task.stack.1), task.place.clone()]);
        }
        table.row(row);
    }
    table
}
