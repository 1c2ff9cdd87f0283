//! `bkctl trace lint`: what goes wrong between tasks, with proof.

use bluekernel_tracer::lint::{Limits, LintReport, Lints};

use super::latencies;
use crate::cli::{Deny, Global, Lint};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Format};

pub(super) fn run(global: &Global, args: &Lint) -> Result {
    let (recording, model) = super::open(&args.file)?;
    let read = |answer| latencies::read(answer, &args.file, &recording.header);
    let latencies = args.sim.as_deref().map(read).transpose()?;
    let lints = Lints { limits: limits(&args.limit)?, latencies };
    let report = LintReport::new(&model, lints.run(&model));
    match global.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(&report.to_text())?,
    }
    let denied = report.errors > 0 || args.deny == Some(Deny::Warnings) && report.warnings > 0;
    Ok(if denied { Exit::Failed } else { Exit::Ok })
}

/// The limits that a person chose; the others are as they are.
fn limits(chosen: &[String]) -> Result<Limits> {
    let mut limits = Limits::default();
    for one in chosen {
        let (name, value) = one.split_once('=').ok_or_else(|| {
            Error::usage(format!("--limit {one}: no value is given")).hint("as in --limit starvation=50ms")
        })?;
        limits.set(name.trim(), value).map_err(|error| Error::usage(format!("--limit {one}: {error}")))?;
    }
    Ok(limits)
}
