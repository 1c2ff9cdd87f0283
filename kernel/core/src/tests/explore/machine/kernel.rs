//! How a wait begins and ends: `kernel.rs`.

use super::super::program::Wrong;
use super::{Machine, Phase, place};
use crate::{Limit, TaskId, WaitList};

impl<'a> Machine<'a> {
    /// `kernel::limit`.
    pub(super) fn limit(&mut self, id: TaskId, list: bool, ticks: u64) {
        if ticks != u64::MAX {
            self.leaves |= list;
            self.scheduler.limit_soon(self.table(), id, Limit::Span(ticks));
        }
    }

    /// `kernel::block`.
    pub(super) fn block(&mut self, id: TaskId, list: Option<&'a WaitList>, ticks: u64) {
        self.begins_to_wait(id);
        self.act(self.scheduler.block(self.table(), id, list));
        self.limit(id, list.is_some(), ticks);
    }

    pub(super) fn begins_to_wait(&mut self, id: TaskId) {
        let told = &self.parts.told[place(id)];
        told.came.set(self.parts.last());
        told.over.set(false);
        self.tasks[place(id)].phase = Phase::Waits;
    }

    /// `kernel::wake`.
    pub(super) fn wake(&mut self, list: &WaitList, id: TaskId) {
        let decision = self.scheduler.wake(self.table(), list, id);
        if !self.is_wrong(Wrong::WakesWithoutSwitch) {
            self.act(decision);
        }
        self.hold_back(id);
        self.is_granted(id);
    }

    /// `kernel::wake_any`.
    pub(super) fn wake_any(&mut self, list: &WaitList, id: TaskId) {
        self.act(self.scheduler.wake_any(self.table(), list, id));
        self.hold_back(id);
        self.is_granted(id);
    }

    fn is_granted(&mut self, id: TaskId) {
        self.grant(id);
        self.parts.told[place(id)].over.set(true);
    }

    /// `kernel::resume`.
    pub(super) fn resume(&mut self, id: TaskId) {
        let decision = self.scheduler.resume(self.table(), id);
        if !self.is_wrong(Wrong::ResumesWithoutSwitch) {
            self.act(decision);
        }
        self.hold_back(id);
        self.parts.told[place(id)].over.set(true);
    }

    /// `kernel::hold_back`.
    fn hold_back(&mut self, id: TaskId) {
        if self.parts.tasks[place(id)].is_held_back() && self.holds {
            self.scheduler.hold_back(self.table(), id);
        }
    }

    pub(super) fn grant(&mut self, id: TaskId) {
        let told = &self.parts.told[place(id)];
        assert!(!told.granted.replace(true), "twice for one wait");
    }
}
