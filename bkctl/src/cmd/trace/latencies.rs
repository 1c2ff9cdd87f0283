//! What `bkctl sim --format json` said of the run that a recording is of: masks and latencies, which no recording holds.

use std::fs;
use std::path::{Path, PathBuf};

use bksim_protocol::message::{ExceptionLatency as Told, Statistics, WaitedFor};
use bluekernel_inspect::Image;
use bluekernel_tracer::latency::{ExceptionLatency, Latencies, Masked, MaskedWait};
use serde::Deserialize;

use super::super::firmware;
use super::super::latency::Places;
use crate::error::{Error, Result};

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
}

#[derive(Deserialize)]
struct Recorded {
    sha256: String,
}

/// What `answer` says of the run that `recording` is of.
///
/// # Errors
/// Exit 2 if it cannot be read, is no such answer, or is one about another run.
pub(super) fn read(answer: &Path, recording: &Path) -> Result<Latencies> {
    let refuse = |why: &str| {
        Error::usage(format!("{}: {why}", answer.display()))
            .hint("bkctl sim --trace run.bkt --format json > run.json, and then --sim run.json")
    };
    let text = fs::read_to_string(answer).map_err(|error| Error::file("read", answer, &error))?;
    let told: Answer = serde_json::from_str(&text)
        .map_err(|error| refuse(&format!("this is no answer of `bkctl sim --format json`: {error}")))?;
    if told.schema != SCHEMA {
        return Err(refuse(&format!("this is of schema `{}`, not {SCHEMA}", told.schema)));
    }
    let hash = super::sha256(recording)?;
    if told.trace.is_none_or(|trace| trace.sha256 != hash) {
        return Err(refuse(&format!("it is about another run: {} is not the recording it names", recording.display())));
    }
    // Without the firmware that ran, places are addresses.
    let image = firmware::read_image(&told.elf).ok();
    let image = image.filter(|image| image.build_id_hex().is_some() && image.build_id_hex() == told.build_id);
    Ok(latencies(&told.statistics, told.core_hz, image.as_ref()))
}

fn latencies(statistics: &Statistics, core_hz: u64, image: Option<&Image>) -> Latencies {
    let places = image.map(Places::new);
    let show = |address: u64| places.as_ref().map_or_else(|| format!("{address:#x}"), |places| places.show(address));
    let mask = |cycles: u64, from: u64, to: u64| Masked { from: show(from), to: show(to), cycles };
    let exception = |told: &Told| ExceptionLatency {
        exception: told.exception,
        name: told.name.clone(),
        count: told.latency.count,
        min: told.latency.min,
        p50: told.latency.p50,
        p99: told.latency.p99,
        max: told.latency.max,
        masked: told
            .longest
            .iter()
            .filter_map(|wait| match wait.waited_for {
                Some(WaitedFor::Mask { cycles, from, to }) => {
                    Some(MaskedWait { cycles: wait.cycles, pended_at: wait.pended_at, mask: mask(cycles, from, to) })
                }
                _ => None,
            })
            .collect(),
    };
    Latencies {
        core_hz,
        longest_masked: statistics.longest_masked.map(|longest| mask(longest.cycles, longest.from, longest.to)),
        exceptions: statistics.exceptions.iter().map(exception).collect(),
    }
}
