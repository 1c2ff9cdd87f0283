//! The one error type: a message, what to do about it, and the exit code.

use std::fmt::Display;
use std::io;

use anstyle::{AnsiColor, Style};

use crate::output::Format;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Ok,
    /// What was checked failed: firmware, budget, comparison.
    Failed,
    /// Wrong usage or configuration.
    Usage,
    /// The build failed.
    Build,
    /// The target or the probe failed.
    Target,
    /// The simulator failed.
    Simulator,
    /// The host's time is up (`--timeout`).
    Timeout,
    /// Ctrl-C.
    Interrupted,
    /// The firmware's own exit code, passed through by `--exit-code=firmware`.
    Firmware(u8),
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Build => 3,
            Self::Target => 4,
            Self::Simulator => 5,
            Self::Timeout => 124,
            Self::Interrupted => 130,
            Self::Firmware(code) => code,
        }
    }
}

/// What every command returns.
pub type Result<T = Exit, E = Error> = std::result::Result<T, E>;

/// A failure, told once.
#[derive(Debug)]
pub struct Error {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Error {
    /// What failed, where and why, in one sentence or two.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Wrong usage or configuration.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file or folder that cannot be read or written: configuration too.
    #[must_use]
    pub fn file(doing: &str, path: &std::path::Path, error: &dyn Display) -> Self {
        Self::usage(format!("cannot {doing} {}: {error}", path.display()))
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a sentence to the message, unless nothing is to be said.
    #[must_use]
    pub fn note(mut self, sentence: &str) -> Self {
        if !self.message.is_empty() {
            self.message.push_str(". ");
            self.message.push_str(sentence);
        }
        self
    }

    /// The exit this error leads to.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// The message without the hint.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Writes the error to stderr: words, or one JSON object of schema `bk.error/1`.
    pub fn report(&self, format: Format) {
        if self.message.is_empty() {
            return;
        }
        match format {
            Format::Json => {
                let value = serde_json::json!({
                    "schema": "bk.error/1", "exit": self.exit.code(), "message": self.message, "hint": self.hint,
                });
                anstream::eprintln!("{value}");
            }
            Format::Text => {
                let red = AnsiColor::Red.on_default().bold();
                let bold = Style::new().bold();
                anstream::eprintln!("{red}error{red:#}: {}", self.message);
                if let Some(hint) = &self.hint {
                    anstream::eprintln!("{bold}help{bold:#}: {hint}");
                }
            }
        }
    }
}

/// Output that cannot be written. A reader that has gone (`| head`) is no failure: nothing is said and the exit is 0.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Ok, "");
        }
        Self::usage(format!("cannot write the output: {error}"))
    }
}
