//! Who runs.
//!
//! The numbers are those of the drawing at [`TaskState`]: [`Scheduler::start`] makes a dormant task ready,
//! [`Scheduler::select`] does 1 and 2, [`Scheduler::block`] 3, [`Scheduler::wake`] and [`Scheduler::resume`] 4,
//! [`Scheduler::exit`] 5.
//!
//! The running task is in the ready queue, and its control block says that it is ready: that it runs is told by
//! [`Scheduler::current`] alone, so a switch writes to no control block.

use crate::priority::Priority;
use crate::ready::ReadyQueue;
use crate::task::{Link, Outcome, Table, TaskControl, TaskId};
use crate::timer::{TimeOut, TimerQueue};
use crate::wait::WaitList;
use bluekernel_abi::{NO_TASK, TaskState};
use core::cell::Cell;

/// Whether the processor must be given to another task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a switch that is not carried out leaves the wrong task running"]
pub enum Decision {
    /// The right task runs.
    Stay,
    /// [`Scheduler::select`] is to be called as soon as possible.
    Switch,
}

/// Work: a task's priority must be worked out anew.
const STALE: u8 = 1;
/// Work: the running task waits, and its time-out, a span, is to be set.
const LIMIT: u8 = 2;
/// Work: the same, but the time-out is a moment.
const UNTIL: u8 = 4;

/// Work: the running task is over, and others wait for that.
const ENDED: u8 = 8;
/// The running task has begun to wait for a mutex, or behind giving one up.
const PUT_OFF: u8 = 16;

/// Work: the running task is over, and futures wait for that.
#[cfg(feature = "async")]
const TELL: u8 = 32;

/// How long a wait may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A span, in the caller's unit.
    Span(u64),
    /// Up to this tick.
    Until(u64),
}

/// The state of the scheduling. All bytes may start as 0.
pub struct Scheduler {
    /// The running task, none if the processor idles.
    current: Cell<Link>,
    /// What is to be done before the next task is chosen: [`STALE`], [`LIMIT`], [`UNTIL`], [`ENDED`], [`PUT_OFF`], `TELL`.
    work: Cell<u8>,
    /// The last of the tasks whose priority must be worked out anew: a circle of their `stale_next`.
    stale: Cell<Link>,
    /// How often a task began to wait for a mutex, modulo 2^16.
    pub(crate) chains: Cell<u16>,
    ready: ReadyQueue,
    timers: TimerQueue,
}

impl Scheduler {
    /// A scheduler without tasks, all bytes 0.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            current: Cell::new(Link::NONE),
            work: Cell::new(0),
            stale: Cell::new(Link::NONE),
            chains: Cell::new(0),
            ready: ReadyQueue::new(),
            timers: TimerQueue::new(),
        }
    }

    /// Where the running task's number plus 1 is, for the inspection table.
    #[must_use]
    pub const fn current_offset() -> usize {
        core::mem::offset_of!(Self, current)
    }

    /// The running task.
    #[inline(always)]
    #[must_use]
    pub fn current(&self) -> Option<TaskId> {
        self.current.get().get()
    }

    /// The running task's number, [`NO_TASK`] if the processor idles.
    #[inline(always)]
    #[must_use]
    pub fn current_number(&self) -> u8 {
        self.current().map_or(NO_TASK, TaskId::number)
    }

    /// Whether `id` is ready, or runs, and is the first of its priority.
    #[must_use]
    pub fn is_first<'a>(&self, table: impl Table<'a>, id: TaskId) -> bool {
        let task = table.task(id);
        task.state.get() == TaskState::Ready && self.ready.first(task.priority.get()) == Some(id)
    }

    /// Whether the task at the top of the ready queue is the one that runs, as far as that is known: where there is work to
    /// do first it is not.
    #[inline(always)]
    pub fn decision(&self) -> Decision {
        let top = self.ready.top().map_or(Link::NONE, Link::to);
        if top == self.current.get() && !self.has_work() { Decision::Stay } else { Decision::Switch }
    }

    /// Takes a dormant task for whoever is going to start it. Returns whether it was dormant.
    pub fn claim<'a>(&self, table: impl Table<'a>, id: TaskId) -> bool {
        let task = table.task(id);
        // Over, but still on its stack: a handler came before the switch.
        if task.state.get() != TaskState::Dormant || self.current() == Some(id) {
            return false;
        }
        // It waits for nothing but its start.
        task.waits_on.set(None);
        task.state.set(TaskState::Blocked);
        true
    }

    /// Starts a task that is dormant, or was claimed, with its own priority.
    pub fn start<'a>(&self, table: impl Table<'a>, id: TaskId, priority: Priority) -> Decision {
        let task = table.task(id);
        debug_assert!(matches!(task.state.get(), TaskState::Dormant | TaskState::Blocked));
        task.base_priority.set(priority);
        task.priority.set(priority);
        self.resume(table, id)
    }

    /// Chooses who runs now: the first of the most important ready tasks, or none.
    #[inline]
    pub fn select<'a>(&self, table: impl Table<'a>) -> Option<&'a TaskControl<'a>> {
        let next = self.ready.top();
        self.current.set(next.map_or(Link::NONE, Link::to));
        next.map(|id| table.task(id))
    }

    /// The running task, which is `id`, lets its equals go first. Returns who runs now.
    ///
    /// A running task is one of the most important that are ready, so one of its equals is next. If a handler has just made
    /// it otherwise, or has suspended the task, the switch that it asked for follows at once: then who is returned here has
    /// been ready, and runs for no instruction.
    #[inline(always)]
    pub fn yield_and_select<'a>(&self, table: impl Table<'a>, id: TaskId) -> &'a TaskControl<'a> {
        let next = self.ready.rotate(table, id);
        self.current.set(Link::to(next));
        table.task(next)
    }

    /// The task `id`, if it is running, lets its equals go first.
    #[inline(always)]
    pub fn yield_now<'a>(&self, table: impl Table<'a>, id: TaskId) -> Decision {
        // Not so for a task that has just made itself wait, if a handler asks between that and the switch.
        if table.task(id).state.get() == TaskState::Ready && self.ready.rotate(table, id) != id {
            return Decision::Switch;
        }
        Decision::Stay
    }

    /// The running task, which is `id`, waits, in `list` if there is one: behind [`Scheduler::want`], if that is a mutex'.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn block<'a>(&self, table: impl Table<'a>, id: TaskId, list: Option<&'a WaitList>) -> Decision {
        let task = table.task(id);
        self.ready.remove(table, id);
        task.state.set(TaskState::Blocked);
        task.waits_on.set(list);
        if let Some(list) = list {
            list.insert(table, id);
        }
        Decision::Switch
    }

    /// The wait of the running task, which is `id` and has just begun, is to have an end. It has one when, before the next
    /// task is chosen, [`Scheduler::take_limit`] has been called, then [`Scheduler::limit`], and then, until it returns
    /// `false`, [`Scheduler::limit_step`]: a place among the other time-outs is not found in constant time.
    #[inline]
    pub fn limit_soon<'a>(&self, table: impl Table<'a>, id: TaskId, limit: Limit) {
        let task = table.task(id);
        let (value, work) = match limit {
            Limit::Span(span) => (span, LIMIT),
            Limit::Until(tick) => (tick, UNTIL),
        };
        task.deadline.set(value);
        task.time_out.set(TimeOut::Soon);
        self.work.set(self.work.get() | work);
    }

    /// The running task and the limit of its wait, if that is still to be set.
    pub fn take_limit<'a>(&self, table: impl Table<'a>) -> Option<(TaskId, Limit)> {
        let work = self.work.get();
        self.work.set(work & !(LIMIT | UNTIL));
        let id = self.current().filter(|_| work & (LIMIT | UNTIL) != 0)?;
        let value = table.task(id).deadline.get();
        Some((id, if work & LIMIT != 0 { Limit::Span(value) } else { Limit::Until(value) }))
    }

    /// The wait of `id`, if it still goes on, ends at `deadline` at the latest.
    #[inline]
    pub fn limit<'a>(&self, table: impl Table<'a>, id: TaskId, deadline: u64) {
        self.timers.begin(table.task(id), deadline);
    }

    /// Searches on for the place of that time-out. Returns whether the search goes on.
    #[inline]
    pub fn limit_step<'a>(&self, table: impl Table<'a>, id: TaskId) -> bool {
        self.timers.step(table, id)
    }

    /// Wakes the first task of `list`, which is `id`: it got what it waited for. It takes its time-out back itself
    /// ([`Scheduler::end_limit`]).
    #[inline(always)]
    pub fn wake<'a>(&self, table: impl Table<'a>, list: &WaitList, id: TaskId) -> Decision {
        list.remove_first(table, id);
        self.make_ready(table, id)
    }

    /// As [`Scheduler::wake`], wherever in `list` the task waits.
    pub fn wake_any<'a>(&self, table: impl Table<'a>, list: &WaitList, id: TaskId) -> Decision {
        list.remove(table, id);
        self.make_ready(table, id)
    }

    /// The running task, which is `id`, goes on behind a wait that had a limit: takes the time-out back, if it has not run
    /// off, and returns how the wait ended. Until then the time-out of a task that was woken may still run off, for nothing.
    #[inline]
    pub fn end_limit<'a>(&self, table: impl Table<'a>, id: TaskId) -> Outcome {
        self.timers.remove(table, id);
        table.task(id).take_outcome()
    }

    /// Takes the time-out of one task back whose deadline is not later than `now`. If it [`Scheduler::waits`] still when the
    /// caller comes to it, [`Scheduler::leave`] is to be called, should it wait in a list, and then [`Scheduler::resume`]. Call
    /// this until it returns `None`.
    #[inline]
    pub fn expire<'a>(&self, table: impl Table<'a>, now: u64) -> Option<TaskId> {
        let id = self.timers.due(table, now)?;
        self.timers.remove(table, id);
        if self.waits(table, id) {
            table.on_time_out(id);
        }
        Some(id)
    }

    /// Whether `id` waits.
    #[inline]
    #[must_use]
    pub fn waits<'a>(&self, table: impl Table<'a>, id: TaskId) -> bool {
        table.task(id).state.get() == TaskState::Blocked
    }

    /// The task `id` gives up what it waits for, if anything but time. Let priorities [`settle`](crate::mutex::settle) then.
    pub fn leave<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let task = table.task(id);
        let Some(list) = task.waits_on.get() else { return };
        task.outcome.set(Outcome::TimedOut);
        list.withdraw(table, id);
        // A mutex: its owner's priority came from here, or the mutex is in its list of contended ones for nothing.
        if let Some(owner) = list.owner.get().get() {
            self.mark_stale(table, owner);
        }
    }

    /// The wait of `id` is over, and it is in no list any more.
    #[inline(always)]
    pub fn resume<'a>(&self, table: impl Table<'a>, id: TaskId) -> Decision {
        self.make_ready(table, id)
    }

    /// The earliest deadline; `u64::MAX` if there is none.
    #[inline]
    #[must_use]
    pub fn next_deadline<'a>(&self, table: impl Table<'a>) -> u64 {
        self.timers.next_deadline(table)
    }

    /// Takes `id` out of scheduling until [`Scheduler::release`]. A task that waits goes on waiting, and is suspended when
    /// its wait ends: [`Scheduler::hold_back`] is to be called behind [`Scheduler::wake`] and [`Scheduler::resume`]. Then
    /// act on [`Scheduler::decision`].
    pub fn suspend<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let task = table.task(id);
        match task.state.get() {
            TaskState::Ready | TaskState::Running => {
                self.ready.remove(table, id);
                task.state.set(TaskState::Suspended);
            }
            TaskState::Blocked => task.held_back.set(true),
            TaskState::Suspended | TaskState::Dormant => {}
        }
    }

    /// A task whose wait has just ended is suspended now, if it is to be.
    pub fn hold_back<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let task = table.task(id);
        if task.held_back.replace(false) {
            self.ready.remove(table, id);
            task.state.set(TaskState::Suspended);
        }
    }

    /// Takes a suspension back. Returns whether there was one. Then act on [`Scheduler::decision`].
    pub fn release<'a>(&self, table: impl Table<'a>, id: TaskId) -> bool {
        let task = table.task(id);
        if task.state.get() == TaskState::Suspended {
            let _ = self.resume(table, id);
            return true;
        }
        task.held_back.replace(false)
    }

    /// Gives `id` another priority of its own. What that makes of its effective one is worked out before the next task is
    /// chosen.
    pub fn set_base_priority<'a>(&self, table: impl Table<'a>, id: TaskId, priority: Priority) -> Decision {
        let task = table.task(id);
        task.base_priority.set(priority);
        task.re_based.set(true);
        self.mark_stale(table, id);
        Decision::Switch
    }

    /// The running task, which is `id` and has just begun to wait for nothing, is over. Those who wait for that are to be
    /// woken before the next task is chosen: [`Scheduler::joiner`]. So all of them find it dormant.
    #[inline]
    pub fn exit<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let task = table.task(id);
        task.state.set(TaskState::Dormant);
        if !task.joiners().is_empty() {
            self.work.set(self.work.get() | ENDED);
        }
    }

    /// The running task is over, and futures wait for that: they are to be told before the next task is chosen, behind the
    /// tasks that do.
    #[cfg(feature = "async")]
    pub fn tell_futures(&self) {
        self.work.set(self.work.get() | TELL);
    }

    /// Whether that is to be done; it is now.
    #[cfg(feature = "async")]
    pub fn take_telling(&self) -> bool {
        let work = self.work.get();
        self.work.set(work & !TELL);
        work & TELL != 0
    }

    /// The first of those who wait for the end of the running task, which is over, and the list to wake it from.
    #[inline]
    pub fn joiner<'a>(&self, table: impl Table<'a>) -> Option<(&'a WaitList, TaskId)> {
        let id = self.current().filter(|_| self.work.get() & ENDED != 0)?;
        let list = table.task(id).joiners();
        let first = list.first();
        if first.is_none() {
            self.work.set(self.work.get() & !ENDED);
        }
        first.map(|first| (list, first))
    }

    /// The running task begins to wait for a mutex: [`Scheduler::block`] follows under the same lock. That the owner inherits
    /// its priority is put off.
    #[inline(always)]
    pub fn want(&self) {
        self.chains.set(self.chains.get().wrapping_add(1));
        self.put_off();
    }

    /// The running task waits, and what else it has to do with a mutex is put off until just before the next task is chosen.
    #[inline(always)]
    pub fn put_off(&self) {
        self.work.set(self.work.get() | PUT_OFF);
    }

    /// The running task, if something of its was put off: to let an owner inherit ([`crate::MutexControl::inherit`]), or to
    /// unlock a mutex.
    pub fn take_put_off(&self) -> Option<TaskId> {
        let work = self.work.get();
        self.work.set(work & !PUT_OFF);
        self.current().filter(|_| work & PUT_OFF != 0)
    }

    /// The priority of `id` must be worked out anew before another task is chosen: [`settle`](crate::mutex::settle).
    pub(crate) fn mark_stale<'a>(&self, table: impl Table<'a>, id: TaskId) {
        let next = &table.task(id).stale_next;
        if next.get().is_none() {
            match self.stale.get().get() {
                None => next.set(Link::to(id)),
                Some(last) => next.set(table.task(last).stale_next.replace(Link::to(id))),
            }
            self.stale.set(Link::to(id));
            self.work.set(self.work.get() | STALE);
        }
    }

    /// How often a task began to wait for a mutex, modulo 2^16: while it is the same, no chain of owners became longer.
    #[must_use]
    pub fn chains(&self) -> u16 {
        self.chains.get()
    }

    /// Whether a task's priority must be worked out anew.
    #[inline(always)]
    #[must_use]
    pub fn is_stale(&self) -> bool {
        !self.stale.get().is_none()
    }

    /// Whether there is something to do before the next task is chosen.
    #[inline(always)]
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.work.get() != 0
    }

    /// Takes the first such task out of their list.
    pub(crate) fn take_stale<'a>(&self, table: impl Table<'a>) -> Option<TaskId> {
        let last = self.stale.get().get()?;
        let first = table.task(last).stale_next.get().task();
        let second = table.task(first).stale_next.replace(Link::NONE);
        if first == last {
            self.stale.set(Link::NONE);
            self.work.set(self.work.get() & !STALE);
        } else {
            table.task(last).stale_next.set(second);
        }
        Some(first)
    }

    /// Gives a task another effective priority, wherever it is. One that is raised goes behind its new equals, one that
    /// is lowered before them: it has not used up its turn.
    pub(crate) fn set_priority<'a>(&self, table: impl Table<'a>, id: TaskId, priority: Priority) {
        let task = table.task(id);
        let raised = priority > task.priority.get();
        match task.state.get() {
            TaskState::Ready | TaskState::Running => {
                self.ready.remove(table, id);
                task.priority.set(priority);
                if raised {
                    let _ = self.ready.push_back(table, id);
                } else {
                    self.ready.push_front(table, id);
                }
            }
            TaskState::Blocked => match task.waits_on.get() {
                Some(list) => {
                    list.withdraw(table, id);
                    task.priority.set(priority);
                    list.insert(table, id);
                }
                None => task.priority.set(priority),
            },
            TaskState::Suspended | TaskState::Dormant => task.priority.set(priority),
        }
    }

    /// What there is to do before the next task is chosen.
    #[cfg(test)]
    pub(crate) fn work(&self) -> u8 {
        self.work.get()
    }

    /// The first ready task of a priority.
    #[cfg(test)]
    pub(crate) fn head(&self, priority: u8) -> Option<TaskId> {
        self.ready.first(Priority::new(priority)?)
    }

    /// The numbers of the tasks whose priority must be worked out anew, the next one first.
    #[cfg(test)]
    pub(crate) fn stale_numbers<'a>(&self, table: impl Table<'a>) -> std::vec::Vec<u8> {
        let mut numbers = std::vec::Vec::new();
        let Some(last) = self.stale.get().get() else { return numbers };
        let mut at = last;
        loop {
            at = table.task(at).stale_next.get().task();
            numbers.push(at.number());
            if at == last {
                return numbers;
            }
        }
    }

    /// Behind which task's deadline the search for a place stands, as a number plus 1.
    #[cfg(test)]
    pub(crate) fn search_place(&self) -> u8 {
        self.timers.search_place()
    }

    /// The numbers of the tasks with a time-out, the earliest first.
    #[cfg(test)]
    pub(crate) fn timers<'a>(&self, table: impl Table<'a>) -> std::vec::Vec<u8> {
        self.timers.numbers(table)
    }

    #[inline(always)]
    fn make_ready<'a>(&self, table: impl Table<'a>, id: TaskId) -> Decision {
        table.task(id).state.set(TaskState::Ready);
        let most_important = self.ready.push_back(table, id);
        table.on_ready(id);
        // The running task is in the queue, too. If it has just made itself wait, a switch is on its way already.
        if most_important { Decision::Switch } else { Decision::Stay }
    }
}

impl Default for Scheduler {
    fn default() -> Self {
        Self::new()
    }
}
