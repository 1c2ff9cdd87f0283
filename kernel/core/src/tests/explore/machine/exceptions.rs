//! The handlers, the alarm's and the others', and the switch: `rt.rs`, `clock.rs`, and of `kernel.rs` what they call.

use super::super::program::Op;
use super::super::program::Wrong;
use super::{Active, Machine, Ringing, Switching, place};
use crate::{Decision, Limit, TaskId, mutex};

impl Machine<'_> {
    /// The next lock section of a handler. Returns where it is then, unless that was its last.
    pub(super) fn handle(&mut self, active: Active) -> Option<Active> {
        match active {
            Active::Handler(at, done, walk) => {
                let does = self.case.handlers[at].does;
                let walk = match does[done] {
                    Op::Set(on, flags) => self.set(on, flags, walk),
                    op => {
                        self.at_once(op);
                        None
                    }
                };
                let done = if walk.is_none() { done + 1 } else { done };
                (done < does.len()).then_some(Active::Handler(at, done, walk))
            }
            Active::Alarm(ringing) => self.ring_on(ringing).map(Active::Alarm),
        }
    }

    /// `rt::__bk_alarm`, and `kernel::leave`.
    pub(super) fn ring_on(&mut self, ringing: Ringing) -> Option<Ringing> {
        match ringing {
            Ringing::Begins => Some(Ringing::Expires(self.now())),
            Ringing::Expires(now) => {
                let Some(id) = self.scheduler.expire(self.table(), now) else {
                    if !self.is_wrong(Wrong::SetsNoNextAlarm) {
                        self.set_alarm(self.scheduler.next_deadline(self.table()));
                    }
                    return None;
                };
                self.parts.told[place(id)].deadline.set(None);
                Some(if self.leaves { Ringing::Leaves(now, id) } else { Ringing::Ends(now, id) })
            }
            Ringing::Leaves(now, id) => {
                if self.is_wrong(Wrong::LeavesAnyway) || self.scheduler.waits(self.table(), id) {
                    if !self.is_wrong(Wrong::StaysInList) {
                        self.scheduler.leave(self.table(), id);
                    }
                    if self.scheduler.is_stale() {
                        self.act(Decision::Switch);
                    }
                    self.parts.told[place(id)].timed_out.set(true);
                    self.parts.told[place(id)].owed.set(None);
                }
                Some(Ringing::Ends(now, id))
            }
            Ringing::Ends(now, id) => {
                // `kernel::end_wait`
                if self.scheduler.waits(self.table(), id) {
                    self.parts.told[place(id)].timed_out.set(true);
                    self.resume(id);
                }
                if self.is_wrong(Wrong::EndsOneWait) {
                    return None;
                }
                Some(Ringing::Expires(now))
            }
        }
    }

    /// `rt::__bk_select` and `kernel::work`, up to where they let handlers in.
    pub(super) fn switch(&mut self) {
        match self.switching {
            Switching::No => {
                self.requested = false;
                self.switching = Switching::Looks;
                self.switch();
            }
            Switching::Looks if !self.scheduler.has_work() || self.is_wrong(Wrong::ChoosesAmongStale) => {
                let _ = self.scheduler.select(self.table());
                self.switching = Switching::No;
            }
            Switching::Looks => match self.scheduler.take_limit(self.table()) {
                Some((id, Limit::Span(ticks))) => self.switching = Switching::Counts(id, ticks),
                Some((id, Limit::Until(deadline))) => self.begin_limit(id, deadline),
                None => match self.scheduler.joiner(self.table()) {
                    Some((list, joiner)) => self.wake(list, joiner),
                    None => self.settle_priority(),
                },
            },
            Switching::Counts(id, ticks) => self.begin_limit(id, self.now() + ticks),
            Switching::Searches(id, deadline) => self.search(id, deadline),
            Switching::Arms(deadline) => {
                // `clock::arm`
                if deadline < self.armed {
                    self.set_alarm(deadline);
                }
                self.switching = Switching::Looks;
            }
        }
    }

    pub(super) fn begin_limit(&mut self, id: TaskId, deadline: u64) {
        self.scheduler.limit(self.table(), id, deadline);
        self.search(id, deadline);
    }

    pub(super) fn search(&mut self, id: TaskId, deadline: u64) {
        if self.scheduler.limit_step(self.table(), id) {
            self.switching = Switching::Searches(id, deadline);
            return;
        }
        let told = &self.parts.told[place(id)];
        if !told.over.get() {
            told.deadline.set(Some(deadline));
            told.limited.set(self.parts.last());
        }
        self.switching = Switching::Arms(deadline);
    }

    pub(super) fn settle_priority(&mut self) {
        if self.settles {
            // `contend::settle`
            if let Some(id) = self.scheduler.take_put_off() {
                let at = self.wants.take().expect("a task that wants a mutex");
                self.parts.mutexes[at].inherit(&self.scheduler, self.table(), id);
                return;
            }
            let _ = mutex::settle(&self.scheduler, self.table());
        }
    }

    pub(super) fn act(&mut self, decision: Decision) {
        if decision == Decision::Switch {
            self.requested = true;
        }
    }

    /// `clock::set_alarm`, and the timer behind it.
    pub(super) fn set_alarm(&mut self, at: u64) {
        self.armed = at;
        self.alarm = at;
        self.ring();
    }

    pub(super) fn ring(&mut self) {
        if self.alarm <= self.now() {
            self.alarm = u64::MAX;
            self.ringing = true;
        }
    }
}
