//! Why a call of the client failed.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// As many cases as a caller has reactions.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no such program: bksim is not installed, or not where it was looked for.
    #[error("cannot find bksim at {}", program.display())]
    NotFound {
        /// Where it was looked for.
        program: PathBuf,
    },
    /// The program is there and cannot be started.
    #[error("cannot start bksim: {0}")]
    Spawn(#[source] io::Error),
    /// It speaks another version of the protocol: kit and simulator were installed from different versions.
    #[error("{program} speaks version {theirs} of the protocol, this program version {}", crate::VERSION)]
    Version {
        /// Its version of the protocol.
        theirs: u32,
        /// Its name and version.
        program: String,
    },
    /// The process has ended.
    #[error("bksim ended{}{}", status_words(*.status), tail_words(.stderr))]
    Died {
        /// How, if that is known.
        status: Option<ExitStatus>,
        /// The end of what it wrote to stderr.
        stderr: String,
    },
    /// bksim refused; the message is for a person.
    #[error("{message}")]
    Rpc {
        /// One of [`crate::message::error_code`] or [`crate::rpc::code`].
        code: i64,
        /// Why.
        message: String,
    },
    /// bksim said something that cannot be read: a defect of one side.
    #[error("{0}")]
    Protocol(String),
}

fn status_words(status: Option<ExitStatus>) -> String {
    status.map_or_else(String::new, |status| format!(" ({status})"))
}

fn tail_words(stderr: &str) -> String {
    match stderr.trim_end() {
        "" => String::new(),
        tail => format!("; its last words:\n{tail}"),
    }
}
