//! `bkctl trace export`: a recording for another program.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use bluekernel_tracer::export::{chrome, perfetto};

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
    let (_, model) = super::open(&args.file)?;
    let failed = |error: std::io::Error| Error::file("write", &args.output, &error);
    let mut out = BufWriter::new(File::create(&args.output).map_err(failed)?);
    match args.to {
        ExportFormat::Perfetto => perfetto::write(&model, &mut out),
        ExportFormat::Chrome => chrome::write(&model, &mut out),
    }
    .and_then(|()| out.flush())
    .map_err(failed)?;
    let (format, viewer) = match args.to {
        ExportFormat::Perfetto => ("perfetto", "ui.perfetto.dev"),
        ExportFormat::Chrome => ("chrome", "chrome://tracing or ui.perfetto.dev"),
    };
    match global.format {
        Format::Json => output::json(&Answer { schema: "bk.trace.export/1", file: &args.output, format })?,
        Format::Text => anstream::eprintln!("wrote {}; open it in {viewer}", args.output.display()),
    }
    Ok(Exit::Ok)
}
