//! `task/handle.rs`, and who is suspended.

use super::super::program::Wrong;
use super::Machine;
use crate::TaskId;
use bluekernel_abi::TaskState;

impl Machine<'_> {
    /// Takes a task out of scheduling; that may be the one that runs.
    pub(super) fn suspend(&mut self, number: usize) {
        self.holds = !self.is_wrong(Wrong::HoldsNobodyBack);
        if self.parts.tasks[number].state() != TaskState::Dormant {
            self.parts.told[number].suspended.set(true);
        }
        self.scheduler.suspend(self.table(), TaskId::new(number as u8));
        if !self.is_wrong(Wrong::SuspendsWithoutSwitch) {
            self.act(self.scheduler.decision());
        }
    }

    /// Takes that back.
    pub(super) fn release(&mut self, number: usize) {
        let suspended = self.parts.told[number].suspended.take();
        let released = self.scheduler.release(self.table(), TaskId::new(number as u8));
        assert_eq!(released, suspended, "whether there was a suspension");
        self.act(self.scheduler.decision());
    }

    /// Whether a task is over already.
    pub(super) fn is_over(&self, number: usize) -> bool {
        self.parts.tasks[number].state() == TaskState::Dormant
    }
}
