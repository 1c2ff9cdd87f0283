//! Bookmarks and the marks A and B, and that they are there again the next time.

use std::ops::Range;

use crate::tui::notebook::{Marked, Notebook};

use super::session::Session;

/// Who keeps what is marked, and what that was the last time.
#[derive(Debug)]
pub(super) struct Kept {
    notebook: Box<dyn Notebook>,
    last: Marked,
}

impl Session {
    /// Has what is marked kept by `notebook` from now on; what it has kept is there again.
    pub(in crate::tui) fn open_notebook(&mut self, mut notebook: Box<dyn Notebook>) {
        match notebook.read() {
            Ok(marked) => {
                self.marked = marked.within(&(self.trace.start()..=self.trace.end()));
                self.message = match self.marked.bookmarks.len() {
                    0 => None,
                    1 => Some("a bookmark from the last time: ' goes there".to_owned()),
                    count => Some(format!("{count} bookmarks from the last time: ' and \" go there")),
                };
            }
            Err(why) => self.message = Some(why),
        }
        self.kept = Some(Kept { notebook, last: self.marked.clone() });
    }

    /// Has what is marked kept, if it has changed. If it cannot be kept, that is said.
    pub(in crate::tui) fn keep_marked(&mut self) {
        let Some(kept) = self.kept.as_mut().filter(|kept| kept.last != self.marked) else { return };
        kept.last.clone_from(&self.marked);
        if let Err(why) = kept.notebook.keep(&self.marked) {
            let done = self.message.take().map_or_else(String::new, |message| format!("{message}, but "));
            self.message = Some(format!("{done}{why}"));
        }
    }

    /// Sets mark A, then B, then A again.
    pub(in crate::tui) fn mark(&mut self) {
        self.marked.marks = match self.marked.marks {
            [None, _] => [Some(self.cursor), None],
            [a, None] => [a, Some(self.cursor)],
            _ => [Some(self.cursor), None],
        };
    }

    /// The range between the marks, if both are set.
    pub(in crate::tui) fn marked(&self) -> Option<Range<u64>> {
        match self.marked.marks {
            [Some(a), Some(b)] => Some(a.min(b)..a.max(b)),
            _ => None,
        }
    }

    /// Puts a bookmark at the cursor, or takes the one there away. Without a name it is called by the first
    /// number that is free.
    pub(in crate::tui) fn bookmark(&mut self, name: Option<&str>) {
        let place = self.marked.bookmarks.binary_search_by_key(&self.cursor, |(time, _)| *time);
        self.message = Some(match (place, name) {
            (Ok(place), None) => format!("bookmark {} taken away", self.marked.bookmarks.remove(place).1),
            (Ok(place), Some(name)) => {
                name.clone_into(&mut self.marked.bookmarks[place].1);
                format!("bookmark {name}")
            }
            (Err(place), name) => {
                let name = name.map_or_else(|| self.free_number(), str::to_owned);
                self.marked.bookmarks.insert(place, (self.cursor, name.clone()));
                format!("bookmark {name}")
            }
        });
    }

    fn free_number(&self) -> String {
        let taken = |number: &String| self.marked.bookmarks.iter().any(|(_, name)| name == number);
        (1_usize..).map(|number| number.to_string()).find(|number| !taken(number)).unwrap_or_default()
    }

    /// The cursor goes to the next bookmark, or the one before; behind the last comes the first. Those in what is no longer
    /// kept of a run are passed over: they are for its recording.
    pub(in crate::tui) fn go_to_bookmark(&mut self, forward: bool) {
        let start = self.trace.start();
        let there = || self.marked.bookmarks.iter().filter(|(time, _)| *time >= start);
        let found = if forward {
            there().find(|(time, _)| *time > self.cursor).or_else(|| there().next())
        } else {
            there().rev().find(|(time, _)| *time < self.cursor).or_else(|| there().next_back())
        };
        match found.cloned() {
            Some((time, name)) => {
                self.go_to(time);
                self.message = Some(format!("bookmark {name}"));
            }
            None => self.message = Some("no bookmarks: b puts one at the cursor".to_owned()),
        }
    }
}
