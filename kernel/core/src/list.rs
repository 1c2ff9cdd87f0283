//! Circular lists through [`TaskControl::next`](crate::TaskControl) and `prev`. A task is in one list at most.

use crate::task::{Table, TaskId};

/// Makes `id` a list of its own.
#[inline(always)]
pub(crate) fn single<'a>(table: impl Table<'a>, id: TaskId) {
    let task = table.task(id);
    task.next.set(id);
    task.prev.set(id);
}

/// Puts `id` in front of `at`. In front of a list's head means at its tail.
#[inline(always)]
pub(crate) fn insert_before<'a>(table: impl Table<'a>, at: TaskId, id: TaskId) {
    let (task, after) = (table.task(id), table.task(at));
    let before = after.prev.get();
    task.next.set(at);
    task.prev.set(before);
    table.task(before).next.set(id);
    after.prev.set(id);
}

/// Takes `id` out. Returns its successor, `None` if it was alone.
#[inline(always)]
pub(crate) fn remove<'a>(table: impl Table<'a>, id: TaskId) -> Option<TaskId> {
    let task = table.task(id);
    let (before, after) = (task.prev.get(), task.next.get());
    if after == id {
        return None;
    }
    table.task(before).next.set(after);
    table.task(after).prev.set(before);
    Some(after)
}
