//! Writing a recording while it happens.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::format::{FORMAT_VERSION, MAGIC, MAX_HEADER};
use super::header::Header;

/// Writes a recording. Every [`Writer::write`] reaches the file before it returns: whatever ends this program, what was
/// written opens.
#[derive(Debug)]
pub struct Writer<W: Write> {
    to: W,
    hash: Sha256,
    written: u64,
}

impl Writer<File> {
    /// Creates (or replaces) the file at `path` and writes the header.
    ///
    /// # Errors
    /// What the system says about the file.
    pub fn create(path: &Path, header: &Header) -> io::Result<Self> {
        Self::new(File::create(path)?, header)
    }
}

impl<W: Write> Writer<W> {
    /// Writes the header to `to`, which should not buffer without end: it is flushed after every write.
    ///
    /// # Errors
    /// What `to` says; `InvalidData` for a header beyond 16 MiB.
    pub fn new(to: W, header: &Header) -> io::Result<Self> {
        let json = serde_json::to_vec(header)?;
        let length = u32::try_from(json.len())
            .ok()
            .filter(|_| json.len() <= MAX_HEADER)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the recording's header is too large"))?;
        let mut front = MAGIC.to_vec();
        front.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        front.extend_from_slice(&[0, 0]);
        front.extend_from_slice(&length.to_le_bytes());
        front.extend_from_slice(&json);
        let mut writer = Self { to, hash: Sha256::new(), written: 0 };
        writer.write(&front)?;
        Ok(writer)
    }

    /// Appends bytes of the stream.
    ///
    /// # Errors
    /// What the file says (a full disk, say). What was written before stays readable.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.to.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    let (done, left) = rest.split_at(count.min(rest.len()));
                    // The hash follows what reached the file, so that it is right after an error too.
                    self.hash.update(done);
                    self.written += done.len() as u64;
                    rest = left;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.to.flush()
    }

    /// Bytes of the file so far, the header included.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// Ends the recording: the SHA-256 of the whole file in lower-case hex, as `sha256sum` prints it.
    ///
    /// # Errors
    /// What the file says.
    pub fn finish(mut self) -> io::Result<String> {
        self.to.flush()?;
        Ok(self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
