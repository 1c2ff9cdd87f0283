//! Messages about files: what is wrong, where, why, and what to do.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A file's text, kept for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name as messages show it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, but look at it.
    Warning,
    /// It cannot be used.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One message about one place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The file.
    pub file: Arc<SourceFile>,
    /// The bytes of the file it is about.
    pub span: Range<usize>,
    /// What is to be seen there.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    /// The line of the place, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        let start = self.span.start.min(self.file.text.len());
        1 + self.file.text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count()
    }

    /// The message with the line of the file and a caret under the place; with terminal colours if asked for.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let text = &self.file.text;
        let mut start = self.span.start.min(text.len());
        let mut end = self.span.end.clamp(start, text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        let level = match self.severity {
            Severity::Warning => Level::WARNING,
            Severity::Error => Level::ERROR,
        };
        let annotation = AnnotationKind::Primary.span(start..end).label(&self.label);
        let snippet = Snippet::source(text).path(&self.file.name).annotation(annotation);
        let mut group = level.primary_title(&self.message).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}
