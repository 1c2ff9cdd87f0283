//! What a person marked in a trace, and what the viewer asks of whoever keeps that until the trace is opened again.

use std::fmt::Debug;
use std::ops::RangeInclusive;

/// Keeps what was marked in one trace. The viewer itself writes no file.
pub trait Notebook: Debug + Send {
    /// What was kept the last time; nothing if nothing was. Why it cannot be read is one sentence.
    ///
    /// # Errors
    /// That sentence.
    fn read(&mut self) -> Result<Marked, String>;

    /// Keeps `marked` in place of what was kept before: called at every change. Why it is not kept is one sentence, and the
    /// viewer goes on.
    ///
    /// # Errors
    /// That sentence.
    fn keep(&mut self, marked: &Marked) -> Result<(), String>;
}

/// What a person marked. Times are in cycles of the trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Times with names, in order; no time twice.
    pub bookmarks: Vec<(u64, String)>,
    /// The marks A and B.
    pub marks: [Option<u64>; 2],
}

impl Marked {
    /// Whether nothing is marked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bookmarks.is_empty() && self.marks[0].is_none() && self.marks[1].is_none()
    }

    /// What lies in `times`, in order: a file that was edited may say anything.
    pub(super) fn within(mut self, times: &RangeInclusive<u64>) -> Self {
        self.bookmarks.retain(|(time, _)| times.contains(time));
        self.bookmarks.sort_by_key(|(time, _)| *time);
        self.bookmarks.dedup_by_key(|(time, _)| *time);
        self.marks = match self.marks.map(|mark| mark.filter(|time| times.contains(time))) {
            [None, b] => [b, None],
            marks => marks,
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_of_the_trace_is_left_out() {
        let named = |times: &[u64]| times.iter().map(|time| (*time, format!("at {time}"))).collect::<Vec<_>>();
        let marked = Marked { bookmarks: named(&[30, 9, 10, 20, 30, 21]), marks: [Some(9), Some(20)] };
        let within = marked.within(&(10..=20));
        assert_eq!(within, Marked { bookmarks: named(&[10, 20]), marks: [Some(20), None] });
        assert!(within.within(&(11..=12)).is_empty());
    }
}
