//! The recording of a run: into a file, or into its hash alone.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use bluekernel_tracer::recording::{Header, Writer};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::units::show_count;

/// A file for a recording. One that was there before is not touched until something comes: the run may be refused.
#[derive(Debug)]
pub(super) struct RecordingFile {
    path: PathBuf,
    header: Header,
    /// The file was not there before.
    is_new: bool,
    /// Until something comes.
    waiting: Option<File>,
    /// From then on.
    writer: Option<Writer<File>>,
}

impl RecordingFile {
    fn open(path: &Path, header: &Header) -> io::Result<Self> {
        let is_new = !path.exists();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        Ok(Self { path: path.to_owned(), header: header.clone(), is_new, waiting: Some(file), writer: None })
    }

    /// The recording, which replaces what was in the file.
    fn writer(&mut self) -> io::Result<&mut Writer<File>> {
        if let Some(file) = self.waiting.take() {
            // A pipe or a device has nothing to replace.
            if file.metadata()?.is_file() {
                file.set_len(0)?;
            }
            self.writer = Some(Writer::new(file, &self.header)?);
        }
        self.writer.as_mut().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    /// Its hash and length.
    fn finish(&mut self) -> io::Result<(String, u64)> {
        self.writer()?;
        let writer = self.writer.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let bytes = writer.written();
        Ok((writer.finish()?, bytes))
    }
}

impl Drop for RecordingFile {
    fn drop(&mut self) {
        if self.is_new && self.waiting.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A recording that is being written, or only hashed.
#[derive(Debug)]
pub(super) enum Recorder {
    /// Into this file.
    File(Box<RecordingFile>),
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
            Some(path) => RecordingFile::open(path, header)
                .map(|file| Self::File(Box::new(file)))
                .map_err(|error| refused(path, &error)),
            None => Writer::new(io::sink(), header).map(Self::Hash).map_err(Error::from),
        }
    }

    /// Takes in what the firmware sent; it is in the file before this returns.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::File(file) => {
                file.writer().and_then(|writer| writer.write(bytes)).map_err(|error| refused(&file.path, &error))
            }
            Self::Hash(writer) => Ok(writer.write(bytes)?),
        }
    }

    /// Closes the recording of a run that went well or failed. Of one that failed before anything came there is none.
    pub(super) fn end(self, failed: bool) -> Result<Option<Recorded>> {
        match &self {
            Self::File(file) if failed && file.writer.is_none() => Ok(None),
            _ => self.finish().map(Some),
        }
    }

    /// Closes the recording.
    pub(super) fn finish(self) -> Result<Recorded> {
        match self {
            Self::File(mut file) => {
                let (sha256, bytes) = file.finish().map_err(|error| refused(&file.path, &error))?;
                Ok(Recorded { file: Some(file.path.clone()), sha256, bytes })
            }
            Self::Hash(writer) => {
                let bytes = writer.written();
                Ok(Recorded { file: None, sha256: writer.finish()?, bytes })
            }
        }
    }
}

fn refused(path: &Path, error: &io::Error) -> Error {
    Error::file("write the recording", path, error)
}

/// One line: the hash, the file, its length.
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.as_ref().map_or_else(String::new, |file| format!("  {}", file.display()));
        write!(f, "trace: sha256 {}{file} ({} bytes)", self.sha256, show_count(self.bytes))
    }
}
