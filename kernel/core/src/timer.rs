//! Time-outs, ordered by deadline; equal deadlines in the order they were set.
//!
//! A deadline is a 64-bit tick count that never wraps, so plain comparison is right.
//!
//! The queue is a list. Taking a time-out back, and finding the first, take constant time; finding the place of a new one
//! takes time with the number of earlier ones. So that is done in pieces ([`TimerQueue::step`]), and whoever holds the lock
//! may let it go between them. One time-out at a time is on its way into the queue. Others may be taken out meanwhile:
//! the place where the search stands moves back with them.

use crate::task::{Link, Table, TaskControl, TaskId};
use bluekernel_abi::TaskState;
use core::cell::Cell;

/// What a task has to do with the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum TimeOut {
    /// Nothing: it does not wait, or for ever.
    None = 0,
    /// Its time-out is going to be put in.
    Soon = 1,
    /// Its time-out is in the queue.
    Set = 2,
}

/// The tasks that wait for a time. All bytes 0 is an empty queue.
pub struct TimerQueue {
    head: Cell<Link>,
    /// Behind which one the search for a place stands; none at the front.
    behind: Cell<Link>,
}

/// Deadlines that one piece of a search looks at.
const STEPS: usize = 4;

impl TimerQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self { head: Cell::new(Link::NONE), behind: Cell::new(Link::NONE) }
    }

    /// The earliest deadline; `u64::MAX` if there is none.
    #[inline]
    #[must_use]
    pub fn next_deadline<'a>(&self, table: impl Table<'a>) -> u64 {
        self.head.get().get().map_or(u64::MAX, |head| table.task(head).deadline.get())
    }

    /// The task with the earliest deadline, if that is not later than `now`. It stays in the queue.
    #[inline]
    #[must_use]
    pub fn due<'a>(&self, table: impl Table<'a>, now: u64) -> Option<TaskId> {
        self.head.get().get().filter(|head| table.task(*head).deadline.get() <= now)
    }

    /// Begins to put in a task, which is on its way.
    #[inline]
    pub(crate) fn begin(&self, task: &TaskControl<'_>, deadline: u64) {
        task.deadline.set(deadline);
        self.behind.set(Link::NONE);
    }

    /// A piece of it. Returns whether the search goes on.
    pub(crate) fn step<'a>(&self, table: impl Table<'a>, id: TaskId) -> bool {
        let task = table.task(id);
        // Its wait may have ended meanwhile.
        if task.time_out.get() != TimeOut::Soon || task.state.get() != TaskState::Blocked {
            return false;
        }
        let mut behind = self.behind.get();
        for _ in 0..STEPS {
            let next = behind.get().map_or(self.head.get(), |before| table.task(before).timer_next.get());
            match next.get() {
                Some(at) if table.task(at).deadline.get() <= task.deadline.get() => behind = next,
                _ => {
                    task.time_out.set(TimeOut::Set);
                    task.timer_next.set(next);
                    self.link(table, behind, Link::to(id));
                    self.link(table, Link::to(id), next);
                    return false;
                }
            }
        }
        self.behind.set(behind);
        true
    }

    /// Makes `after` the one behind `before`. The front is behind none, and none is behind the end.
    #[inline(always)]
    fn link<'a>(&self, table: impl Table<'a>, before: Link, after: Link) {
        match before.get() {
            Some(before) => table.task(before).timer_next.set(after),
            None => self.head.set(after),
        }
        if let Some(after) = after.get() {
            table.task(after).timer_prev.set(before);
        }
    }

    /// Takes a task out that is in the queue, or on its way.
    pub(crate) fn remove<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let task = table.task(id);
        if task.time_out.replace(TimeOut::None) == TimeOut::Set {
            let before = task.timer_prev.get();
            if self.behind.get() == Link::to(id) {
                self.behind.set(before);
            }
            self.link(table, before, task.timer_next.get());
        }
    }

    /// Behind which one the search for a place stands, as a number plus 1; 0 at the front.
    #[cfg(test)]
    pub(crate) fn search_place(&self) -> u8 {
        self.behind.get().get().map_or(0, TaskId::ordinal)
    }

    /// The tasks' numbers, in order. Checks the links back.
    #[cfg(test)]
    pub(crate) fn numbers<'a>(&self, table: impl Table<'a>) -> std::vec::Vec<u8> {
        let mut numbers = std::vec::Vec::new();
        let (mut before, mut at) = (Link::NONE, self.head.get());
        while let Some(id) = at.get() {
            let task = table.task(id);
            assert_eq!(task.timer_prev.get(), before, "the link back");
            assert_eq!(task.time_out.get(), TimeOut::Set);
            if let Some(before) = before.get() {
                assert!(table.task(before).deadline.get() <= task.deadline.get(), "the order");
            }
            numbers.push(id.number());
            (before, at) = (at, task.timer_next.get());
        }
        numbers
    }
}

impl Default for TimerQueue {
    fn default() -> Self {
        Self::new()
    }
}
