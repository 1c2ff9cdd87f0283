//! `bkctl trace export`: a recording for another program.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use bluekernel_tracer::export::{chrome, perfetto};

use crate::cli::{Export, ExportFormat};
use crate::error::{Error, Exit, Result};

pub(super) fn run(args: &Export) -> Result {
    let (_, model) = super::open(&args.file)?;
    let failed = |error: std::io::Error| Error::file("write", &args.output, &error);
    let mut out = BufWriter::new(File::create(&args.output).map_err(failed)?);
    match args.to {
        ExportFormat::Perfetto => perfetto::write(&model, &mut out),
        ExportFormat::Chrome => chrome::write(&model, &mut out),
    }
    .and_then(|()| out.flush())
    .map_err(failed)?;
    let viewer = match args.to {
        ExportFormat::Perfetto => "ui.perfetto.dev",
        ExportFormat::Chrome => "chrome://tracing or ui.perfetto.dev",
    };
    anstream::eprintln!("wrote {}; open it in {viewer}", args.output.display());
    Ok(Exit::Ok)
}
