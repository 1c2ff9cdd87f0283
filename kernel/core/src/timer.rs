//! Time-outs, ordered by deadline; equal deadlines in the order they were set.
//!
//! A deadline is a 64-bit tick count that never wraps, so plain comparison is right. The order among equals is a 32-bit
//! count that wraps: it is right for deadlines that were set fewer than 2^31 others apart.
//!
//! The queue is a binary heap, so setting and taking back a time-out cost the logarithm of their number: eight steps for
//! 254 tasks. Places count from 1: the children of `n` are `2n` and `2n + 1`. The heap's array costs nothing of its own:
//! who is at place `n` is kept in the control block of the task whose ordinal is `n`.

use crate::task::{Link, Table, TaskControl, TaskId};
use core::cell::Cell;

/// The tasks that wait for a time. All bytes 0 is an empty queue.
pub struct TimerQueue {
    /// How many there are.
    length: Cell<u8>,
    /// The next one's [`TaskControl::stamp`].
    stamp: Cell<u32>,
}

/// Whether the time-out of `a` comes before that of `b`.
#[inline(never)]
fn before(a: &TaskControl<'_>, b: &TaskControl<'_>) -> bool {
    let (first, second) = (a.deadline.get(), b.deadline.get());
    first < second || (first == second && (a.stamp.get().wrapping_sub(b.stamp.get()) as i32) < 0)
}

impl TimerQueue {
    /// The place of a task that is going to be put in.
    pub(crate) const SOON: u8 = u8::MAX;

    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self { length: Cell::new(0), stamp: Cell::new(0) }
    }

    /// Which task is at a place: 1 to the length.
    #[inline(always)]
    fn at<'a>(table: impl Table<'a>, place: u8) -> TaskId {
        table.task(TaskId::at_place(place)).timer_slot.get().task()
    }

    /// Puts a task at a place.
    #[inline(always)]
    fn put<'a>(table: impl Table<'a>, place: u8, id: TaskId) {
        table.task(TaskId::at_place(place)).timer_slot.set(Link::to(id));
        table.task(id).timer_place.set(place);
    }

    /// The earliest deadline; `u64::MAX` if there is none.
    #[inline]
    #[must_use]
    pub fn next_deadline<'a>(&self, table: impl Table<'a>) -> u64 {
        if self.length.get() == 0 { u64::MAX } else { table.task(Self::at(table, 1)).deadline.get() }
    }

    /// The task with the earliest deadline, if that is not later than `now`. It stays in the queue.
    #[inline]
    #[must_use]
    pub fn due<'a>(&self, table: impl Table<'a>, now: u64) -> Option<TaskId> {
        if self.next_deadline(table) > now || self.length.get() == 0 { None } else { Some(Self::at(table, 1)) }
    }

    /// Puts in a task that is not in the queue.
    #[inline]
    pub(crate) fn insert<'a>(&self, table: impl Table<'a>, id: TaskId, deadline: u64) {
        let task = table.task(id);
        task.deadline.set(deadline);
        let stamp = self.stamp.get();
        task.stamp.set(stamp);
        self.stamp.set(stamp.wrapping_add(1));
        let place = self.length.get() + 1;
        self.length.set(place);
        Self::rise(table, place, id);
    }

    /// Takes a task out, if it is in the queue.
    #[inline(always)]
    pub(crate) fn remove<'a>(&self, table: impl Table<'a>, id: TaskId) {
        if table.task(id).timer_place.get() != 0 {
            self.take(table, id);
        }
    }

    /// Takes out a task that is in the queue, or going to be: the gap sinks to the end, always to where the earlier child was, and there
    /// the last one fills it, and rises.
    #[inline(never)]
    fn take<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let mut gap = table.task(id).timer_place.replace(0);
        if gap == Self::SOON {
            return;
        }
        let last = self.length.get();
        self.length.set(last - 1);
        let moved = Self::at(table, last);
        while gap < last.div_ceil(2) {
            let mut child = 2 * gap;
            let mut earlier = Self::at(table, child);
            // The last one is no child any more.
            if child + 1 < last {
                let other = Self::at(table, child + 1);
                if before(table.task(other), table.task(earlier)) {
                    (child, earlier) = (child + 1, other);
                }
            }
            Self::put(table, gap, earlier);
            gap = child;
        }
        if moved != id {
            Self::rise(table, gap, moved);
        }
    }

    /// Puts a task at `place` or, in exchange, nearer to the front.
    #[inline(never)]
    fn rise<'a>(table: impl Table<'a>, mut place: u8, id: TaskId) {
        while place > 1 {
            let parent = Self::at(table, place / 2);
            if !before(table.task(id), table.task(parent)) {
                break;
            }
            Self::put(table, place, parent);
            place /= 2;
        }
        Self::put(table, place, id);
    }

    /// The tasks' numbers, in order. Checks the heap.
    #[cfg(test)]
    pub(crate) fn numbers<'a>(&self, table: impl Table<'a>) -> std::vec::Vec<u8> {
        let mut ids: std::vec::Vec<TaskId> = (1..=self.length.get())
            .map(|place| {
                let id = Self::at(table, place);
                assert_eq!(table.task(id).timer_place.get(), place, "the link back");
                assert!(place == 1 || !before(table.task(id), table.task(Self::at(table, place / 2))), "the heap");
                id
            })
            .collect();
        ids.sort_by(|a, b| {
            if before(table.task(*a), table.task(*b)) { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }
        });
        ids.into_iter().map(TaskId::number).collect()
    }

    /// Lets the count among equals begin at `stamp`.
    #[cfg(test)]
    pub(crate) fn begin_stamps(&self, stamp: u32) {
        self.stamp.set(stamp);
    }
}

impl Default for TimerQueue {
    fn default() -> Self {
        Self::new()
    }
}
