//! The times that an executor's tasks wait for: a list a runner, through the memory that every such task has for it.
//!
//! The list has no order. It belongs to the runner's task, which walks it when a time has come, a step under each lock;
//! everything else takes constant time. Links are tasks and not addresses, and each use of a task's item gets it anew.
#![expect(unsafe_code, reason = "uses the memory that embassy's executor keeps for timer queues")]

use super::runner::Runner;
use crate::lock::{self, Locked};
use core::cell::Cell;
use core::task::Waker;
use embassy_executor::raw::{TaskRef, task_from_waker, wake_task};
use embassy_executor_timer_queue::TimerQueueItem;

/// A list of tasks.
pub(super) struct Items {
    first: Cell<Option<TaskRef>>,
    /// The next one of the walk.
    next: Cell<Option<TaskRef>>,
}

/// What each task has. All bytes 0 at first: in no list.
struct Item {
    /// The tick to wake the task at.
    at: Cell<u64>,
    /// The list it is in, null if it is in none.
    list: Cell<*const Items>,
    next: Cell<Option<TaskRef>>,
    prev: Cell<Option<TaskRef>>,
}

// No link is all bytes 0: what an option of this size has to be.
const _: () = assert!(size_of::<Option<TaskRef>>() == size_of::<usize>());

/// A task's item.
fn item<'a>(_: Locked<'a>, task: TaskRef) -> &'a Item {
    // SAFETY: the item lives as long as the task's memory, for ever; it starts zeroed, and is used as an `Item` only: this
    // is the one timer queue, since there can be one time driver. The lock is held, so there is no other reference.
    unsafe { task.timer_queue_item().as_ref() }
}

unsafe extern "Rust" {
    /// The executor's: the item of the task that `waker` wakes, `None` if that is no task of an executor.
    fn __try_embassy_time_queue_item_from_waker(waker: &Waker) -> Option<&'static mut TimerQueueItem>;
}

impl Items {
    pub(super) const fn new() -> Self {
        Self { first: Cell::new(None), next: Cell::new(None) }
    }

    /// The task of `waker` is to be woken at tick `at`, or at the time that it asked for before, if that is earlier.
    /// `false` if it is no task of an executor.
    pub(super) fn insert(&self, locked: Locked<'_>, at: u64, waker: &Waker) -> bool {
        // SAFETY: the lock is held, so there is no other reference to the item, and this one is dropped at once.
        if unsafe { __try_embassy_time_queue_item_from_waker(waker) }.is_none() {
            return false;
        }
        let task = task_from_waker(waker);
        let item = item(locked, task);
        if core::ptr::eq(item.list.get(), self) {
            item.at.set(item.at.get().min(at));
            return true;
        }
        // The task was over, and began anew in another executor.
        // SAFETY: a list takes its items out before it goes.
        if let Some(list) = unsafe { item.list.get().as_ref() } {
            list.remove(locked, task);
        }
        let first = self.first.replace(Some(task));
        item.at.set(at);
        item.list.set(self);
        item.next.set(first);
        item.prev.set(None);
        if let Some(first) = first {
            self::item(locked, first).prev.set(Some(task));
        }
        true
    }

    fn remove(&self, locked: Locked<'_>, task: TaskRef) {
        let item = item(locked, task);
        let (before, after) = (item.prev.get(), item.next.get());
        match before {
            Some(before) => self::item(locked, before).next.set(after),
            None => self.first.set(after),
        }
        if let Some(after) = after {
            self::item(locked, after).prev.set(before);
        }
        if self.next.get() == Some(task) {
            self.next.set(after);
        }
        item.list.set(core::ptr::null());
    }

    /// Wakes the tasks whose time is not later than `now`, and limits the runner's wait to that of the others.
    ///
    /// Called by the runner's task, so nothing is put in meanwhile, and what others take out is left out.
    pub(super) fn wake_due(&self, runner: &Runner, now: u64) {
        lock::with(|_| self.next.set(self.first.get()));
        while let Some(task) = lock::with(|_| self.next.get()) {
            let due = lock::with(|locked| {
                // Taken out since the lock before.
                if self.next.get() != Some(task) {
                    return false;
                }
                let item = item(locked, task);
                self.next.set(item.next.get());
                let due = item.at.get() <= now;
                if due {
                    self.remove(locked, task);
                } else {
                    runner.limit(locked, item.at.get());
                }
                due
            });
            if due {
                wake_task(task);
            }
        }
    }
}
