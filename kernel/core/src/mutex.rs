//! The mutex: one owner, and priority inheritance along chains.
//!
//! A task's effective priority is the highest of its own and those of all tasks that wait for a mutex it owns. Each task
//! keeps a list of the mutexes it owns *and others wait for* (`held`), so an uncontended lock touches nothing else.
//!
//! A mutex may have a ceiling. Then its owner's priority is at least that, and it is in `held` from the lock on.
//!
//! Unlocking hands the mutex to the most important waiter at once: nobody can take it in between, and the waiter that
//! wakes owns it.
//!
//! Priorities are not worked out where they change, but before the next task is chosen: whose priority may be wrong is put
//! into the scheduler's list of stale tasks, and [`settle`] works out one of them at a time. A chain of owners, however
//! long, so never holds interrupts off for more than one link. No task runs while another one is stale. The first link, from
//! a task that begins to wait to the owner, is put off in the same way ([`MutexControl::inherit`]).
//!
//! Invariants, while no task is stale and nothing is put off:
//! 1. a mutex is in its owner's `held` list exactly if somebody waits for it, or it has a ceiling (and its owner has run
//!    since it got the mutex);
//! 2. a mutex without an owner has no waiters;
//! 3. every task's effective priority is what the rule above says.
//!
//! While a task is stale its own priority may be another, and its `held` list may have mutexes that nobody waits for any
//! more, or that it has handed over. Handlers can see that, but they lock and unlock nothing.

use crate::priority::Priority;
use crate::scheduler::Scheduler;
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

    /// A free mutex with a ceiling, 1 to 31.
    ///
    /// # Panics
    /// If `ceiling` is not that; at compile time for a static.
    #[must_use]
    pub const fn with_ceiling(ceiling: u8) -> Self {
        match Priority::new(ceiling) {
            Some(ceiling) if ceiling.number() > 0 => {
                Self { list: WaitList::with_ceiling(ceiling), next_held: Cell::new(None) }
            }
            _ => panic!("a ceiling is 1 to 31, 31 the most important"),
        }
    }

    /// Its ceiling, 0 if it has none.
    #[inline(always)]
    #[must_use]
    pub fn ceiling(&self) -> u8 {
        self.list.ceiling.number()
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

    /// Goes up to `steps` links along the chain of owners that begins with this mutex: who owns what its owner waits for,
    /// and so on.
    #[must_use]
    pub fn walk(&self, table: impl Table<'a>, from: Option<TaskId>, id: TaskId, steps: usize) -> Walk {
        let mut owner = from.or(self.owner());
        for _ in 0..steps {
            match owner {
                None => return Walk::Ends,
                Some(at) if at == id => return Walk::Returns,
                Some(at) => owner = table.task(at).waits_for(),
            }
        }
        owner.map_or(Walk::Ends, Walk::GoesOn)
    }

    /// The owner inherits the priority of `id`, which has begun to wait for the mutex: [`Scheduler::take_put_off`].
    pub fn inherit(&'a self, scheduler: &Scheduler, table: impl Table<'a>, id: TaskId) {
        // What this task has handed over itself, just now, is still in its own list.
        if let Some(place) = self.place_in_held(table, id) {
            place.set(self.next_held.take());
        }
        table.let_handlers_in();
        // Its time may be over by now.
        let Some(owner) = self.owner().filter(|_| !self.list.is_empty()) else { return };
        let control = table.task(owner);
        // It is there already if it has a ceiling, or if another task waited, though that one may have given up since.
        if self.place_in_held(table, owner).is_none() {
            self.next_held.set(control.held.replace(Some(self)));
        }
        if control.priority.get() < table.task(id).priority.get() {
            scheduler.mark_stale(table, owner);
        }
    }

    /// The owner gives it up: it is free. If somebody waits it is not, and the first of those is returned:
    /// [`MutexControl::hand_over`] follows under the same lock.
    #[must_use = "it must be handed over"]
    #[inline(always)]
    pub fn release(&self) -> Option<TaskId> {
        let next = self.list.first();
        if next.is_none() {
            self.list.owner.set(Link::NONE);
        }
        next
    }

    /// It is the most important waiter's now, who is `next`. That task's wait is over: call [`Scheduler::resume`]. And let
    /// another task be chosen: the former owner may be less important now.
    #[inline(always)]
    pub fn hand_over(&self, scheduler: &Scheduler, table: impl Table<'a>, next: TaskId) {
        // The rest is done before that: a list to be searched, and a priority to be worked out.
        if let Some(former) = self.owner() {
            scheduler.mark_stale(table, former);
        }
        self.list.remove_first(table, next);
        self.list.owner.set(Link::to(next));
    }

    /// Where the `held` list of `owner` leads to this mutex, if it does.
    fn place_in_held(&self, table: impl Table<'a>, owner: TaskId) -> Option<&'a Cell<Option<&'a Self>>> {
        let mut place = &table.task(owner).held;
        while let Some(mutex) = place.get() {
            if core::ptr::eq(mutex, self) {
                return Some(place);
            }
            place = &mutex.next_held;
        }
        None
    }

    /// The owner, which runs, gets the ceiling's priority.
    pub fn raise(&'a self, scheduler: &Scheduler, table: impl Table<'a>) {
        let Some(id) = self.owner() else { return };
        let owner = table.task(id);
        // It is there already if another task waits since the mutex was handed over.
        if self.place_in_held(table, id).is_none() {
            self.next_held.set(owner.held.get());
            owner.held.set(Some(self));
        }
        if owner.priority.get() < self.list.ceiling {
            scheduler.set_priority(table, id, self.list.ceiling);
            table.on_priority(id, self.list.ceiling.number(), PriorityCause::Inherit, Some(&self.list));
        }
    }

    /// Its owner is about to release it, and nobody waits: it leaves that task's list of contended mutexes and ceilings.
    pub fn drop_ceiling(&self, table: impl Table<'a>) {
        if let Some(place) = self.owner().and_then(|owner| self.place_in_held(table, owner)) {
            place.set(self.next_held.take());
        }
    }
}

/// The running task, which is `id`, has released a mutex with a ceiling: it loses that priority. It is stale if it has other
/// contended mutexes or ceilings. Then act on [`Scheduler::decision`].
pub fn lower<'a>(scheduler: &Scheduler, table: impl Table<'a>, id: TaskId) {
    let task = table.task(id);
    let base = task.base_priority.get();
    if task.held.get().is_some() {
        scheduler.mark_stale(table, id);
    } else if task.priority.get() != base {
        scheduler.set_priority(table, id, base);
        table.on_priority(id, base.number(), PriorityCause::Disinherit, None);
    }
}

/// Where a walk along owners came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// To an owner that waits for no mutex: the wait can end.
    Ends,
    /// To the task that wants to wait: it would wait for itself.
    Returns,
    /// To this task, and the chain goes on.
    GoesOn(TaskId),
}

/// Works out the priority of one stale task anew. If it changed, the owner of what that task waits for is stale now.
/// Call it until it returns `false`: no task is stale.
///
/// Handlers are let in between the mutexes, and before the priority is set. They lock and unlock none, so the list of the
/// held ones stays; and if they end a wait or give the task another priority of its own, it is stale again.
///
/// Ends: a priority only moves towards the value that the rule gives it, also in a ring of waiting owners.
pub fn settle<'a>(scheduler: &Scheduler, table: impl Table<'a>) -> bool {
    let Some(id) = scheduler.take_stale(table) else { return false };
    let task = table.task(id);
    let mut priority = task.base_priority.get();
    let mut cause = None;
    let by_call = task.re_based.replace(false);
    let mut place = &task.held;
    while let Some(mutex) = place.get() {
        table.let_handlers_in();
        let ceiling = mutex.list.ceiling;
        let waiting = mutex.list.first().map_or(Priority::P0, |first| table.task(first).priority.get());
        let is_kept = !mutex.list.is_empty() || ceiling != Priority::P0;
        let owner = mutex.owner();
        if !is_kept || owner != Some(id) {
            // The last one that waited gave up; or another task owns it now. That one is at least as important as those who
            // go on waiting, so its priority stays.
            place.set(mutex.next_held.take());
            if let Some(owner) = owner.filter(|owner| is_kept && *owner != id) {
                mutex.next_held.set(table.task(owner).held.replace(Some(mutex)));
            }
            continue;
        }
        if waiting.max(ceiling) > priority {
            priority = waiting.max(ceiling);
            cause = Some(&mutex.list);
        }
        place = &mutex.next_held;
    }
    table.let_handlers_in();
    let former = task.priority.get();
    if priority != former {
        scheduler.set_priority(table, id, priority);
        let why = match cause {
            _ if by_call => PriorityCause::Call,
            Some(_) if priority > former => PriorityCause::Inherit,
            _ => PriorityCause::Disinherit,
        };
        table.on_priority(id, priority.number(), why, cause);
        table.let_handlers_in();
        if let Some(owner) = task.waits_for() {
            scheduler.mark_stale(table, owner);
        }
    }
    scheduler.is_stale()
}

impl Default for MutexControl<'_> {
    fn default() -> Self {
        Self::new()
    }
}
