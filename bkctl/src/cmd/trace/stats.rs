//! `bkctl trace stats`: what a recording says in numbers.

use bluekernel_tracer::stats::Statistics;

use super::latencies;
use crate::cli::{Global, Stats};
use crate::error::{Exit, Result};
use crate::output::{self, Format};

pub(super) fn run(global: &Global, args: &Stats) -> Result {
    let (recording, model) = super::open_as(&args.file, args.without_tracing)?;
    let statistics = match &args.window {
        Some(window) => Statistics::of_window(&model, super::window(Some(window), &model)?),
        None => Statistics::of(&model),
    };
    let mut statistics = statistics.in_recorded_time(&model);
    let read = |answer| latencies::read(answer, &args.file, &recording.header);
    statistics.latencies = args.sim.as_deref().map(read).transpose()?;
    if let Some(name) = &args.task {
        return one_task(global, &mut statistics, super::task(name, &model)?);
    }
    if let Some(count) = args.worst {
        statistics.keep_worst(count);
    }
    match (global.format, args.worst) {
        (Format::Json, _) => output::json(&statistics)?,
        (Format::Text, None) => output::text(&statistics.to_text())?,
        (Format::Text, Some(count)) => {
            output::text(&format!("{}\n{}", statistics.to_text(), statistics.worst_text(count)))?;
        }
    }
    Ok(Exit::Ok)
}

/// Everything about the task `number`; as JSON the report with that task alone.
fn one_task(global: &Global, statistics: &mut Statistics, number: u32) -> Result {
    statistics.tasks.retain(|row| row.number == number);
    match global.format {
        Format::Json => output::json(statistics)?,
        Format::Text => output::text(&statistics.task_text(0))?,
    }
    Ok(Exit::Ok)
}
