//! `sync/mutex.rs`, `sync/ceiling.rs` and `sync/contend.rs`, and who is inside.

use super::super::program::Wrong;
use super::{Machine, Phase, place};
use crate::TaskId;
use crate::mutex::{Attempt, Walk, lower};

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
                return self.locks(number, at);
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
        self.settles = true;
        self.tasks[number].phase = Phase::MayWait { chains: self.scheduler.chains() };
    }

    /// `contend::try_again_or_wait`
    pub(super) fn try_again_or_wait(&mut self, id: TaskId, at: usize, ticks: u64, chains: u16) {
        let mutex = &self.parts.mutexes[at];
        if mutex.try_lock(id) == Attempt::Locked {
            return self.locks(place(id), at);
        }
        if ticks == u64::MAX && chains != self.scheduler.chains() && !self.is_wrong(Wrong::WaitsForOldChain) {
            self.tasks[place(id)].phase = Phase::Looks { from: None, chains: 0, links: 0 };
            return;
        }
        self.begins_to_wait(id);
        self.scheduler.want();
        self.wants = Some(at);
        self.act(self.scheduler.block(self.table(), id, Some(mutex.list())));
        self.limit(id, true, ticks);
    }

    /// It got the mutex behind a look or a wait: a ceiling's priority it gets under the next lock.
    pub(super) fn locks(&mut self, number: usize, at: usize) {
        self.enter(number, at);
        if self.case.mutexes[at] == 0 {
            self.done(number);
        } else {
            self.tasks[number].phase = Phase::Raises;
        }
    }

    /// `contend::unlock`, and of a mutex with a ceiling the first half. Returns whether the other half is to come.
    pub(super) fn unlock(&mut self, number: usize, at: usize) -> bool {
        self.inside[at] = None;
        self.raised[at] = false;
        let mutex = &self.parts.mutexes[at];
        let has_ceiling = self.case.mutexes[at] != 0;
        if has_ceiling && mutex.list().first().is_none() {
            mutex.drop_ceiling(self.table());
        }
        let Some(next) = mutex.release() else {
            if has_ceiling {
                self.tasks[number].phase = Phase::Lowers;
            }
            return has_ceiling;
        };
        mutex.hand_over(&self.scheduler, self.table(), next);
        self.grant(next);
        self.resume(next);
        self.act(self.scheduler.decision());
        false
    }

    /// The other half.
    pub(super) fn lower(&mut self, id: TaskId) {
        if !self.is_wrong(Wrong::KeepsCeiling) {
            lower(&self.scheduler, self.table(), id);
        }
        self.act(self.scheduler.decision());
    }
}
