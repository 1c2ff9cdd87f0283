//! The firmware's text, line by line, in bounded memory.

use std::collections::VecDeque;

/// Lines that are kept.
const LINES: usize = 2000;
/// Bytes of a line that are kept.
const LONGEST: usize = 4096;

/// The last lines of the firmware's text.
#[derive(Debug, Default)]
pub(in crate::tui) struct Console {
    lines: VecDeque<String>,
}

impl Console {
    /// Takes in a piece of text, cut anywhere.
    pub(super) fn push(&mut self, text: &str) {
        if self.lines.is_empty() {
            self.lines.push_back(String::new());
        }
        for c in text.chars() {
            match c {
                '\n' => self.lines.push_back(String::new()),
                '\r' => {}
                c => {
                    if let Some(line) = self.lines.back_mut().filter(|line| line.len() < LONGEST) {
                        line.push(c);
                    }
                }
            }
        }
        let more = self.lines.len().saturating_sub(LINES);
        self.lines.drain(..more);
    }

    /// Whether nothing was printed yet.
    pub(in crate::tui) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The last `count` lines, oldest first.
    pub(in crate::tui) fn tail(&self, count: usize) -> impl Iterator<Item = &str> {
        // An unfinished last line that is empty is not worth a row.
        let all = self.lines.len() - usize::from(self.lines.back().is_some_and(String::is_empty));
        self.lines.iter().take(all).skip(all.saturating_sub(count)).map(String::as_str)
    }
}
