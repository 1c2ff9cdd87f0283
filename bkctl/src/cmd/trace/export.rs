//! `bkctl trace export`: a recording for another program.

use std::path::Path;

use bluekernel_tracer::export::{chrome, csv, ctf, jsonl, perfetto, vcd};

use super::whole;
use crate::cli::{Export, ExportFormat, Global};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Format};

#[derive(serde::Serialize)]
struct Answer<'a> {
    schema: &'static str,
    file: &'a Path,
    format: &'static str,
}

pub(super) fn run(global: &Global, args: &Export) -> Result {
    if is_folder(args.to) && args.output.symlink_metadata().is_ok() {
        let message = format!("{} exists, and a trace is not mixed with what is there", args.output.display());
        return Err(Error::usage(message).hint("give another name, or remove it"));
    }
    let (recording, model) = super::open(&args.file)?;
    let (stream, to) = (&recording.stream, &args.output);
    match args.to {
        ExportFormat::Perfetto => whole::file(to, |out| perfetto::write(&model, out)),
        ExportFormat::Chrome => whole::file(to, |out| chrome::write(&model, out)),
        ExportFormat::Ctf => whole::folder(to, |dir| ctf::write(&model, stream, ctf::Dialect::Native, dir)),
        ExportFormat::Lttng => whole::folder(to, |dir| ctf::write(&model, stream, ctf::Dialect::Lttng, dir)),
        ExportFormat::Vcd => whole::file(to, |out| vcd::write(&model, out)),
        ExportFormat::Csv => whole::file(to, |out| csv::write(&model, stream, out)),
        ExportFormat::Jsonl => whole::file(to, |out| jsonl::write(&model, stream, out)),
    }
    .map_err(|error| Error::file("write", to, &error))?;
    let (format, reader) = described(args.to);
    match global.format {
        Format::Json => output::json(&Answer { schema: "bk.trace.export/1", file: to, format })?,
        Format::Text => anstream::eprintln!("wrote {}; {reader}", to.display()),
    }
    Ok(Exit::Ok)
}

/// Whether the format is a folder of files.
const fn is_folder(format: ExportFormat) -> bool {
    matches!(format, ExportFormat::Ctf | ExportFormat::Lttng)
}

/// The name of the format, and who reads it.
const fn described(format: ExportFormat) -> (&'static str, &'static str) {
    match format {
        ExportFormat::Perfetto => ("perfetto", "open it in ui.perfetto.dev"),
        ExportFormat::Chrome => ("chrome", "open it in chrome://tracing, ui.perfetto.dev or speedscope.app"),
        ExportFormat::Ctf => ("ctf", "read it with babeltrace2"),
        ExportFormat::Lttng => {
            ("lttng", "read it with lttng-cputop, lttng-schedstats and others, or open it in Trace Compass")
        }
        ExportFormat::Vcd => ("vcd", "open it in GTKWave, Surfer or PulseView"),
        ExportFormat::Csv => ("csv", "open it in a spreadsheet"),
        ExportFormat::Jsonl => ("jsonl", "read it with jq"),
    }
}
