//! `bkctl trace diff`: two recordings side by side.

use bluekernel_tracer::diff::{Diff, Options, Side, Source};
use bluekernel_tracer::model::Trace as Model;

use crate::cli::{self, Global};
use crate::error::{Exit, Result};
use crate::output::{self, Format};

pub(super) fn run(global: &Global, args: &cli::Diff) -> Result {
    let (recording_a, mut trace_a) = super::open(&args.a)?;
    let (recording_b, mut trace_b) = super::open(&args.b)?;
    if args.without_tracing {
        // One that does not tell what tracing cost may be of a firmware without: it is what it is compared with.
        let both = [(&recording_a, &mut trace_a), (&recording_b, &mut trace_b)];
        let mut told = false;
        for (recording, trace) in both {
            if let Some(model) = Model::without_tracing(recording) {
                (*trace, told) = (model, true);
            }
        }
        if !told {
            return Err(super::no_cost(&format!("{} and {}", args.a.display(), args.b.display())));
        }
    }
    let options = Options { threshold: args.threshold / 100.0, tolerance: args.tolerance };
    let a = Source { recording: &recording_a, trace: &trace_a };
    let b = Source { recording: &recording_b, trace: &trace_b };
    let diff = Diff::of(a, b, &options);
    match global.format {
        Format::Json => output::json(&diff)?,
        Format::Text => {
            let (a, b) = (args.a.display().to_string(), args.b.display().to_string());
            output::text(&diff.to_text(Side { a: &a, b: &b }, args.all))?;
        }
    }
    Ok(if diff.same { Exit::Ok } else { Exit::Failed })
}
