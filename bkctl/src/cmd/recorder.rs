//! The recording of a run: into a file, or into its hash alone.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use bluekernel_tracer::recording::{Header, Writer};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::units::show_count;

/// A recording that is being written, or only hashed.
#[derive(Debug)]
pub(super) enum Recorder {
    /// Into this file.
    File(PathBuf, Writer<File>),
    /// Nowhere.
    Hash(Writer<io::Sink>),
}

/// A recording that was written, or only hashed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Recorded {
    pub file: Option<PathBuf>,
    pub sha256: String,
    pub bytes: u64,
}

impl Recorder {
    /// To `file`, or to nothing but the hash.
    pub(super) fn create(file: Option<&Path>, header: &Header) -> Result<Self> {
        match file {
            Some(path) => Writer::create(path, header)
                .map(|writer| Self::File(path.to_owned(), writer))
                .map_err(|error| Error::file("write the recording", path, &error)),
            None => Writer::new(io::sink(), header).map(Self::Hash).map_err(Error::from),
        }
    }

    /// Takes in what the firmware sent; it is in the file before this returns.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(path, writer) => {
                writer.write(bytes).map_err(|error| Error::file("write the recording", path, &error))
            }
            Self::Hash(writer) => Ok(writer.write(bytes)?),
        }
    }

    /// Closes the recording.
    pub(super) fn finish(self) -> Result<Recorded> {
        match self {
            Self::File(path, writer) => {
                let bytes = writer.written();
                let sha256 = writer.finish().map_err(|error| Error::file("write the recording", &path, &error))?;
                Ok(Recorded { file: Some(path), sha256, bytes })
            }
            Self::Hash(writer) => {
                let bytes = writer.written();
                Ok(Recorded { file: None, sha256: writer.finish()?, bytes })
            }
        }
    }
}

/// One line: the hash, the file, its length.
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_ref().map_or_else(String::new, |file| format!("  {}", file.display()));
        write!(f, "trace: sha256 {}{file} ({} bytes)", self.sha256, show_count(self.bytes))
    }
}
