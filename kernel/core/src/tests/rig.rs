//! A few tasks and objects without a kernel around them, and a way to look into the lists.

use crate::mutex::{self, Walk};
use crate::{Decision, Limit, MutexControl, Priority, Scheduler, TaskControl, TaskId, WaitList};
use std::vec::Vec;

/// Task number `number`.
pub(super) fn id(number: u8) -> TaskId {
    TaskId::new(number)
}

/// Some control blocks.
pub(super) fn tasks<'a>(count: usize) -> Vec<TaskControl<'a>> {
    (0..count).map(|_| TaskControl::new()).collect()
}

/// A scheduler in which tasks of these priorities were started, in this order, and the first of the most important runs.
pub(super) fn started<'a>(table: &'a [TaskControl<'a>], priorities: &[u8]) -> Scheduler {
    let scheduler = Scheduler::new();
    for (number, priority) in priorities.iter().enumerate() {
        let _ = scheduler.start(table, id(number as u8), Priority::new(*priority).unwrap());
    }
    let _ = scheduler.select(table);
    scheduler
}

/// Carries a decision out and returns who runs now.
pub(super) fn run<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>], decision: Decision) -> Option<u8> {
    let decision = if settle(scheduler, table) { Decision::Switch } else { decision };
    if decision == Decision::Switch {
        let _ = scheduler.select(table);
    }
    scheduler.current().map(TaskId::number)
}

/// Works out all priorities that may be wrong. Returns whether there were any.
pub(super) fn settle<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>]) -> bool {
    let stale = scheduler.is_stale();
    while mutex::settle(scheduler, table) {}
    stale
}

/// Unlocks a mutex. Returns whose it is now.
pub(super) fn unlock<'a>(
    scheduler: &Scheduler,
    table: &'a [TaskControl<'a>],
    mutex: &'a MutexControl<'a>,
) -> Option<TaskId> {
    let next = mutex.unlock(scheduler, table)?;
    let _ = scheduler.resume(table, next);
    Some(next)
}

/// Ends one wait that is due.
pub(super) fn expire<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>], now: u64) -> Option<TaskId> {
    let id = scheduler.expire(table, now)?;
    if scheduler.waits(table, id) {
        scheduler.leave(table, id);
        let _ = scheduler.resume(table, id);
    }
    Some(id)
}

/// Whether waiting for a mutex could never end for `number`: its chain of owners, a link at a time, comes back.
pub(super) fn would_deadlock<'a>(mutex: &'a MutexControl<'a>, table: &'a [TaskControl<'a>], number: u8) -> bool {
    let mut from = None;
    for _ in 0..=table.len() {
        match mutex.walk(table, from, id(number), 1) {
            Walk::Ends => return false,
            Walk::Returns => return true,
            Walk::GoesOn(at) => from = Some(at),
        }
    }
    false
}

/// The circle that begins with `head`. Checks that both directions agree.
pub(super) fn circle<'a>(table: &'a [TaskControl<'a>], head: Option<TaskId>) -> Vec<u8> {
    let mut numbers = Vec::new();
    let Some(head) = head else { return numbers };
    let mut at = head;
    loop {
        numbers.push(at.number());
        assert!(numbers.len() <= table.len(), "a list that does not close");
        let next = table[usize::from(at.number())].next.get();
        assert_eq!(table[usize::from(next.number())].prev.get(), at, "neighbours disagree");
        at = next;
        if at == head {
            return numbers;
        }
    }
}

/// Who waits, in order.
pub(super) fn waiting<'a>(table: &'a [TaskControl<'a>], list: &WaitList) -> Vec<u8> {
    list.numbers(table)
}

/// The mutexes that a task owns and others wait for, as places in `mutexes`.
pub(super) fn held<'a>(task: &TaskControl<'a>, mutexes: &'a [MutexControl<'a>]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = task.held.get();
    while let Some(mutex) = at {
        places.extend(mutexes.iter().position(|other| core::ptr::eq(other, mutex)));
        assert!(places.len() <= mutexes.len(), "a list that does not end");
        at = mutex.next_held();
    }
    places
}

/// Makes the running task, which is `number`, wait, until `deadline` if that is not `u64::MAX`.
pub(super) fn block<'a>(
    scheduler: &Scheduler,
    table: &'a [TaskControl<'a>],
    number: u8,
    list: Option<&'a WaitList>,
    deadline: u64,
) -> Decision {
    let decision = scheduler.block(table, id(number), list);
    limit(scheduler, table, number, deadline);
    decision
}

/// Limits the wait of `number`, if `deadline` is not `u64::MAX`. A kernel does so before the next task is chosen; a test may
/// let several wait before that.
pub(super) fn limit<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>], number: u8, deadline: u64) {
    if deadline != u64::MAX {
        scheduler.limit_soon(table, id(number), Limit::Until(deadline));
        let limit = scheduler.take_limit(table);
        assert!(scheduler.current() != Some(id(number)) || limit == Some((id(number), Limit::Until(deadline))));
        scheduler.limit(table, id(number), deadline);
        while scheduler.limit_step(table, id(number)) {}
    }
}

/// Wakes the first task of a list. Checks that the decision is right.
pub(super) fn wake_first<'a>(scheduler: &Scheduler, table: &'a [TaskControl<'a>], list: &WaitList) -> Option<TaskId> {
    let first = list.first();
    let settled = scheduler.decision() == Decision::Stay;
    let id = first?;
    let decision = scheduler.wake(table, list, id);
    if settled {
        assert_eq!(decision, scheduler.decision());
    }
    first
}
