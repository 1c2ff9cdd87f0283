//! The ready queue: a list a priority, and a bitmap that says which are not empty. Every operation takes constant time.
//!
//! The running task stays at the head of its list, so a pre-empted task goes on before its equals, and switching costs
//! no list work.

use crate::bitmap::{bit, is_above, most_important};
use crate::list;
use crate::priority::Priority;
use crate::task::{Link, Table, TaskId};
use bluekernel_abi::PRIORITIES;
use core::cell::Cell;

/// The tasks that are ready or running. All bytes 0 is an empty one.
pub struct ReadyQueue {
    /// A priority's [`bit`] is set if its list is not empty.
    bitmap: Cell<u32>,
    /// Meaningful where the bit is set.
    heads: [Cell<Link>; PRIORITIES],
}

impl ReadyQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self { bitmap: Cell::new(0), heads: [const { Cell::new(Link::NONE) }; PRIORITIES] }
    }

    /// The list of a priority.
    #[inline(always)]
    fn head(&self, priority: Priority) -> &Cell<Link> {
        &self.heads[priority as usize]
    }

    /// The first of the most important tasks.
    #[inline(always)]
    #[must_use]
    pub fn top(&self) -> Option<TaskId> {
        let bitmap = self.bitmap.get();
        if bitmap == 0 { None } else { Some(self.heads[most_important(bitmap)].get().task()) }
    }

    /// The first task of a priority.
    pub(crate) fn first(&self, priority: Priority) -> Option<TaskId> {
        self.head(priority).get().get().filter(|_| self.bitmap.get() & bit(priority) != 0)
    }

    /// Puts a task behind all others of its priority. Returns whether it is more important than every other.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn push_back<'a>(&self, table: impl Table<'a>, id: TaskId) -> bool {
        let priority = table.task(id).priority.get();
        let bit = bit(priority);
        let bitmap = self.bitmap.get();
        if bitmap & bit == 0 {
            self.bitmap.set(bitmap | bit);
            list::single(table, id);
            self.head(priority).set(Link::to(id));
            is_above(bit, bitmap)
        } else {
            list::insert_before(table, self.head(priority).get().task(), id);
            false
        }
    }

    /// Puts a task in front of all others of its priority.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn push_front<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let _ = self.push_back(table, id);
        self.head(table.task(id).priority.get()).set(Link::to(id));
    }

    /// Takes out a task that is in the queue, at the priority it was put in with.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn remove<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let priority = table.task(id).priority.get();
        let head = self.head(priority);
        match list::remove(table, id) {
            None => self.bitmap.set(self.bitmap.get() & !bit(priority)),
            Some(after) => {
                if head.get() == Link::to(id) {
                    head.set(Link::to(after));
                }
            }
        }
    }

    /// Puts `id`, if it is the head of its priority's list, behind its equals. Returns the one behind `id`.
    #[inline(always)]
    pub fn rotate<'a>(&self, table: impl Table<'a>, id: TaskId) -> TaskId {
        let task = table.task(id);
        let (head, next) = (self.head(task.priority.get()), task.next.get());
        if head.get() == Link::to(id) {
            head.set(Link::to(next));
        }
        next
    }
}

impl Default for ReadyQueue {
    fn default() -> Self {
        Self::new()
    }
}
