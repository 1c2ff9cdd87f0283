//! What is wrong with a file of budgets, and where.

use std::ops::Range;

use crate::nearest::{list, nearest};

/// One mistake in a file of budgets, for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// The bytes of the text it is about.
    pub span: Range<usize>,
    /// What is to be seen there.
    pub label: String,
    /// What to do.
    pub help: Option<String>,
}

impl Mistake {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { message: message.into(), span, label: label.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A name that nothing has: with the nearest of the `known` ones, or with all of them if they are few.
    pub(super) fn unknown(kind: &str, typed: &str, span: Range<usize>, known: &[String]) -> Self {
        let near = nearest(typed, known.iter().map(String::as_str));
        let label = format!("no {kind} has this name");
        let mistake = Self::new(span, format!("unknown {kind} `{typed}`"), label);
        if !near.is_empty() {
            return mistake.help(format!("did you mean {}?", list(&near, "or")));
        }
        match known.len() {
            0 => mistake.help(format!("the recording names no {kind}")),
            1..=MOST_LISTED => {
                let all: Vec<&str> = known.iter().map(String::as_str).collect();
                mistake.help(format!("known: {}", list(&all, "and")))
            }
            many => mistake.help(format!("`bkctl trace stats` shows the {many} that the recording knows")),
        }
    }
}

/// More names than this in one line nobody reads.
const MOST_LISTED: usize = 16;
