//! `sync/semaphore.rs`, and who got the permits.

use super::Machine;
use crate::semaphore::Given;

impl Machine<'_> {
    pub(super) fn give(&mut self, at: usize) {
        let semaphore = &self.parts.semaphores[at];
        let Ok(given) = semaphore.give() else { return };
        self.given[at] += 1;
        if let Given::ToWaiter(id) = given {
            self.taken[at] += 1;
            self.wake(semaphore.list(), id);
        }
    }

    pub(super) fn try_take(&mut self, at: usize) -> bool {
        let taken = self.parts.semaphores[at].try_take();
        self.taken[at] += u32::from(taken);
        taken
    }
}
