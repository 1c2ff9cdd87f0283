//! The longest waits, and the longest of other things, kept in bounded memory.

use serde::Serialize;

use crate::recording::Header;

/// What a wait was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorstKind {
    /// From ready to running: the task was woken and waited for the processor.
    Response,
    /// From BLOCK to ready on a mutex: the task waited for a resource that another task held.
    Mutex,
}

/// One long wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorstWindow {
    /// The task's number.
    pub task: u32,
    /// Its name.
    pub name: String,
    /// What the wait was.
    pub kind: WorstKind,
    /// The object waited for, if any.
    pub object: Option<String>,
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
    /// `end - start`; without tracing, what is left of it.
    pub cycles: u64,
}

/// The longest waits so far, without names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) task: u32,
    pub(super) kind: WorstKind,
    pub(super) object: u32,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Wait {
    pub(super) fn named(&self, header: &Header) -> WorstWindow {
        WorstWindow {
            task: self.task,
            name: header.task(self.task),
            kind: self.kind,
            object: (self.object != 0).then(|| header.object(self.object)),
            start: self.start,
            end: self.end,
            cycles: self.end - self.start,
        }
    }
}

/// How many of the longest of one thing are kept.
const SLOWEST: usize = 10;

/// The longest of one thing, as windows in cycles: longest first, of equals the earlier first.
#[derive(Clone, Debug, Default)]
pub(super) struct Slowest(Vec<(u64, u64)>);

impl Slowest {
    pub(super) fn add(&mut self, start: u64, end: u64) {
        let key = |(start, end): &(u64, u64)| (std::cmp::Reverse(end.saturating_sub(*start)), *start);
        // Mostly it is not among them.
        let is_short = self.0.len() == SLOWEST && self.0.last().is_some_and(|last| key(last) < key(&(start, end)));
        if !is_short {
            let at = self.0.partition_point(|other| key(other) < key(&(start, end)));
            self.0.insert(at, (start, end));
            self.0.truncate(SLOWEST);
        }
    }

    pub(super) fn windows(&self) -> &[(u64, u64)] {
        &self.0
    }
}

/// How many are kept of each kind.
const KEPT: usize = 256;

/// The longest waits, longest first; of equals the earlier first.
#[derive(Clone, Debug, Default)]
pub(super) struct Longest {
    waits: Vec<Wait>,
}

impl Longest {
    pub(super) fn add(&mut self, wait: Wait) {
        let key = |wait: &Wait| (std::cmp::Reverse(wait.end - wait.start), wait.start, wait.task);
        let at = self.waits.partition_point(|other| key(other) < key(&wait));
        if at < KEPT {
            self.waits.insert(at, wait);
            self.waits.truncate(KEPT);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Wait> {
        self.waits.iter()
    }
}
