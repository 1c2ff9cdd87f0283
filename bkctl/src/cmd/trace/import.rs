//! `bkctl trace import`: another program's recording as ours.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bluekernel_tracer::import::systemview;
use bluekernel_tracer::recording::Writer;

use super::whole;
use crate::cli::{Global, Import};
use crate::error::{Error, Exit, Result};
use crate::output::{self, Format};

/// The largest file that is read, in bytes: a recording is worked on in memory.
const LARGEST: u64 = 1 << 30;

#[derive(serde::Serialize)]
struct Answer<'a> {
    schema: &'static str,
    file: &'a Path,
    format: &'static str,
}

pub(super) fn run(global: &Global, args: &Import) -> Result {
    let bytes = read(&args.file)?;
    let recording = systemview::read(&bytes).map_err(|error| {
        Error::usage(format!("{}: {error}", args.file.display()))
            .hint("SystemView saves one as .SVDat; the bytes of its RTT channel from its start on will do too")
    })?;
    whole::file(&args.output, |out| Writer::new(out, &recording.header)?.write(&recording.stream))
        .map_err(|error| Error::file("write", &args.output, &error))?;
    match global.format {
        Format::Json => {
            output::json(&Answer { schema: "bk.trace.import/1", file: &args.output, format: "systemview" })?;
        }
        Format::Text => {
            anstream::eprintln!("wrote {}; open it with `bkctl trace view`", args.output.display());
        }
    }
    Ok(Exit::Ok)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error| Error::file("read", path, &error);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::usage(format!("{} has more than {LARGEST} bytes", path.display()))
            .hint("record a shorter stretch, or cut the file behind what matters"));
    }
    Ok(bytes)
}
