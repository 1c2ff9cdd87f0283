//! `bkctl trace record --from`: a recording of what was caught by other means, from a serial port or a dead chip's memory.

use std::fs::File;
use std::path::Path;

use bluekernel_boards::Board;
use bluekernel_inspect::Image;
use bluekernel_tracer::capture::{Capture, CaptureError, Identity};
use bluekernel_tracer::recording::Header;
use serde::Serialize;

use super::super::firmware;
use super::super::recorder::{Recorded, Recorder};
use crate::cli::{Global, Record};
use crate::error::{Error, Exit, Result};
use crate::kit;
use crate::output::{self, Format};
use crate::project::{Project, cargo};
use crate::target::{boards, session};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    exit: u8,
    message: &'a str,
    trace: &'a Recorded,
}

pub(super) fn run(global: &Global, args: &Record, file: &Path) -> Result {
    let project = Project::find()?;
    let root = project.as_ref().map(|project| project.root.as_path());
    let board = args.run.project.board.as_deref().or(project.as_ref().map(|project| project.manifest.board.as_str()));
    let board = board.map(|name| boards::find(name, root)).transpose()?;
    let named = match &args.names {
        Some(elf) => Some(firmware::read_image(elf)?),
        None => None,
    };
    let built = project.as_ref().filter(|_| named.is_none()).and_then(|project| built(project, args, board.as_ref()));
    let image = named.as_ref().or(built.as_ref());

    let source = File::open(file).map_err(|error| Error::file("read", file, &error))?;
    let rtt = image.and_then(|image| image.address_of("_SEGGER_RTT"));
    let mut capture = Capture::open(source, rtt).map_err(|error| refuse(file, &error))?;
    let image = match (&args.names, image) {
        (_, None) => None,
        (_, Some(image)) if fits(image, capture.identity) => Some(image),
        (Some(elf), Some(image)) => return Err(another(elf, image, file)),
        (None, Some(_)) => {
            anstream::eprintln!("note: the project's firmware is not the one that {} is from", file.display());
            None
        }
    };
    let header = header(image, capture.identity, board.as_ref(), file)?;
    if image.is_none() {
        anstream::eprintln!("note: tasks and objects have numbers for names; say --elf ELF");
    }
    let mut recorder = Recorder::create(Some(&args.output), &header)?;
    while let Some(piece) = capture.next().map_err(|error| refuse(file, &error))? {
        recorder.write(&piece)?;
    }
    let recorded = recorder.finish()?;
    let message = format!("{} is {}", file.display(), capture.form.words());
    match global.format {
        Format::Json => output::json(&Answer {
            schema: "bk.trace.record/1",
            exit: Exit::Ok.code(),
            message: &message,
            trace: &recorded,
        })?,
        Format::Text => anstream::eprintln!("{message}\n{recorded}"),
    }
    Ok(Exit::Ok)
}

/// The project's firmware as it was built last, if it was.
fn built(project: &Project, args: &Record, board: Option<&Board>) -> Option<Image> {
    let args = &args.run.project;
    let options = cargo::Options {
        target: board?.chip.target.clone(),
        bin: args.bin.clone(),
        no_default_features: args.no_default_features,
        quiet: true,
        extra: Vec::new(),
        env: Vec::new(),
    };
    firmware::read_image(&cargo::existing(&project.root, &options).ok()?).ok()
}

/// Whether this firmware may be the one: unless both say who they are, and differ.
fn fits(image: &Image, identity: Option<Identity>) -> bool {
    let ours = image.build_id().and_then(|id| id.first_chunk()).map(|id| u64::from_le_bytes(*id));
    match (ours, identity.map(|identity| identity.build_id)) {
        (Some(ours), Some(theirs)) => theirs == 0 || theirs == ours,
        _ => true,
    }
}

fn another(elf: &Path, image: &Image, file: &Path) -> Error {
    let id = image.build_id_hex().unwrap_or_default();
    Error::usage(format!("{} (build id {id}) is not the firmware that {} is from", elf.display(), file.display()))
        .hint("its names would be wrong: give the ELF file that ran, or none")
}

/// The dictionary: of the firmware if it is known, else what the trace itself says.
fn header(image: Option<&Image>, identity: Option<Identity>, board: Option<&Board>, file: &Path) -> Result<Header> {
    let name = board.map_or("unknown board", |board| &board.name);
    let exceptions = board.map(session::exceptions).unwrap_or_default();
    if let Some(image) = image {
        return Header::from_image(image, name, exceptions, kit::VERSION)
            .map_err(|error| Error::usage(format!("the firmware of {}: {error}", file.display())));
    }
    match identity {
        Some(Identity { clock_hz, .. }) if clock_hz > 0 => {
            let mut header = Header::new(kit::VERSION, name, clock_hz);
            header.exceptions = exceptions;
            Ok(header)
        }
        _ => Err(Error::usage(format!("{} does not say how fast its clock runs", file.display()))
            .hint("the firmware does: --elf ELF")),
    }
}

fn refuse(file: &Path, error: &CaptureError) -> Error {
    let mut message = format!("no trace comes out of {}: {error}", file.display());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    let refused = Error::usage(message);
    match error {
        CaptureError::Recording => refused.hint("open it: bkctl trace view FILE"),
        CaptureError::NoAddress => refused.hint("the firmware's symbols tell: --elf ELF; or save an ELF core file"),
        _ => refused,
    }
}
