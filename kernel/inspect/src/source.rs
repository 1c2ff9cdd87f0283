//! Address to source line, from DWARF.

use std::borrow::Cow;
use std::sync::Arc;

use gimli::{EndianReader, RunTimeEndian};

use crate::image::Image;

type Reader = EndianReader<RunTimeEndian, Arc<[u8]>>;

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Location {
    /// The file as the compiler was told it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1; 0 if unknown.
    pub column: u32,
}

/// A function that an address is in; functions that were inlined have frames of their own.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Frame {
    /// The function, demangled.
    pub function: Option<String>,
    /// The place in it.
    pub location: Option<Location>,
}

/// The line tables of an image.
pub struct Lines {
    context: addr2line::Context<Reader>,
}

impl Lines {
    /// Prepares the debug information of `image`; `None` if it has none that can be read. Lines are parsed when asked
    /// for.
    #[must_use]
    pub fn new(image: &Image) -> Option<Self> {
        image.section(".debug_info")?;
        let endian = if image.little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let dwarf = gimli::Dwarf::load(|id| {
            let data = image.section(id.name()).map_or(&[][..], |section| image.section_data(section));
            Ok::<_, gimli::Error>(EndianReader::new(Arc::<[u8]>::from(data), endian))
        });
        let context = addr2line::Context::from_dwarf(dwarf.ok()?).ok()?;
        Some(Self { context })
    }

    /// The source line of the instruction at `address`.
    #[must_use]
    pub fn location(&self, address: u64) -> Option<Location> {
        if address == u64::MAX {
            return None; // addr2line asks for the addresses up to the next one
        }
        self.context.find_location(address).ok().flatten().and_then(convert)
    }

    /// The functions that `address` is in, the innermost first.
    #[must_use]
    pub fn frames(&self, address: u64) -> Vec<Frame> {
        if address == u64::MAX {
            return Vec::new();
        }
        let Ok(mut iterator) = self.context.find_frames(address).skip_all_loads() else { return Vec::new() };
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = iterator.next() {
            let raw = frame.function.as_ref().and_then(|function| function.raw_name().ok().map(Cow::into_owned));
            let function = raw.map(|raw| crate::symbols::demangle(&raw));
            frames.push(Frame { function, location: frame.location.and_then(convert) });
        }
        frames
    }
}

fn convert(location: addr2line::Location<'_>) -> Option<Location> {
    let (file, line) = (location.file?.to_owned(), location.line?);
    Some(Location { file, line, column: location.column.unwrap_or(0) })
}
