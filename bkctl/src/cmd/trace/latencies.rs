//! What `bkctl sim --format json` said of the run that a recording is of: masks and latencies, which no recording holds.

use std::fs;
use std::path::{Path, PathBuf};

use bksim_protocol::message::{self, LongWait, Statistics};
use bluekernel_inspect::Image;
use bluekernel_tracer::latency::{ExceptionLatency, Latencies, Masked, Wait, WaitedFor};
use bluekernel_tracer::model::Trace as Model;
use bluekernel_tracer::recording::{Header, Recording};
use serde::Deserialize;

use super::super::device::backtrace;
use super::super::firmware::{self, Firmware};
use super::super::latency::Places;
use super::at;
use crate::cli::ProjectArgs;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::target::anchor::Anchor;
use crate::target::replay;

/// The answer's schema name.
const SCHEMA: &str = "bk.sim/1";

/// What is read of the answer.
#[derive(Deserialize)]
struct Answer {
    schema: String,
    core_hz: u64,
    elf: PathBuf,
    build_id: Option<String>,
    statistics: Statistics,
    trace: Option<Recorded>,
    ghost: Option<Recorded>,
}

#[derive(Deserialize)]
struct Recorded {
    sha256: String,
}

/// What `answer` says of the run that the recording in `file` is of, with that recording's header.
///
/// # Errors
/// Exit 2 if it cannot be read, is no such answer, or is one about another run.
pub(super) fn read(answer: &Path, file: &Path, header: &Header) -> Result<Latencies> {
    let told = told(answer, file, header)?;
    // Without the firmware that ran, places are addresses.
    let image = firmware::read_image(&told.elf).ok();
    let image = image.filter(|image| image.build_id_hex().is_some() && image.build_id_hex() == told.build_id);
    let project = Project::find()?;
    Ok(latencies(&told, image.as_ref(), project.as_ref().map(|project| project.root.as_path())))
}

/// The same for people to look at: with source lines, for which the project may be built once more, and with what it takes
/// to find the waits in the recording. `elf` is the firmware if a person named it.
///
/// # Errors
/// The same, and exit 2 if the answer tells of no interrupt.
pub(super) fn read_with_lines(
    answer: &Path,
    file: &Path,
    (recording, model): (&Recording, &Model),
    elf: Option<&Path>,
    project: &ProjectArgs,
) -> Result<Latencies> {
    let told = told(answer, file, &recording.header)?;
    if told.statistics.exceptions.is_empty() {
        return Err(refused(answer, "it tells no latency: no interrupt was taken in that run"));
    }
    let named = at::firmware_of(recording, elf.or(Some(&told.elf)), project);
    let firmware = named.or_else(|_| at::firmware_of(recording, elf, project)).inspect_err(|error| {
        anstream::eprintln!("note: no source lines for the latencies: {}", error.message());
    });
    let Ok(firmware) = firmware else { return Ok(latencies(&told, None, None)) };
    let image = backtrace::debug_image(&firmware, project, false).unwrap_or_else(|why| {
        anstream::eprintln!("note: no source lines: {why}");
        firmware.image.clone()
    });
    let root = firmware.place.project.as_ref().map(|project| project.root.as_path());
    Ok(Latencies {
        began_at: began_at(&firmware, recording, model, told.core_hz),
        ..latencies(&told, Some(&image), root)
    })
}

/// When the trace's clock stood at the recording's first time, in cycles of the core: that its own simulator tells.
fn began_at(firmware: &Firmware, recording: &Recording, model: &Model, core_hz: u64) -> Option<u64> {
    // A trace of the simulator's begins with the machine.
    if model.header().from_outside || at::begins_at_reset(model).is_err() {
        return None;
    }
    let anchor = Anchor::of(&recording.stream);
    let cycle = replay::cycle_of(&firmware.place.board, &firmware.elf, &firmware.image, anchor)
        .inspect_err(|error| tracing::info!(why = error.message(), "where the latencies are is not known"))
        .ok()?;
    let since = anchor.time.saturating_sub(model.recorded(model.start()));
    let since = u128::from(since) * u128::from(core_hz) / u128::from(model.clock_hz().max(1));
    cycle.checked_sub(u64::try_from(since).ok()?)
}

fn refused(answer: &Path, why: &str) -> Error {
    Error::usage(format!("{}: {why}", answer.display()))
        .hint("bkctl sim --trace run.bkt --format json > run.json, and then --sim run.json")
}

fn told(answer: &Path, file: &Path, header: &Header) -> Result<Answer> {
    let text = fs::read_to_string(answer).map_err(|error| Error::file("read", answer, &error))?;
    let told: Answer = serde_json::from_str(&text)
        .map_err(|error| refused(answer, &format!("this is no answer of `bkctl sim --format json`: {error}")))?;
    if told.schema != SCHEMA {
        return Err(refused(answer, &format!("this is of schema `{}`, not {SCHEMA}", told.schema)));
    }
    if told.build_id != header.build_id {
        let words = |id: &Option<String>| id.clone().unwrap_or_else(|| "none".into());
        let (ran, recorded) = (words(&told.build_id), words(&header.build_id));
        return Err(refused(
            answer,
            &format!("it is about another firmware: of build {ran}, and {} is of {recorded}", file.display()),
        ));
    }
    let hash = super::sha256(file)?;
    if ![&told.trace, &told.ghost].into_iter().flatten().any(|recorded| recorded.sha256 == hash) {
        return Err(refused(
            answer,
            &format!("it is about another run: {} is not the recording it names", file.display()),
        ));
    }
    Ok(told)
}

fn latencies(told: &Answer, image: Option<&Image>, root: Option<&Path>) -> Latencies {
    let places = image.map(|image| Places::new(image, root));
    let show = |address: u64| places.as_ref().map_or_else(|| format!("{address:#x}"), |places| places.show(address));
    let mask = |cycles: u64, from: u64, to: u64| Masked { from: show(from), to: show(to), cycles };
    let name = |exception: u32| {
        let known = told.statistics.exceptions.iter().find(|other| other.exception == exception);
        known.map_or_else(|| format!("exception {exception}"), |other| other.name.clone())
    };
    let cause = |waited_for: message::WaitedFor| match waited_for {
        message::WaitedFor::Mask { cycles, from, to } => WaitedFor::Mask(mask(cycles, from, to)),
        message::WaitedFor::Handler { cycles, exception, entry } => {
            WaitedFor::Handler { name: name(exception), entry: show(entry), cycles }
        }
    };
    let wait = |told: &LongWait| Wait {
        cycles: told.cycles,
        pended_at: told.pended_at,
        waited_for: told.waited_for.map(cause),
    };
    let exception = |told: &message::ExceptionLatency| ExceptionLatency {
        exception: told.exception,
        name: told.name.clone(),
        count: told.latency.count,
        min: told.latency.min,
        p50: told.latency.p50,
        p99: told.latency.p99,
        max: told.latency.max,
        longest: told.longest.iter().map(wait).collect(),
    };
    let masked = told.statistics.longest_masked;
    Latencies {
        core_hz: told.core_hz,
        began_at: None,
        longest_masked: masked.map(|longest| mask(longest.cycles, longest.from, longest.to)),
        exceptions: told.statistics.exceptions.iter().map(exception).collect(),
    }
}
