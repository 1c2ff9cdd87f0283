//! Who called whom when the firmware died, with source lines.
//!
//! Release firmware of our templates carries no debug information, so that it is the same on every machine. When a
//! backtrace is wanted the project is built once more with it, into a folder of its own; that ELF counts only if it puts
//! the very same bytes into the chip. Without one, symbols have to do.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bluekernel_inspect::unwind::{self, Call, Unwinder};
use bluekernel_inspect::{Image, source};
use serde::Serialize;

use super::super::firmware::{self, Firmware};
use crate::cli::ProjectArgs;
use crate::error::{Exit, Result};
use crate::project::{Project, cargo};
use crate::target::probe::chip::Chip;

/// Where the second build goes, beneath the project.
const FOLDER: &str = "target/bk/debug";

/// A backtrace, the innermost call first.
#[derive(Clone, Debug, Serialize)]
pub(in crate::cmd) struct Backtrace {
    frames: Vec<Frame>,
    /// What makes it less than it could be.
    note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Frame {
    address: u64,
    function: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    /// The compiler put it into its caller.
    inlined: bool,
    /// An exception interrupted it here.
    interrupted: bool,
}

/// The backtrace of the halted core.
///
/// # Errors
/// Exit 4 if the core's registers cannot be read.
pub(super) fn take(chip: &mut Chip, firmware: &Firmware, args: &ProjectArgs) -> Result<Backtrace> {
    let (registers, _) = chip.registers()?;
    let (debug, mut note) = match debug_image(firmware, args, false) {
        Ok(image) => (Some(image), None),
        Err(why) => (None, Some(why)),
    };
    let image = debug.as_ref().unwrap_or(&firmware.image);
    let calls = match Unwinder::new(image) {
        Some(unwinder) => unwinder.calls(registers, chip),
        None => {
            let guessed = "the calls are guessed from the stack, some may have returned long ago";
            note = Some(note.map_or_else(|| guessed.to_owned(), |why| format!("{why}; {guessed}")));
            unwind::guessed_calls(image, registers, chip)
        }
    };
    let lines = debug.as_ref().and_then(source::Lines::new);
    let root = firmware.place.project.as_ref().map(|project| project.root.as_path());
    let frames = calls.iter().flat_map(|call| frames(call, image, lines.as_ref(), root)).collect();
    Ok(Backtrace { frames, note })
}

/// The frames of one call: more than one where functions were inlined.
fn frames(call: &Call, image: &Image, lines: Option<&source::Lines>, root: Option<&Path>) -> Vec<Frame> {
    let by_symbol = || {
        image.symbol_at(call.lookup()).map(|(symbol, offset)| match offset {
            0 => symbol.name.clone(),
            offset => format!("{}+{offset:#x}", symbol.name),
        })
    };
    let found = lines.map(|lines| lines.frames(call.lookup())).unwrap_or_default();
    if found.is_empty() {
        return vec![Frame {
            address: call.pc,
            function: by_symbol(),
            file: None,
            line: None,
            column: None,
            inlined: false,
            interrupted: call.is_interrupted,
        }];
    }
    let last = found.len() - 1;
    let frame = |(place, frame): (usize, source::Frame)| Frame {
        address: call.pc,
        function: frame.function.or_else(by_symbol),
        file: frame.location.as_ref().map(|location| shorten(&location.file, root)),
        line: frame.location.as_ref().map(|location| location.line),
        column: frame.location.as_ref().map(|location| location.column),
        inlined: place < last,
        interrupted: call.is_interrupted && place == 0,
    };
    found.into_iter().enumerate().map(frame).collect()
}

/// Files of the project by their place in it.
pub(in crate::cmd) fn shorten(file: &str, root: Option<&Path>) -> String {
    let inside = root.and_then(|root| Path::new(file).strip_prefix(root).ok());
    inside.map_or_else(|| file.to_owned(), |inside| inside.display().to_string())
}

/// An image of the firmware with debug information; why there is none, as a sentence. It may have to be built; that is said,
/// unless `quietly`.
pub(in crate::cmd) fn debug_image(firmware: &Firmware, args: &ProjectArgs, quietly: bool) -> Result<Image, String> {
    let elf = debug_elf(firmware, args, "source lines", quietly)?;
    firmware::read_image(&elf).map_err(|error| error.message().to_owned())
}

/// The file of it; what it is `wanted` for.
pub(in crate::cmd) fn debug_elf(
    firmware: &Firmware,
    args: &ProjectArgs,
    wanted: &str,
    quietly: bool,
) -> Result<PathBuf, String> {
    if firmware.image.section(".debug_info").is_some() {
        return Ok(firmware.elf.clone());
    }
    let Some(project) = &firmware.place.project else {
        return Err("the ELF file has no debug information".into());
    };
    if !quietly {
        anstream::eprintln!("building once more, with debug information, for {wanted}");
    }
    let elf = build(project, firmware, args)
        .map_err(|error| format!("the build with debug information failed ({})", error.message()))?;
    let image = firmware::read_image(&elf).map_err(|error| error.message().to_owned())?;
    if loaded(&image) == loaded(&firmware.image) {
        Ok(elf)
    } else {
        Err(format!("the project's sources no longer give this firmware: no {wanted}"))
    }
}

/// Flags of rustc for debug information. Not cargo's profile: that is a part of every symbol's hash, by which functions
/// are sorted, so another profile makes other code.
const FLAGS: [&str; 2] = ["-Cdebuginfo=2", "-Cstrip=none"];
/// Flags of the user's own. Where they are, cargo does not look at those of its configuration.
const USER_FLAGS: &str = "RUSTFLAGS";

fn build(project: &Project, firmware: &Firmware, args: &ProjectArgs) -> Result<PathBuf> {
    let target = &firmware.place.board.chip.target;
    let mut extra = vec!["--target-dir".to_owned(), project.root.join(FOLDER).display().to_string()];
    let mut env = Vec::new();
    match std::env::var(USER_FLAGS).ok().filter(|flags| !flags.is_empty()) {
        Some(flags) => env.push((USER_FLAGS, format!("{flags} {}", FLAGS.join(" ")))),
        None => extra.extend(["--config".to_owned(), format!("target.{target}.rustflags={FLAGS:?}")]),
    }
    let options = cargo::Options {
        target: target.clone(),
        bin: args.bin.clone(),
        no_default_features: args.no_default_features,
        quiet: true,
        extra,
        env,
    };
    let name = firmware.elf.file_stem().map(|name| name.to_string_lossy().into_owned());
    cargo::build(&project.root, &options).or_else(|error| match name {
        // Several binaries, and nobody said which: the one with the ELF's name.
        Some(name) if args.bin.is_none() && error.exit() == Exit::Usage => {
            cargo::build(&project.root, &cargo::Options { bin: Some(name), ..options })
        }
        _ => Err(error),
    })
}

/// What an image puts into the chip, but for the build id: that hashes the debug information too.
fn loaded(image: &Image) -> Vec<(u64, Vec<u8>)> {
    let note = image.section(".note.gnu.build-id").map(|note| note.load_address..note.load_address + note.size);
    let masked = |segment: &bluekernel_inspect::Segment| {
        let mut data = segment.data.clone();
        for (byte, address) in data.iter_mut().zip(segment.paddr..) {
            if note.as_ref().is_some_and(|note| note.contains(&address)) {
                *byte = 0;
            }
        }
        (segment.paddr, data)
    };
    image.segments().iter().filter(|segment| !segment.data.is_empty()).map(masked).collect()
}

impl Backtrace {
    /// As text: a call a line, its place beneath it.
    pub(super) fn render(&self) -> String {
        let mut out = String::from("backtrace:\n");
        for (number, frame) in self.frames.iter().enumerate() {
            let function = frame.function.as_deref().unwrap_or("?");
            let what = match (frame.interrupted, frame.inlined) {
                (true, _) => " (interrupted)",
                (_, true) => " (inlined)",
                _ => "",
            };
            let _ = writeln!(out, "{number:>4}: {:#010x} {function}{what}", frame.address);
            if let (Some(file), Some(line)) = (&frame.file, frame.line) {
                let column =
                    frame.column.filter(|column| *column > 0).map_or_else(String::new, |column| format!(":{column}"));
                let _ = writeln!(out, "{:>6}at {file}:{line}{column}", "");
            }
        }
        if let Some(note) = &self.note {
            let _ = writeln!(out, "note: {note}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_stand_above_their_places() {
        let frame = Frame {
            address: 0x0800_0432,
            function: Some("app::work".into()),
            file: Some("src/main.rs".into()),
            line: Some(42),
            column: Some(9),
            inlined: false,
            interrupted: true,
        };
        let outer = Frame { function: None, file: None, line: None, interrupted: false, ..frame.clone() };
        let text = Backtrace { frames: vec![frame, outer], note: Some("less than usual".into()) }.render();
        assert_eq!(
            text,
            "backtrace:\n   0: 0x08000432 app::work (interrupted)\n      at src/main.rs:42:9\n   1: 0x08000432 ?\n\
             note: less than usual\n"
        );
    }

    #[test]
    fn files_of_the_project_are_named_by_their_place_in_it() {
        let root = Path::new("/home/me/rig");
        assert_eq!(shorten("/home/me/rig/src/main.rs", Some(root)), "src/main.rs");
        assert_eq!(shorten("/rustc/abc/core.rs", Some(root)), "/rustc/abc/core.rs");
        assert_eq!(shorten("/home/me/rig/src/main.rs", None), "/home/me/rig/src/main.rs");
    }
}
