//! What lists link, and what the algorithms said about each task.

use super::super::program::Case;
use crate::{ChannelControl, EventControl, MutexControl, SemaphoreControl, Table, TaskControl, TaskId, WaitList};
use bluekernel_abi::PriorityCause;
use core::cell::Cell;
use std::vec::Vec;

/// Everything that lists link. On its own, since it is borrowed for as long as the machine lives.
pub(in super::super) struct Parts<'a> {
    pub(in super::super) tasks: Vec<TaskControl<'a>>,
    pub(in super::super) semaphores: Vec<SemaphoreControl>,
    pub(in super::super) mutexes: Vec<MutexControl<'a>>,
    pub(in super::super) channels: Vec<ChannelControl>,
    pub(in super::super) events: Vec<EventControl>,
    pub(in super::super) told: Vec<Told>,
    /// Counts up with each event whose order matters, and down.
    order: Cell<i64>,
    front: Cell<i64>,
    pub(super) now: Cell<u64>,
}

/// What the algorithms said about a task, and what others did for it.
#[derive(Default)]
pub(in super::super) struct Told {
    /// When it became ready, or was put behind its equals, or before them.
    pub(in super::super) ready: Cell<i64>,
    /// When it came into a wait list.
    pub(in super::super) came: Cell<i64>,
    /// Somebody gave it what it waits for.
    pub(in super::super) granted: Cell<bool>,
    /// Its time was over: it is in no list any more.
    pub(in super::super) timed_out: Cell<bool>,
    /// Its wait has ended, one way or the other.
    pub(in super::super) over: Cell<bool>,
    /// The flags that are set and that it gets, as soon as it is looked at.
    pub(in super::super) owed: Cell<Option<u32>>,
    /// It is suspended, or to be so when its wait ends.
    pub(in super::super) suspended: Cell<bool>,
    /// The time-out that is in the queue, and when it came there.
    pub(in super::super) deadline: Cell<Option<u64>>,
    pub(in super::super) limited: Cell<i64>,
}

impl Parts<'_> {
    pub(in super::super) fn new(case: &Case) -> Self {
        Self {
            tasks: case.tasks.iter().map(|_| TaskControl::new()).collect(),
            semaphores: case.semaphores.iter().map(|(count, most)| SemaphoreControl::new(*count, *most)).collect(),
            mutexes: case.mutexes.iter().map(|ceiling| mutex(*ceiling)).collect(),
            channels: case.channels.iter().map(|_| ChannelControl::new()).collect(),
            events: (0..case.events).map(|_| EventControl::new()).collect(),
            told: case.tasks.iter().map(|_| Told::default()).collect(),
            order: Cell::new(0),
            front: Cell::new(0),
            now: Cell::new(0),
        }
    }

    pub(super) fn last(&self) -> i64 {
        self.order.set(self.order.get() + 1);
        self.order.get()
    }

    pub(super) fn first(&self) -> i64 {
        self.front.set(self.front.get() - 1);
        self.front.get()
    }
}

/// A mutex with a ceiling, or without if that is 0.
fn mutex<'a>(ceiling: u8) -> MutexControl<'a> {
    if ceiling == 0 { MutexControl::new() } else { MutexControl::with_ceiling(ceiling) }
}

/// The control blocks, with an ear for what happens to them.
#[derive(Clone, Copy)]
pub(super) struct Blocks<'a>(pub(super) &'a Parts<'a>);

impl<'a> Table<'a> for Blocks<'a> {
    fn task(self, id: TaskId) -> &'a TaskControl<'a> {
        &self.0.tasks[place(id)]
    }

    fn on_ready(self, id: TaskId) {
        self.0.told[place(id)].ready.set(self.0.last());
    }

    fn on_time_out(self, id: TaskId) {
        let deadline = self.0.told[place(id)].deadline.get();
        assert!(deadline.is_some_and(|deadline| deadline <= self.0.now.get()), "a time-out in time");
    }

    fn on_priority(self, id: TaskId, _: u8, cause: PriorityCause, _: Option<&WaitList>) {
        let told = &self.0.told[place(id)];
        told.ready.set(if cause == PriorityCause::Inherit { self.0.last() } else { self.0.first() });
        told.came.set(self.0.last());
    }
}

/// A task's number as a place.
pub(in super::super) fn place(id: TaskId) -> usize {
    usize::from(id.number())
}
