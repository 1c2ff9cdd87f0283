//! What the kernel keeps about a task, and how tasks are found by number.

use crate::mutex::MutexControl;
use crate::priority::Priority;
use crate::timer::TimeOut;
use crate::wait::WaitList;
use bluekernel_abi::{PriorityCause, TaskState};
use core::cell::Cell;
use core::mem::offset_of;

/// A task's name among its peers: its place in the table.
///
/// Kept as the place plus 1, so that a byte 0 can mean "none" in memory that starts zeroed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct TaskId(u8);

impl TaskId {
    /// The most tasks: a byte less "none" and less [`bluekernel_abi::NO_TASK`].
    pub const MAX_TASKS: usize = 254;

    /// The task at place `number`, below [`TaskId::MAX_TASKS`] and below the table's length.
    #[inline(always)]
    #[must_use]
    pub const fn new(number: u8) -> Self {
        Self(number + 1)
    }

    /// The place in the table; also the number in traces and tools.
    #[inline(always)]
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0.wrapping_sub(1)
    }

    /// The place in the table plus 1. For tables whose base is known at link time, where it saves an instruction.
    #[inline(always)]
    #[must_use]
    pub const fn ordinal(self) -> u8 {
        self.0
    }
}

/// A task or none, as a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Link(u8);

impl Link {
    pub(crate) const NONE: Self = Self(0);

    #[inline(always)]
    pub(crate) const fn to(id: TaskId) -> Self {
        Self(id.0)
    }

    #[inline(always)]
    pub(crate) const fn get(self) -> Option<TaskId> {
        if self.0 == 0 { None } else { Some(TaskId(self.0)) }
    }

    /// The task of a link that is known not to be none.
    #[inline(always)]
    pub(crate) const fn task(self) -> TaskId {
        TaskId(self.0)
    }

    #[inline(always)]
    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outcome {
    /// The task got what it waited for.
    Woken = 0,
    /// Its time-out came first.
    TimedOut = 1,
}

/// A task's control block. All bytes 0 is a task that was never started.
///
/// Its size is a power of two, so a table of them is indexed by shifting: 64 bytes; 128 with 64-bit pointers and the feature
/// `cpu-time` or `async`.
///
/// `'a` is how long the objects live that tasks wait for.
#[repr(C, align(64))]
pub struct TaskControl<'a> {
    /// When the wait ends at the latest; meaningful while the task is in the timer queue. On its way there, the limit that was
    /// asked for.
    pub(crate) deadline: Cell<u64>,
    /// Where its registers are saved while it does not run. The port's, not looked at here.
    saved: Cell<*mut u8>,
    /// The list it waits in, if it is blocked. The first field of every object, so also the object's address.
    pub(crate) waits_on: Cell<Option<&'a WaitList>>,
    /// The mutexes it owns and others wait for, linked through them.
    pub(crate) held: Cell<Option<&'a MutexControl<'a>>>,
    /// A value on its stack that a channel takes from or puts into while it waits. Only kept here.
    transfer: Cell<*mut ()>,
    /// Neighbours among its equals in the one ready or wait list it is in; circular.
    pub(crate) next: Cell<TaskId>,
    pub(crate) prev: Cell<TaskId>,
    /// In a wait list, if it is the first of its equals: the first ones of the next less and more important tasks there.
    /// `level_prev` is [`Link::NONE`] if it is not the first of its equals, and says nothing at the head of the list.
    pub(crate) level_next: Cell<Link>,
    pub(crate) level_prev: Cell<Link>,
    /// Whether it is in the timer queue, and its neighbours there.
    pub(crate) time_out: Cell<TimeOut>,
    pub(crate) timer_next: Cell<Link>,
    pub(crate) timer_prev: Cell<Link>,
    /// The next one in the circle of tasks whose priority must be worked out anew; [`Link::NONE`] outside of it.
    pub(crate) stale_next: Cell<Link>,
    pub(crate) state: Cell<TaskState>,
    /// The effective priority.
    pub(crate) priority: Cell<Priority>,
    /// The priority without inheritance.
    pub(crate) base_priority: Cell<Priority>,
    /// How a wait with a time-out ended, until somebody asked.
    pub(crate) outcome: Cell<Outcome>,
    /// It was given another priority of its own, and what that makes of its effective one is not worked out.
    pub(crate) re_based: Cell<bool>,
    /// It is to be suspended when its wait ends.
    pub(crate) held_back: Cell<bool>,
    /// The tasks that wait for its end.
    joiners: WaitList,
    /// What polls futures in this task, on its stack. Only kept here.
    #[cfg(feature = "async")]
    runner: Cell<*const ()>,
    /// How long it had the processor, in ticks. Only kept here.
    #[cfg(feature = "cpu-time")]
    cpu_time: Cell<u64>,
}

impl TaskControl<'_> {
    /// Offset of the state byte, for the inspection table.
    pub const STATE_OFFSET: usize = offset_of!(TaskControl<'_>, state);
    /// Offset of the effective priority byte.
    pub const PRIORITY_OFFSET: usize = offset_of!(TaskControl<'_>, priority);
    /// Offset of the word that the port saves.
    pub const SAVED_OFFSET: usize = offset_of!(TaskControl<'_>, saved);
    /// Offset of the address of the object waited for.
    pub const WAITS_ON_OFFSET: usize = offset_of!(TaskControl<'_>, waits_on);

    /// A task that was never started.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            deadline: Cell::new(0),
            saved: Cell::new(core::ptr::null_mut()),
            waits_on: Cell::new(None),
            held: Cell::new(None),
            transfer: Cell::new(core::ptr::null_mut()),
            next: Cell::new(TaskId(0)),
            prev: Cell::new(TaskId(0)),
            level_next: Cell::new(Link::NONE),
            level_prev: Cell::new(Link::NONE),
            time_out: Cell::new(TimeOut::None),
            timer_next: Cell::new(Link::NONE),
            timer_prev: Cell::new(Link::NONE),
            stale_next: Cell::new(Link::NONE),
            state: Cell::new(TaskState::Dormant),
            priority: Cell::new(Priority::P0),
            base_priority: Cell::new(Priority::P0),
            outcome: Cell::new(Outcome::Woken),
            re_based: Cell::new(false),
            held_back: Cell::new(false),
            joiners: WaitList::new(),
            #[cfg(feature = "async")]
            runner: Cell::new(core::ptr::null()),
            #[cfg(feature = "cpu-time")]
            cpu_time: Cell::new(0),
        }
    }

    /// What it is doing.
    #[inline(always)]
    #[must_use]
    pub fn state(&self) -> TaskState {
        self.state.get()
    }

    /// The effective priority: its own, or that of the most important task that waits for a mutex it owns.
    #[inline(always)]
    #[must_use]
    pub fn priority(&self) -> u8 {
        self.priority.get().number()
    }

    /// The priority without inheritance.
    #[inline(always)]
    #[must_use]
    pub fn base_priority(&self) -> u8 {
        self.base_priority.get().number()
    }

    /// How long it had the processor, in ticks.
    #[cfg(feature = "cpu-time")]
    #[must_use]
    pub fn cpu_time(&self) -> u64 {
        self.cpu_time.get()
    }

    /// It had the processor for some more ticks.
    #[cfg(feature = "cpu-time")]
    pub fn add_cpu_time(&self, ticks: u64) {
        self.cpu_time.set(self.cpu_time.get() + ticks);
    }

    /// Whether another task is in the list it is in, beside it: of its priority, in the ready queue.
    #[inline]
    #[must_use]
    pub fn has_equals(&self, id: TaskId) -> bool {
        self.next.get() != id
    }

    /// The list of those who wait for its end.
    #[inline(always)]
    #[must_use]
    pub fn joiners(&self) -> &WaitList {
        &self.joiners
    }

    /// Whether it is to be suspended when its wait ends.
    #[inline(always)]
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        self.held_back.get()
    }

    /// How the wait ended that has just ended.
    #[inline(always)]
    pub(crate) fn take_outcome(&self) -> Outcome {
        self.outcome.replace(Outcome::Woken)
    }

    /// The mutex' owner that it waits for, if it waits for a mutex.
    pub(crate) fn waits_for<'a>(&self) -> Option<TaskId>
    where
        Self: 'a,
    {
        let list = self.waits_on.get().filter(|_| self.state.get() == TaskState::Blocked)?;
        list.owner.get().get()
    }

    /// The port's word.
    #[inline(always)]
    #[must_use]
    pub fn saved(&self) -> *mut u8 {
        self.saved.get()
    }

    /// Keeps the port's word.
    #[inline(always)]
    pub fn set_saved(&self, saved: *mut u8) {
        self.saved.set(saved);
    }

    /// The channel's pointer.
    #[inline(always)]
    #[must_use]
    pub fn transfer(&self) -> *mut () {
        self.transfer.get()
    }

    /// Keeps the channel's pointer. Call it before the task waits.
    #[inline(always)]
    pub fn set_transfer(&self, value: *mut ()) {
        self.transfer.set(value);
    }

    /// The pointer of what polls futures in this task; null if nothing does.
    #[cfg(feature = "async")]
    #[inline(always)]
    #[must_use]
    pub fn runner(&self) -> *const () {
        self.runner.get()
    }

    /// Keeps the pointer of what polls futures in this task.
    #[cfg(feature = "async")]
    #[inline(always)]
    pub fn set_runner(&self, runner: *const ()) {
        self.runner.set(runner);
    }
}

impl Default for TaskControl<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the control blocks are, and who is told of what happens to them.
pub trait Table<'a>: Copy {
    /// The control block of `id`. Always the same one for the same `id`.
    fn task(self, id: TaskId) -> &'a TaskControl<'a>;

    /// `id` became ready.
    #[inline(always)]
    fn on_ready(self, id: TaskId) {
        let _ = id;
    }

    /// The time-out of `id` ran off.
    #[inline(always)]
    fn on_time_out(self, id: TaskId) {
        let _ = id;
    }

    /// Nothing of the kernel's is held: handlers may run now, and then the caller goes on. Only while a task is chosen.
    #[inline(always)]
    fn let_handlers_in(self) {}

    /// The effective priority of `id` is now `priority`, on account of the mutex whose list is `list`, if of any.
    #[inline(always)]
    fn on_priority(self, id: TaskId, priority: u8, cause: PriorityCause, list: Option<&WaitList>) {
        let _ = (id, priority, cause, list);
    }
}

impl<'a> Table<'a> for &'a [TaskControl<'a>] {
    fn task(self, id: TaskId) -> &'a TaskControl<'a> {
        &self[usize::from(id.number())]
    }
}
