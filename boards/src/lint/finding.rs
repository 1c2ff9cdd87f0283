//! What a rule reports.

use crate::diagnostic::Severity;

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
    pub(super) fn error(
        file: File,
        key: impl Into<String>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        let (key, message, label) = (key.into(), message.into(), label.into());
        Self { severity: Severity::Error, file, key, message, label, help: None }
    }

    pub(super) fn warning(
        file: File,
        key: impl Into<String>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, key, message, label) }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
