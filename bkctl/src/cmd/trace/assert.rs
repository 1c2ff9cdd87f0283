//! `bkctl trace assert`: a recording against budgets.

use std::sync::Arc;

use bluekernel_boards::diagnostic::{Diagnostic, Severity, SourceFile};
use bluekernel_tracer::assert::{Budgets, Mistake, Report};

use super::{latencies, whole};
use crate::cli::{Assert, Global};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Format};

pub(super) fn run(global: &Global, args: &Assert) -> Result {
    let text = std::fs::read_to_string(&args.budgets).map_err(|error| Error::file("read", &args.budgets, &error))?;
    let source = Arc::new(SourceFile { name: args.budgets.display().to_string(), text });
    let budgets = Budgets::parse(&source.text).map_err(|mistakes| refuse(global, &source, mistakes))?;
    let (recording, model) = super::open_as(&args.file, args.without_tracing)?;
    let read = |answer| latencies::read(answer, &args.file, &recording.header);
    let latencies = args.sim.as_deref().map(read).transpose()?;
    let report =
        Report::with(&budgets, &model, latencies.as_ref()).map_err(|mistakes| refuse(global, &source, mistakes))?;
    let recording = args.file.display().to_string();
    if let Some(file) = &args.junit {
        let junit = report.to_junit(&source.name, &recording)?;
        whole::file(file, |out| out.write_all(junit.as_bytes())).map_err(|error| Error::file("write", file, &error))?;
    }
    match global.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(&report.to_text(&source.name, &recording))?,
    }
    Ok(if report.holds { Exit::Ok } else { Exit::Failed })
}

/// Every mistake with its line of the file and a mark under the place.
fn refuse(global: &Global, source: &Arc<SourceFile>, mistakes: Vec<Mistake>) -> Error {
    // Colours that stderr does not want are taken out where it is written.
    let colour = global.format == Format::Text;
    let shown: Vec<String> = mistakes
        .into_iter()
        .map(|Mistake { message, span, label, help }| {
            let file = Arc::clone(source);
            Diagnostic { severity: Severity::Error, message, file, span, label, help }.render(colour)
        })
        .collect();
    Error::usage(format!("these budgets cannot be checked\n\n{}\n", shown.join("\n\n")))
}
