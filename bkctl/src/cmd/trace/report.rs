//! `bkctl trace report`: a recording as one HTML page.

use bluekernel_tracer::report::{self, About};

use super::super::size;
use super::{at, latencies, whole};
use crate::cli::{Global, Report};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Format};

#[derive(serde::Serialize)]
struct Answer<'a> {
    schema: &'static str,
    file: &'a std::path::Path,
    bytes: usize,
    sha256: &'a str,
}

pub(super) fn run(global: &Global, args: &Report) -> Result {
    let (recording, model) = super::open_as(&args.file, args.without_tracing)?;
    let footprint = match &args.elf {
        Some(elf) => Some(size::footprint(&at::firmware_of(&recording, Some(elf), &args.project)?)),
        None => None,
    };
    let read = |answer| {
        let elf = args.elf.as_deref();
        latencies::read_with_lines(answer, &args.file, (&recording, &model), elf, &args.project)
    };
    let latencies = args.sim.as_deref().map(read).transpose()?;
    let sha256 = super::sha256(&args.file)?;
    // The name alone: where the file stood when the page was made is nobody's business later.
    let name = args.file.file_name().unwrap_or(args.file.as_os_str()).to_string_lossy();
    let (footprint, latencies) = (footprint.as_ref(), latencies.as_ref());
    let page = report::html(&model, &About { file: &name, sha256: &sha256, footprint, latencies });
    whole::file(&args.output, |out| out.write_all(page.as_bytes()))
        .map_err(|error| Error::file("write", &args.output, &error))?;
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.trace.report/1",
            file: &args.output,
            bytes: page.len(),
            sha256: &sha256,
        })?,
        Format::Text => anstream::eprintln!("wrote {}; open it in a browser", args.output.display()),
    }
    Ok(Exit::Ok)
}
