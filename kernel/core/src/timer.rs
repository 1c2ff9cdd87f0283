//! Time-outs, ordered by deadline; equal deadlines in the order they were set.
//!
//! A deadline is a 64-bit tick count that never wraps, so plain comparison is right. The order among equals is a 32-bit
//! count that wraps: it is right for deadlines that were set fewer than 2^31 others apart.
//!
//! The queue is a binary heap, so setting and taking back a time-out cost the logarithm of their number: eight steps for
//! 254 tasks. Its array costs nothing of its own: entry `n` is kept in the control block of task `n`.

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
#[inline(always)]
fn before(a: &TaskControl<'_>, b: &TaskControl<'_>) -> bool {
    let (first, second) = (a.deadline.get(), b.deadline.get());
    first < second || (first == second && (a.stamp.get().wrapping_sub(b.stamp.get()) as i32) < 0)
}

impl TimerQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self { length: Cell::new(0), stamp: Cell::new(0) }
    }

    /// Which task is at a place below the length.
    #[inline(always)]
    fn at<'a>(table: impl Table<'a>, place: usize) -> TaskId {
        table.task(TaskId::new(place as u8)).timer_slot.get().task()
    }

    /// Puts a task at a place.
    #[inline(always)]
    fn put<'a>(table: impl Table<'a>, place: usize, id: TaskId) {
        table.task(TaskId::new(place as u8)).timer_slot.set(Link::to(id));
        table.task(id).timer_place.set(place as u8 + 1);
    }

    /// The earliest deadline; `u64::MAX` if there is none.
    #[inline]
    #[must_use]
    pub fn next_deadline<'a>(&self, table: impl Table<'a>) -> u64 {
        if self.length.get() == 0 { u64::MAX } else { table.task(Self::at(table, 0)).deadline.get() }
    }

    /// The task with the earliest deadline, if that is not later than `now`. It stays in the queue.
    #[inline]
    #[must_use]
    pub fn due<'a>(&self, table: impl Table<'a>, now: u64) -> Option<TaskId> {
        if self.length.get() == 0 {
            return None;
        }
        Some(Self::at(table, 0)).filter(|first| table.task(*first).deadline.get() <= now)
    }

    /// Puts in a task that is not in the queue.
    pub(crate) fn insert<'a>(&self, table: impl Table<'a>, id: TaskId, deadline: u64) {
        let task = table.task(id);
        task.deadline.set(deadline);
        let stamp = self.stamp.get();
        task.stamp.set(stamp);
        self.stamp.set(stamp.wrapping_add(1));
        let length = self.length.get();
        self.length.set(length + 1);
        Self::rise(table, usize::from(length), id);
    }

    /// Takes a task out, if it is in the queue.
    #[inline(always)]
    pub(crate) fn remove<'a>(&self, table: impl Table<'a>, id: TaskId) {
        if table.task(id).timer_place.get() != 0 {
            self.take(table, id);
        }
    }

    /// Takes out a task that is in the queue. The last one comes to its place.
    #[inline(never)]
    fn take<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let place = usize::from(table.task(id).timer_place.replace(0)) - 1;
        let last = usize::from(self.length.get()) - 1;
        self.length.set(last as u8);
        if place != last {
            let moved = Self::at(table, last);
            if Self::rise(table, place, moved) == place {
                self.sink(table, place, moved);
            }
        }
    }

    /// Puts a task at `place` or, in exchange, nearer to the front. Returns where it came to.
    #[inline]
    fn rise<'a>(table: impl Table<'a>, mut place: usize, id: TaskId) -> usize {
        let task = table.task(id);
        while place > 0 {
            let parent = (place - 1) / 2;
            let other = Self::at(table, parent);
            if !before(task, table.task(other)) {
                break;
            }
            Self::put(table, place, other);
            place = parent;
        }
        Self::put(table, place, id);
        place
    }

    /// Puts a task at `place` or, in exchange, nearer to the end.
    #[inline]
    fn sink<'a>(&self, table: impl Table<'a>, mut place: usize, id: TaskId) {
        let task = table.task(id);
        let length = usize::from(self.length.get());
        loop {
            let mut child = 2 * place + 1;
            if child >= length {
                break;
            }
            let mut other = Self::at(table, child);
            if child + 1 < length {
                let second = Self::at(table, child + 1);
                if before(table.task(second), table.task(other)) {
                    (child, other) = (child + 1, second);
                }
            }
            if !before(table.task(other), task) {
                break;
            }
            Self::put(table, place, other);
            place = child;
        }
        Self::put(table, place, id);
    }

    /// The tasks' numbers, in order. Checks the heap.
    #[cfg(test)]
    pub(crate) fn numbers<'a>(&self, table: impl Table<'a>) -> std::vec::Vec<u8> {
        let mut ids: std::vec::Vec<TaskId> = (0..usize::from(self.length.get()))
            .map(|place| {
                let id = Self::at(table, place);
                assert_eq!(usize::from(table.task(id).timer_place.get()), place + 1, "the link back");
                assert!(place == 0 || !before(table.task(id), table.task(Self::at(table, (place - 1) / 2))));
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
