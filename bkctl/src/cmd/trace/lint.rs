//! `bkctl trace lint`: what goes wrong between tasks, with proof.

use bluekernel_tracer::lint::{LintReport, Lints};

use super::latencies;
use crate::cli::{Deny, Global, Lint};
use crate::error::{Exit, Result};
use crate::output::{self, Format};

pub(super) fn run(global: &Global, args: &Lint) -> Result {
    let (_, model) = super::open(&args.file)?;
    let latencies = args.sim.as_deref().map(|answer| latencies::read(answer, &args.file)).transpose()?;
    let lints = Lints { latencies, ..Lints::default() };
    let report = LintReport::new(&model, lints.run(&model));
    match global.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(&report.to_text())?,
    }
    let denied = report.errors > 0 || args.deny == Some(Deny::Warnings) && report.warnings > 0;
    Ok(if denied { Exit::Failed } else { Exit::Ok })
}
