//! What a file can say that no hardware can be, and what the other tools would trip over.
//!
//! Every rule looks at the joined board; a finding names its place by file and key, so that the registry can show the
//! line.

mod core;
mod map;
mod names;

use crate::diagnostic::Severity;
use crate::model::Board;

pub(crate) use self::core::driver_of;
pub use self::map::MODELS;

/// The file a finding is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    /// The board's.
    Board,
    /// The chip's.
    Chip,
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub file: File,
    /// The key in it: `memory[0].base`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What is to be seen at the place.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl Finding {
    fn error(file: File, key: impl Into<String>, message: impl Into<String>, label: impl Into<String>) -> Self {
        let (key, message, label) = (key.into(), message.into(), label.into());
        Self { severity: Severity::Error, file, key, message, label, help: None }
    }

    fn warning(file: File, key: impl Into<String>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, key, message, label) }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Everything there is to say about `board`, by rule.
#[must_use]
pub fn check(board: &Board) -> Vec<Finding> {
    let mut findings = Vec::new();
    names::check(board, &mut findings);
    map::check(board, &mut findings);
    core::check(board, &mut findings);
    findings
}

/// A file's name and the name inside must agree: one is typed, the other is shown.
pub(crate) fn file_name(file: File, inside: &str, stem: &str) -> Option<Finding> {
    (inside != stem).then(|| {
        let message = format!("the file is called `{stem}.toml`, but the board in it `{inside}`");
        Finding::error(file, "board.name", message, "not the file's name").help(format!("write `name = \"{stem}\"`"))
    })
}
