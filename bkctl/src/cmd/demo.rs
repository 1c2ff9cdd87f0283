//! `bkctl demo`: the whole road in one command, in a folder of its own.
//!
//! The project is made once for each state of the kit and kept in the user's cache folder, so a second run is quick and
//! changes nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bksim_protocol::message::Latency;
use bluekernel_inspect::footprint::Footprint;
use bluekernel_inspect::live::LiveTask;
use bluekernel_tracer::model::Trace;
use bluekernel_tracer::recording::Recording;
use bluekernel_tracer::stats::{self, Statistics};
use serde::Serialize;

use super::firmware::{self, Firmware, Place};
use super::recorder::{Recorded, Recorder};
use super::run::{self, Ear, Ended, Text};
use super::size;
use crate::cli::{Demo, ExitFrom, Global, ProjectArgs, RunArgs, Unmodelled};
use crate::error::{Error, Exit, Result};
use crate::folders;
use crate::kit;
use crate::output::{self, Align, Format, Table};
use crate::project::scaffold::{self, Plan};
use crate::project::{MANIFEST, Project, cargo};
use crate::target::{self, boards};
use crate::units::{show_count, show_cycles_us, show_time};

/// The project's name, and its template.
const NAME: &str = "blinky";

#[derive(Serialize)]
struct Answer {
    schema: &'static str,
    project: PathBuf,
    board: String,
    time_ps: u64,
    core_hz: u64,
    tasks: Vec<Task>,
    tracing_off: Variant,
    tracing_on: Variant,
    trace: Option<Recorded>,
}

#[derive(Clone, Serialize)]
struct Task {
    name: String,
    priority: u8,
    cpu: f64,
    switches: u64,
    stack_used: Option<u64>,
    stack_bytes: u64,
}

/// What differs with tracing off and on.
#[derive(Serialize)]
struct Variant {
    context_switch: Option<Latency>,
    flash: u64,
    ram: u64,
}

pub(super) fn run(global: &Global, args: &Demo) -> Result {
    let board = boards::find(&args.board, None)?;
    let folder = match &args.dir {
        Some(dir) => dir.clone(),
        None => cache_folder()?.join(format!("demo-{}", fingerprint(board.hash())?)),
    };
    let root = folder.join(NAME);
    // The demo is about the project it makes, and that runs in the simulator.
    target::simulator_only(global, None, "bkctl new, then bkctl run in the project")?;
    target::announce("sim", &board);
    if root.join(MANIFEST).is_file() {
        say(global, &format!("project: {} (made by an earlier demo)", root.display()));
    } else {
        fs::create_dir_all(&folder).map_err(|error| Error::file("make", &folder, &error))?;
        scaffold::create(&Plan { path: &root, board: &board, template: NAME })?;
        say(global, &format!("project: {} (bkctl new {NAME} --board {})", root.display(), board.name));
    }
    let project = Project::open(&root)?;

    let work = root.join("target/bk/demo");
    fs::create_dir_all(&work).map_err(|error| Error::file("make", &work, &error))?;
    let recording = work.join("run.bkt");
    let place = || Place { board: board.clone(), project: Some(project.clone()) };
    say(global, "building (cargo build --release), with tracing and without");
    let traced = build(place(), &work, false)?;
    let plain = build(place(), &work, true)?;

    say(global, &format!("simulating {} of virtual time, twice", show_time(args.duration)));
    let off = simulate(&plain, args, None)?;
    let on = simulate(&traced, args, Some(&recording))?;

    let answer = Answer {
        schema: "bk.demo/1",
        project: root.clone(),
        board: board.name.clone(),
        time_ps: on.outcome.time_ps,
        core_hz: on.outcome.core_hz,
        tasks: tasks(&recording, &on.tasks)?,
        tracing_off: variant(&off, &size::footprint(&plain)),
        tracing_on: variant(&on, &size::footprint(&traced)),
        trace: on.recorded,
    };
    match global.format {
        Format::Json => output::json(&answer)?,
        Format::Text => output::text(&render(&answer))?,
    }
    Ok(Exit::Ok)
}

/// What is being done, on stderr.
fn say(global: &Global, line: &str) {
    if global.format == Format::Text {
        anstream::eprintln!("{line}");
    }
}

/// Where the projects of demos are kept.
fn cache_folder() -> Result<PathBuf> {
    folders::cache().ok_or_else(|| {
        Error::usage("there is no home folder to keep the demo in").hint("say where: bkctl demo --dir DIR")
    })
}

/// Names the state of the kit and the board: another kernel, template or board makes another project.
fn fingerprint(board_hash: &str) -> Result<String> {
    let mut files = kit::vendored()?;
    for (path, bytes) in kit::template(NAME).unwrap_or_default() {
        files.push((format!("template/{path}"), bytes.to_vec()));
    }
    files.push(("board".into(), board_hash.as_bytes().to_vec()));
    let mut hash = kit::hash(files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())));
    hash.truncate(12);
    Ok(hash)
}

/// Builds one variant and keeps its ELF: both have the same name in cargo's folder.
fn build(place: Place, work: &Path, without_trace: bool) -> Result<Firmware> {
    let root = place.project.as_ref().map(|project| project.root.clone()).unwrap_or_default();
    let options = cargo::Options {
        target: place.board.chip.target.clone(),
        no_default_features: without_trace,
        quiet: true,
        ..cargo::Options::default()
    };
    let built = cargo::build(&root, &options)?;
    let elf = work.join(if without_trace { "tracing-off.elf" } else { "tracing-on.elf" });
    fs::copy(&built, &elf).map_err(|error| Error::file("write", &elf, &error))?;
    let image = firmware::read_image(&elf)?;
    Ok(Firmware { place, elf, image })
}

fn simulate(firmware: &Firmware, args: &Demo, recording: Option<&Path>) -> Result<Ended> {
    let run_args = RunArgs {
        project: ProjectArgs::default(),
        no_build: true,
        duration: Some(args.duration),
        pace: None,
        unmodelled: Unmodelled::Warn,
        timeout: None,
        hold_back: Vec::new(),
    };
    let recorder = recording.map(|file| Recorder::create(Some(file), &run::header(firmware)?)).transpose()?;
    let table =
        firmware.image.kernel().map_err(|error| Error::usage(format!("{}: {error}", firmware.elf.display())))?;
    let ended = run::run(firmware, &run_args, Ear::new(Text::Drop, recorder, table))?;
    let (exit, message) = run::verdict(&ended.outcome.end, &run_args, ExitFrom::Bkctl);
    if exit == Exit::Ok { Ok(ended) } else { Err(Error::new(exit, message)) }
}

/// The table: what the trace says of a task, and what its painted stack says.
fn tasks(recording: &Path, live: &[LiveTask]) -> Result<Vec<Task>> {
    let recording = Recording::open(recording).map_err(|error| Error::usage(error.to_string()))?;
    let statistics = Statistics::of(&Trace::of(&recording));
    let row =
        |number: u8| -> Option<&stats::TaskRow> { statistics.tasks.iter().find(|row| row.number == u32::from(number)) };
    let mut live: Vec<&LiveTask> = live.iter().collect();
    live.sort_by_key(|task| (std::cmp::Reverse(task.info.priority), task.info.number));
    Ok(live
        .into_iter()
        .map(|task| Task {
            name: task.info.name.clone(),
            priority: task.info.priority,
            cpu: row(task.info.number).map_or(0.0, |row| row.cpu),
            switches: row(task.info.number).map_or(0, |row| row.switches),
            stack_used: task.stack_used,
            stack_bytes: task.info.stack_bytes,
        })
        .collect())
}

fn variant(ended: &Ended, footprint: &Footprint) -> Variant {
    Variant { context_switch: ended.outcome.statistics.context_switch, flash: footprint.flash, ram: footprint.ram }
}

fn render(answer: &Answer) -> String {
    const NUMBER: Align = Align::Right;
    const NAME: Align = Align::Left;
    let mut out = String::new();
    let _ = writeln!(out, "\n{} on {}, {} of virtual time\n", self::NAME, answer.board, show_time(answer.time_ps));

    let mut tasks = Table::new(&[
        ("task", NAME),
        ("priority", NUMBER),
        ("CPU %", NUMBER),
        ("switches", NUMBER),
        ("stack used/size", NUMBER),
    ]);
    for task in &answer.tasks {
        let used = task.stack_used.map_or_else(|| "?".into(), show_count);
        tasks.row([
            task.name.clone(),
            task.priority.to_string(),
            format!("{:.2}", task.cpu * 100.0),
            show_count(task.switches),
            format!("{used}/{}", show_count(task.stack_bytes)),
        ]);
    }
    out.push_str(&tasks.render());

    let mut latency = Table::new(&[
        ("context switch", NAME),
        ("min", NUMBER),
        ("p50", NUMBER),
        ("p99", NUMBER),
        ("max", NUMBER),
        ("times", NUMBER),
    ]);
    let mut footprint = Table::new(&[("footprint in bytes", NAME), ("flash", NUMBER), ("RAM", NUMBER)]);
    for (name, variant) in [("tracing off", &answer.tracing_off), ("tracing on", &answer.tracing_on)] {
        if let Some(switch) = &variant.context_switch {
            let values = [switch.min, switch.p50, switch.p99, switch.max];
            latency.row(
                [format!("{name}, cycles")].into_iter().chain(values.map(show_count)).chain([show_count(switch.count)]),
            );
            latency.row(
                [format!("{name}, us")].into_iter().chain(values.map(|cycles| show_cycles_us(cycles, answer.core_hz))),
            );
        }
        footprint.row([name.to_owned(), show_count(variant.flash), show_count(variant.ram)]);
    }
    let _ = write!(out, "\n{}\n{}", latency.render(), footprint.render());
    if let Some(trace) = &answer.trace {
        let _ = writeln!(out, "\n  trace hash  sha256 {}", trace.sha256);
    }
    let _ = write!(
        out,
        "\nLook further:\n\n    cd {}\n    bkctl trace view target/bk/demo/run.bkt    # the timeline\n    \
         bkctl trace stats target/bk/demo/run.bkt   # the numbers\n    bkctl trace view                           # live\n    \
         bkctl size                                 # where the bytes are\n    bkctl sim --for 2s                         # its text\n\n\
         Your own: bkctl new NAME --board {}\n",
        answer.project.display(),
        answer.board
    );
    out
}
