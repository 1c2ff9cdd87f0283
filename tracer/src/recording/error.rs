//! What can be wrong with a recording, in words for the person who opened it.

use std::io;
use std::path::PathBuf;

/// Why a recording could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file could not be read.
    #[error("cannot read the recording {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file holds nothing.
    #[error("{} is empty: nothing was recorded into it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a BlueKernel recording (.bkt){hint}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it looks like instead, in words, or nothing.
        hint: &'static str,
    },
    /// The file ends before the stream begins.
    #[error("{} is cut off inside its header ({found} of at least {needed} bytes)", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
        /// The fewest bytes it would need.
        needed: u64,
    },
    /// The file was written by a newer kit.
    #[error("{} has recording format {found}, this kit reads up to {known}: open it with a newer kit", path.display())]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// Its format version.
        found: u16,
        /// The newest one that this crate knows.
        known: u16,
    },
    /// It is no file, and goes on for longer than there is memory for.
    #[error("{} has not ended after {mebibytes} MiB: save it to a file, and open that", path.display())]
    Endless {
        /// What was read.
        path: PathBuf,
        /// How much of it was read.
        mebibytes: u64,
    },
    /// The header is not what it should be.
    #[error("the header of {} is damaged: {reason}", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}
