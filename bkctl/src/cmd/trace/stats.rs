//! `bkctl trace stats`: what a recording says in numbers.

use bluekernel_tracer::stats::Statistics;

use crate::cli::{Global, Stats};
use crate::error::{Exit, Result};
use crate::output::{self, Format};

pub(super) fn run(global: &Global, args: &Stats) -> Result {
    let (_, model) = super::open(&args.file)?;
    let mut statistics = Statistics::of(&model);
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
