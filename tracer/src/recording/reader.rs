//! Opening a recording.

use std::path::{Path, PathBuf};

use super::error::RecordingError;
use super::format::{FORMAT_VERSION, MAGIC, MAX_HEADER, PREAMBLE};
use super::header::{HEADER_SCHEMA, Header};

/// The most that is read of what is no file, in bytes: some 70 million events.
const MOST_WITHOUT_END: u64 = 256 << 20;

/// A recording that was opened: its dictionary and its raw stream.
///
/// The stream may end anywhere; what its last, cut-off record is missing is told when it is decoded
/// ([`crate::model::Trace::finish`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The dictionary.
    pub header: Header,
    /// The stream, as the kernel wrote it.
    pub stream: Vec<u8>,
}

impl Recording {
    /// Reads the recording at `path`.
    ///
    /// # Errors
    /// [`RecordingError`]: no such file, empty, foreign, cut off inside the header, of a newer version, damaged,
    /// without end.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let io = |source| RecordingError::Io { path: path.to_owned(), source };
        // A file that never ends (a device, say) is refused by its first bytes, before all of it is read.
        let mut file = std::fs::File::open(path).map_err(io)?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(&mut file, PREAMBLE as u64), &mut bytes).map_err(io)?;
        if bytes.starts_with(&MAGIC) {
            // A file has an end. Of what has none, a pipe say, no more is taken than has room.
            let most = if file.metadata().map_err(io)?.is_file() { u64::MAX } else { MOST_WITHOUT_END };
            std::io::Read::read_to_end(&mut std::io::Read::take(&mut file, most), &mut bytes).map_err(io)?;
            if bytes.len() as u64 > most {
                return Err(RecordingError::Endless { path: path.to_owned(), mebibytes: most >> 20 });
            }
        }
        Self::parse(path, bytes)
    }

    /// Reads a recording from memory; `path` is for messages.
    ///
    /// # Errors
    /// As [`Recording::open`].
    pub fn parse(path: &Path, mut bytes: Vec<u8>) -> Result<Self, RecordingError> {
        let path = || PathBuf::from(path);
        let found = bytes.len() as u64;
        if bytes.is_empty() {
            return Err(RecordingError::Empty { path: path() });
        }
        if !bytes.starts_with(&MAGIC) {
            if MAGIC.starts_with(&bytes) {
                return Err(RecordingError::Truncated { path: path(), found, needed: PREAMBLE as u64 });
            }
            return Err(RecordingError::Foreign { path: path(), hint: hint(&bytes) });
        }
        let truncated = |needed: usize| RecordingError::Truncated { path: path(), found, needed: needed as u64 };
        let field = |at: usize, size: usize| bytes.get(at..at + size).ok_or_else(|| truncated(PREAMBLE));
        let version = field(8, 2)?.iter().rev().fold(0_u16, |value, byte| value << 8 | u16::from(*byte));
        if version > FORMAT_VERSION {
            return Err(RecordingError::NewerVersion { path: path(), found: version, known: FORMAT_VERSION });
        }
        let length = field(12, 4)?.iter().rev().fold(0_usize, |value, byte| value << 8 | usize::from(*byte));
        let damaged = |reason: String| RecordingError::Header { path: path(), reason };
        if version == 0 || length > MAX_HEADER {
            return Err(damaged(format!("version {version}, {length} bytes")));
        }
        let end = PREAMBLE + length;
        let json = bytes.get(PREAMBLE..end).ok_or_else(|| truncated(end))?;
        let header: Header = serde_json::from_slice(json).map_err(|error| damaged(error.to_string()))?;
        if header.schema != HEADER_SCHEMA {
            return Err(damaged(format!("schema `{}` instead of `{HEADER_SCHEMA}`", header.schema)));
        }
        if header.clock_hz == 0 {
            return Err(damaged("a clock of 0 Hz".to_owned()));
        }
        bytes.drain(..end);
        Ok(Self { header, stream: bytes })
    }
}

/// What a foreign file looks like, for the message.
fn hint(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\x7fELF") {
        ": it is an ELF file; record it with `bkctl sim --trace`"
    } else if bytes.starts_with(&MAGIC[..4]) || bytes.starts_with(&[0xc2, 0x89, b'B', b'K', b'T']) {
        ": it looks like one that a text conversion has damaged"
    } else if bytes.starts_with(b"{") || bytes.starts_with(b"[") {
        ": it is JSON"
    } else if bytes.starts_with(&[0; 8]) {
        ": it looks like a raw trace stream without the header"
    } else {
        ""
    }
}
