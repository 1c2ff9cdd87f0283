//! Tasks that wait for the same object: the most important first, equals in the order they came.

use crate::list;
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
    /// A mutex with a ceiling: the least priority of its owner. 0 in other objects.
    pub(crate) ceiling: u8,
}

impl WaitList {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_ceiling(0)
    }

    /// An empty list of a mutex with a ceiling.
    pub(crate) const fn with_ceiling(ceiling: u8) -> Self {
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
        if self.head.get() == Link::to(next) { None } else { Some(next) }
    }

    /// Puts a task behind those that are at least as important. Takes time with the number of tasks before it, but
    /// one step only if it belongs to the end.
    pub(crate) fn insert<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let Some(head) = self.head.get().get() else {
            list::single(table, id);
            self.head.set(Link::to(id));
            return;
        };
        let priority = table.task(id).priority.get();
        let mut at = head;
        if table.task(table.task(head).prev.get()).priority.get() < priority {
            while table.task(at).priority.get() >= priority {
                at = table.task(at).next.get();
            }
            if at == head {
                self.head.set(Link::to(id));
            }
        }
        list::insert_before(table, at, id);
    }

    /// Takes out the first task, which is `id`.
    #[inline(always)]
    pub(crate) fn remove_first<'a>(&self, table: impl Table<'a>, id: TaskId) {
        self.head.set(list::remove(table, id).map_or(Link::NONE, Link::to));
    }

    /// Takes out a task that waits here.
    pub(crate) fn remove<'a>(&self, table: impl Table<'a>, id: TaskId) {
        match list::remove(table, id) {
            None => self.head.set(Link::NONE),
            Some(after) => {
                if self.head.get() == Link::to(id) {
                    self.head.set(Link::to(after));
                }
            }
        }
    }
}

impl Default for WaitList {
    fn default() -> Self {
        Self::new()
    }
}
