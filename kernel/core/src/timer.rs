//! Time-outs, ordered by deadline; equal deadlines in the order they were set.
//!
//! A deadline is a 64-bit tick count that never wraps, so plain comparison is right. Setting one takes time with the
//! number of earlier deadlines; everything else is constant.

use crate::task::{Link, Table, TaskId};
use core::cell::Cell;

/// The tasks that wait for a time. All bytes 0 is an empty queue.
pub struct TimerQueue {
    head: Cell<Link>,
}

impl TimerQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self { head: Cell::new(Link::NONE) }
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

    /// The tasks' numbers, in order. Checks the links back.
    #[cfg(test)]
    pub(crate) fn numbers<'a>(&self, table: impl Table<'a>) -> std::vec::Vec<u8> {
        let mut numbers = std::vec::Vec::new();
        let (mut before, mut at) = (None, self.head.get());
        while let Some(id) = at.get() {
            assert_eq!(table.task(id).timer_prev.get(), Link::to(before.unwrap_or(id)), "the link back");
            numbers.push(id.number());
            (before, at) = (Some(id), table.task(id).timer_next.get());
        }
        numbers
    }

    /// Puts in a task that is not in the queue.
    pub(crate) fn insert<'a>(&self, table: impl Table<'a>, id: TaskId, deadline: u64) {
        let task = table.task(id);
        task.deadline.set(deadline);
        let mut before = None;
        let mut after = self.head.get();
        while let Some(at) = after.get() {
            let other = table.task(at);
            if other.deadline.get() > deadline {
                other.timer_prev.set(Link::to(id));
                break;
            }
            before = Some(at);
            after = other.timer_next.get();
        }
        task.timer_next.set(after);
        match before {
            None => {
                self.head.set(Link::to(id));
                task.timer_prev.set(Link::to(id));
            }
            Some(before) => {
                table.task(before).timer_next.set(Link::to(id));
                task.timer_prev.set(Link::to(before));
            }
        }
    }

    /// Takes a task out, if it is in the queue.
    #[inline]
    pub(crate) fn remove<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let task = table.task(id);
        let Some(before) = task.timer_prev.get().get() else { return };
        let after = task.timer_next.get();
        task.timer_prev.set(Link::NONE);
        // The front is its own predecessor.
        let new_before = if before == id {
            self.head.set(after);
            None
        } else {
            table.task(before).timer_next.set(after);
            Some(before)
        };
        if let Some(after) = after.get() {
            table.task(after).timer_prev.set(Link::to(new_before.unwrap_or(after)));
        }
    }
}

impl Default for TimerQueue {
    fn default() -> Self {
        Self::new()
    }
}
