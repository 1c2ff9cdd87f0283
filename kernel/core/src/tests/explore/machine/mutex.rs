//! `sync/mutex.rs`, `sync/ceiling.rs` and `sync/contend.rs`, and who is inside.

use super::super::program::Wrong;
use super::{Machine, Phase, place};
use crate::TaskId;
use crate::mutex::{Attempt, Walk};

impl Machine<'_> {
    pub(super) fn enter(&mut self, number: usize, at: usize) {
        assert_eq!(self.inside[at].replace(number), None, "two inside of a mutex");
        assert_eq!(self.parts.mutexes[at].owner().map(place), Some(number), "who is inside owns it");
    }

    /// The owner gets the ceiling's priority, if there is one.
    pub(super) fn raise(&mut self, at: usize) {
        if self.case.mutexes[at] != 0 {
            self.settles = true;
            self.parts.mutexes[at].raise(&self.scheduler, self.table());
            self.raised[at] = true;
        }
    }

    /// `contend::look`. A link of the chain at a time, not four, so that small cases have long walks.
    pub(super) fn look(&mut self, id: TaskId, at: usize, ticks: u64, from: Option<TaskId>, chains: u16, links: usize) {
        let number = place(id);
        let mutex = &self.parts.mutexes[at];
        match mutex.try_lock(id) {
            Attempt::Locked => {
                self.enter(number, at);
                if self.case.mutexes[at] == 0 {
                    return self.done(number);
                }
                self.tasks[number].phase = Phase::Raises;
                return;
            }
            Attempt::Held(owner) if owner == id => return self.done(number),
            Attempt::Held(_) => {}
        }
        if ticks == u64::MAX {
            let now = self.scheduler.chains();
            let anew = now != chains && !self.is_wrong(Wrong::WalksOnInOldChain);
            let (from, links) = if anew { (None, 0) } else { (from, links) };
            match mutex.walk(self.table(), from, id, 1) {
                Walk::Returns => return self.done(number),
                Walk::GoesOn(next) if links <= self.tasks.len() => {
                    self.tasks[number].phase = Phase::Looks { from: Some(next), chains: now, links: links + 1 };
                    return;
                }
                Walk::GoesOn(_) | Walk::Ends => {}
            }
        }
        // `contend::wait`
        self.settles = true;
        self.begins_to_wait(id);
        self.act(mutex.wait(&self.scheduler, self.table(), id));
        self.limit(id, true, ticks);
    }

    pub(super) fn unlock(&mut self, at: usize) {
        self.inside[at] = None;
        self.raised[at] = false;
        let mutex = &self.parts.mutexes[at];
        let lowers = self.case.mutexes[at] != 0 && !self.is_wrong(Wrong::KeepsCeiling);
        let next = if lowers {
            mutex.unlock_and_lower(&self.scheduler, self.table())
        } else {
            mutex.unlock(&self.scheduler, self.table())
        };
        if let Some(next) = next {
            self.grant(next);
            self.resume(next);
        }
        if lowers || next.is_some() {
            self.act(self.scheduler.decision());
        }
    }
}
