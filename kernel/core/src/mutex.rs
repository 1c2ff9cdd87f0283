//! The mutex: one owner, and priority inheritance along chains.
//!
//! A task's effective priority is the highest of its own, those of all tasks that wait for a mutex it owns, and the
//! ceilings of the mutexes it owns. Each task
//! keeps a list of the mutexes it owns *and others wait for* (`held`), so an uncontended lock touches nothing else, and
//! a change is worked out in the time of the mutexes held, not of the tasks in the system.
//!
//! Unlocking hands the mutex to the most important waiter at once: nobody can take it in between, and the waiter that
//! wakes owns it.
//!
//! Invariants, outside of these functions:
//! 1. a mutex is in its owner's `held` list exactly if somebody waits for it, or it has a ceiling above 0;
//! 2. a mutex without an owner has no waiters;
//! 3. every task's effective priority is what the rule above says.

use crate::scheduler::{Decision, Scheduler};
use crate::task::{Link, Table, TaskId};
use crate::wait::WaitList;
use bluekernel_abi::PriorityCause;
use core::cell::Cell;

/// A mutex' part of the protocol. All bytes 0 is a free one.
#[repr(C)]
pub struct MutexControl<'a> {
    list: WaitList,
    /// The next one in its owner's `held` list.
    next_held: Cell<Option<&'a MutexControl<'a>>>,
}

/// What came of an attempt to lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Attempt {
    /// The task owns the mutex now.
    Locked,
    /// Another task does, or the task itself.
    Held(TaskId),
}

impl<'a> MutexControl<'a> {
    /// A free mutex.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: WaitList::new(), next_held: Cell::new(None) }
    }

    /// Who owns it.
    #[inline(always)]
    #[must_use]
    pub fn owner(&self) -> Option<TaskId> {
        self.list.owner.get().get()
    }

    /// The list of those who wait.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// Whether nobody waits for it.
    #[must_use]
    pub fn is_uncontended(&self) -> bool {
        self.list.is_empty()
    }

    /// The next one in its owner's list.
    #[cfg(test)]
    pub(crate) fn next_held(&self) -> Option<&'a MutexControl<'a>> {
        self.next_held.get()
    }

    /// `id` takes it if it is free.
    #[inline(always)]
    pub fn try_lock(&self, id: TaskId) -> Attempt {
        match self.owner() {
            None => {
                self.list.owner.set(Link::to(id));
                Attempt::Locked
            }
            Some(owner) => Attempt::Held(owner),
        }
    }

    /// Whether waiting for this mutex could never end for `id`, because its owner waits, perhaps through others, for
    /// one that `id` owns, or is `id`. Owners that wait with a time-out count too. Takes time with the chain's length.
    #[must_use]
    pub fn would_deadlock(&self, table: impl Table<'a>, id: TaskId) -> bool {
        let mut owner = self.owner();
        // A chain that goes round without `id` is a deadlock of others, which they were told of; do not follow it.
        let mut steps = 0_u8;
        while let Some(at) = owner {
            if at == id {
                return true;
            }
            if steps == u8::MAX {
                return false;
            }
            steps += 1;
            owner = table.task(at).waits_on.get().and_then(|list| list.owner.get().get());
        }
        false
    }

    /// The running task, which is `id`, waits for the mutex, which another task owns. The owner inherits its priority.
    pub fn wait(&'a self, scheduler: &Scheduler, table: impl Table<'a>, id: TaskId) -> Decision {
        let Some(owner) = self.owner() else { return Decision::Stay };
        if self.list.is_empty() && self.list.ceiling == 0 {
            self.push_held(table, owner);
        }
        let decision = scheduler.block(table, id, Some(&self.list));
        follow(scheduler, table, owner, PriorityCause::Inherit, &self.list);
        decision
    }

    /// The owner gives it up: it is free, or the most important waiter's, who is returned. Then act on
    /// [`Scheduler::decision`]: not only is that task ready, the former owner may have become less important.
    #[inline(always)]
    pub fn unlock(&'a self, scheduler: &Scheduler, table: impl Table<'a>) -> Option<TaskId> {
        let next = self.list.first();
        match next {
            None => self.list.owner.set(Link::NONE),
            Some(next) => self.hand_over(scheduler, table, next),
        }
        next
    }

    #[cold]
    #[inline(never)]
    fn hand_over(&'a self, scheduler: &Scheduler, table: impl Table<'a>, next: TaskId) {
        let Some(id) = self.owner() else { return };
        drop_held(table, id, &self.list);
        let _ = scheduler.wake_first(table, &self.list);
        self.list.owner.set(Link::to(next));
        // The others are not more important than `next`, so without a ceiling its priority stays.
        if self.list.ceiling > 0 {
            self.push_held(table, next);
            follow(scheduler, table, next, PriorityCause::Inherit, &self.list);
        } else if !self.list.is_empty() {
            self.push_held(table, next);
        }
        follow(scheduler, table, id, PriorityCause::Disinherit, &self.list);
    }

    /// A free mutex with a ceiling, 1 to 31.
    ///
    /// # Panics
    /// If `ceiling` is not that; at compile time for a static.
    #[must_use]
    pub const fn with_ceiling(ceiling: u8) -> Self {
        assert!(ceiling > 0 && ceiling < 32, "a ceiling is 1 to 31, 31 the most important");
        Self { list: WaitList::with_ceiling(ceiling), next_held: Cell::new(None) }
    }

    /// The ceiling; 0 if there is none.
    #[inline(always)]
    #[must_use]
    pub fn ceiling(&self) -> u8 {
        self.list.ceiling
    }

    /// As [`MutexControl::try_lock`], with a ceiling: the task has its priority from now on.
    pub fn try_raise(&'a self, scheduler: &Scheduler, table: impl Table<'a>, id: TaskId) -> Attempt {
        let attempt = self.try_lock(id);
        if attempt == Attempt::Locked {
            self.push_held(table, id);
            follow(scheduler, table, id, PriorityCause::Inherit, &self.list);
        }
        attempt
    }

    /// As [`MutexControl::unlock`], with a ceiling: the former owner loses its priority.
    pub fn unlock_and_lower(&'a self, scheduler: &Scheduler, table: impl Table<'a>) -> Option<TaskId> {
        let former = self.owner();
        let next = self.unlock(scheduler, table);
        if let (Some(former), None) = (former, next) {
            drop_held(table, former, &self.list);
            follow(scheduler, table, former, PriorityCause::Disinherit, &self.list);
        }
        next
    }

    fn push_held(&'a self, table: impl Table<'a>, owner: TaskId) {
        let held = &table.task(owner).held;
        self.next_held.set(held.get());
        held.set(Some(self));
    }
}

impl Default for MutexControl<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// A waiter of the mutex whose list is `list` has left it without getting the mutex.
#[cold]
#[inline(never)]
pub(crate) fn gave_up<'a>(scheduler: &Scheduler, table: impl Table<'a>, list: &WaitList) {
    let Some(owner) = list.owner.get().get() else { return };
    if list.is_empty() && list.ceiling == 0 {
        drop_held(table, owner, list);
    }
    follow(scheduler, table, owner, PriorityCause::Disinherit, list);
}

/// Takes the mutex whose list is `list` out of the `held` list of `owner`.
fn drop_held<'a>(table: impl Table<'a>, owner: TaskId, list: &WaitList) {
    let mut place = &table.task(owner).held;
    while let Some(mutex) = place.get() {
        if core::ptr::eq(&raw const mutex.list, list) {
            place.set(mutex.next_held.take());
            return;
        }
        place = &mutex.next_held;
    }
}

/// Works out the priority of `id` anew, and, if it changed, that of the owner of what `id` waits for, and so on.
///
/// Ends: a priority only moves towards the value that the rule gives it, also in a ring of waiting owners.
fn follow<'a>(scheduler: &Scheduler, table: impl Table<'a>, mut id: TaskId, cause: PriorityCause, list: &WaitList) {
    loop {
        let task = table.task(id);
        let mut priority = task.base_priority.get();
        let mut held = task.held.get();
        while let Some(mutex) = held {
            priority = priority.max(mutex.list.ceiling);
            if let Some(first) = mutex.list.first() {
                priority = priority.max(table.task(first).priority.get());
            }
            held = mutex.next_held.get();
        }
        if priority == task.priority.get() {
            return;
        }
        scheduler.set_priority(table, id, priority);
        table.on_priority(id, priority, cause, list);
        let Some(owner) = task.waits_on.get().and_then(|list| list.owner.get().get()) else { return };
        id = owner;
    }
}
