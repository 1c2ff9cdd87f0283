//! Tasks that wait for the same object: the most important first, equals in the order they came.
//!
//! Equals form a circle, and the first ones of the circles form the list. So finding a place takes time with the number
//! of *priorities* that wait, 32 at most, and not with the number of tasks; everything else is constant.
//!
//! ```text
//!   head ─▶ priority 9 ⇄ priority 4 ⇄ priority 1     level_next, level_prev
//!             ⇅            ⇅                         next, prev
//!           its equal    its equal
//! ```

use crate::list;
use crate::priority::Priority;
use crate::task::{Link, Table, TaskId};
use core::cell::Cell;

/// A list of waiting tasks. The first field of every object. All bytes 0 is an empty one.
#[repr(C)]
pub struct WaitList {
    head: Cell<Link>,
    /// A mutex' owner: whose priority depends on who waits here. None in other objects.
    pub(crate) owner: Cell<Link>,
    /// Event flags: the waiter that is looked at next; none: the first one. None in other objects.
    pub(crate) cursor: Cell<Link>,
    /// A mutex with a ceiling: the least priority of its owner. [`Priority::P0`] in other objects.
    pub(crate) ceiling: Priority,
}

impl WaitList {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_ceiling(Priority::P0)
    }

    /// An empty list of a mutex with a ceiling.
    pub(crate) const fn with_ceiling(ceiling: Priority) -> Self {
        Self { head: Cell::new(Link::NONE), owner: Cell::new(Link::NONE), cursor: Cell::new(Link::NONE), ceiling }
    }

    /// Whether nobody waits.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.head.get().is_none()
    }

    /// Who is to be woken next.
    #[inline(always)]
    #[must_use]
    pub fn first(&self) -> Option<TaskId> {
        self.head.get().get()
    }

    /// Who is to be woken behind `id`, which waits here.
    pub(crate) fn behind<'a>(&self, table: impl Table<'a>, id: TaskId) -> Option<TaskId> {
        let next = table.task(id).next.get();
        let circle_ends = self.head.get() == Link::to(next) || !table.task(next).level_prev.get().is_none();
        if circle_ends { table.task(next).level_next.get().get() } else { Some(next) }
    }

    /// Puts a task behind those that are at least as important.
    #[inline(always)]
    pub(crate) fn insert<'a>(&self, table: impl Table<'a>, id: TaskId) {
        match self.head.get().get() {
            None => {
                list::single(table, id);
                table.task(id).level_next.set(Link::NONE);
                self.head.set(Link::to(id));
            }
            Some(head) => self.insert_among(table, head, id),
        }
    }

    #[inline(always)]
    fn insert_among<'a>(&self, table: impl Table<'a>, head: TaskId, id: TaskId) {
        let task = table.task(id);
        let priority = task.priority.get();
        // The first ones of the more and of the less important tasks beside it.
        let (mut more, mut less) = (Link::NONE, Link::to(head));
        while let Some(at) = less.get() {
            let other = table.task(at);
            if other.priority.get() == priority {
                task.level_prev.set(Link::NONE);
                list::insert_before(table, at, id);
                return;
            }
            if other.priority.get() < priority {
                other.level_prev.set(Link::to(id));
                break;
            }
            more = less;
            less = other.level_next.get();
        }
        list::single(table, id);
        task.level_next.set(less);
        task.level_prev.set(more);
        match more.get() {
            Some(more) => table.task(more).level_next.set(Link::to(id)),
            None => self.head.set(Link::to(id)),
        }
    }

    /// Takes out the first task, which is `id`.
    #[inline(always)]
    pub(crate) fn remove_first<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let less = table.task(id).level_next.get();
        match list::remove(table, id) {
            None => self.head.set(less),
            // The next of its equals takes its place.
            Some(equal) => {
                table.task(equal).level_next.set(less);
                if let Some(less) = less.get() {
                    table.task(less).level_prev.set(Link::to(equal));
                }
                self.head.set(Link::to(equal));
            }
        }
    }

    /// Takes out a task that waits here; for another reason than that it was its turn.
    pub(crate) fn withdraw<'a>(&self, table: impl Table<'a>, id: TaskId) {
        self.remove(table, id);
        // The cursor may be on this task, or this task may come back at a place before the cursor.
        self.cursor.set(Link::NONE);
    }

    /// Takes out a task that waits here.
    #[inline(never)]
    pub(crate) fn remove<'a>(&self, table: impl Table<'a>, id: TaskId) {
        if self.head.get() == Link::to(id) {
            return self.remove_first(table, id);
        }
        let task = table.task(id);
        let equal = list::remove(table, id);
        // Else it was not the first of its equals, and the circle is all there was.
        let Some(more) = task.level_prev.get().get() else { return };
        let less = task.level_next.get();
        if let Some(equal) = equal {
            table.task(equal).level_next.set(less);
            table.task(equal).level_prev.set(Link::to(more));
        }
        table.task(more).level_next.set(equal.map_or(less, Link::to));
        if let Some(less) = less.get() {
            table.task(less).level_prev.set(Link::to(equal.unwrap_or(more)));
        }
    }

    /// The tasks' numbers, in order. Checks the links back.
    #[cfg(test)]
    pub(crate) fn numbers<'a>(&self, table: impl Table<'a>) -> std::vec::Vec<u8> {
        let mut numbers = std::vec::Vec::new();
        let (mut more, mut at) = (None, self.head.get());
        while let Some(first) = at.get() {
            if let Some(more) = more {
                assert_eq!(table.task(first).level_prev.get(), Link::to(more), "the link back");
                assert!(table.task(more).priority.get() > table.task(first).priority.get(), "the order of levels");
            }
            let mut equal = first;
            loop {
                numbers.push(equal.number());
                assert_eq!(table.task(equal).priority.get(), table.task(first).priority.get(), "equals");
                assert!(equal == first || table.task(equal).level_prev.get().is_none(), "only the first leads");
                let next = table.task(equal).next.get();
                assert_eq!(table.task(next).prev.get(), equal, "neighbours disagree");
                equal = next;
                if equal == first {
                    break;
                }
            }
            (more, at) = (Some(first), table.task(first).level_next.get());
        }
        numbers
    }
}

impl Default for WaitList {
    fn default() -> Self {
        Self::new()
    }
}
