//! What the task that runs does, a lock section at a time.

use super::super::program::{Op, Wrong};
use super::{Machine, Phase, place};
use crate::mutex::Attempt;
use crate::{Outcome, TaskId};

impl Machine<'_> {
    /// An operation that does not wait.
    pub(super) fn at_once(&mut self, op: Op) {
        match op {
            Op::Give(at) => self.give(at),
            Op::TryTake(at) => {
                self.try_take(at);
            }
            Op::TrySend(at, value) => {
                self.place(at, value);
            }
            Op::TryReceive(at) => {
                self.fetch(at);
            }
            Op::Clear(at, flags) => self.clear(at, flags),
            Op::Suspend(number) => self.suspend(number),
            Op::Resume(number) => self.release(number),
            // `task::yield_later`
            Op::Yield => {
                if let Some(id) = self.scheduler.current() {
                    let turns = self.parts.tasks[place(id)].state() == bluekernel_abi::TaskState::Ready;
                    self.act(self.scheduler.yield_now(self.table(), id));
                    if turns {
                        self.parts.told[place(id)].ready.set(self.parts.last());
                    }
                }
            }
            _ => panic!("{op:?} is not for handlers"),
        }
    }

    /// The next lock section of the task that runs.
    pub(super) fn run(&mut self, id: TaskId) {
        let number = place(id);
        let program = self.case.tasks[number].1;
        let Some(op) = program.get(self.tasks[number].done).copied() else {
            self.tasks[number].phase = Phase::Ended;
            self.act(self.scheduler.block(self.table(), id, None));
            self.scheduler.exit(self.table(), id);
            return;
        };
        match self.tasks[number].phase {
            Phase::Waits => self.has_waited(number, op),
            Phase::Looks { from, chains, links } => {
                let (Op::Lock(at) | Op::LockFor(at, _)) = op else { panic!("looks for no mutex") };
                let ticks = if let Op::LockFor(_, ticks) = op { ticks } else { u64::MAX };
                self.look(id, at, ticks, from, chains, links);
            }
            Phase::Hesitates => {
                let Op::Take(at) = op else { panic!("hesitates only for a semaphore") };
                self.block(id, Some(self.parts.semaphores[at].list()), u64::MAX);
            }
            Phase::MayWait { chains } => {
                let (Op::Lock(at) | Op::LockFor(at, _)) = op else { panic!("wants no mutex") };
                let ticks = if let Op::LockFor(_, ticks) = op { ticks } else { u64::MAX };
                self.try_again_or_wait(id, at, ticks, chains);
            }
            Phase::Lowers => {
                self.lower(id);
                self.done(number);
            }
            Phase::Raises => {
                let (Op::Lock(at) | Op::LockFor(at, _)) = op else { panic!("is raised for no mutex") };
                self.raise(at);
                self.done(number);
            }
            Phase::Sets { walk } => self.set_on(number, op, Some(walk)),
            Phase::Begins => self.begin(id, op),
            Phase::Ended => panic!("a task that is over runs"),
        }
    }

    /// A lock section of setting flags.
    fn set_on(&mut self, number: usize, op: Op, walk: Option<bool>) {
        let Op::Set(at, flags) = op else { panic!("sets no flags") };
        match self.set(at, flags, walk) {
            Some(walk) => self.tasks[number].phase = Phase::Sets { walk },
            None => self.done(number),
        }
    }

    pub(super) fn done(&mut self, number: usize) {
        self.tasks[number].done += 1;
        self.tasks[number].phase = Phase::Begins;
    }

    pub(super) fn begin(&mut self, id: TaskId, op: Op) {
        let number = place(id);
        let (is_done, list, ticks) = match op {
            Op::Take(at) | Op::TakeFor(at, _) => {
                let ticks = if let Op::TakeFor(_, ticks) = op { ticks } else { u64::MAX };
                let taken = self.try_take(at);
                if !taken && ticks == u64::MAX && self.is_wrong(Wrong::WaitsUnderAnotherLock) {
                    self.tasks[number].phase = Phase::Hesitates;
                    return;
                }
                (taken, Some(self.parts.semaphores[at].list()), ticks)
            }
            Op::Send(at, value) | Op::SendFor(at, value, _) => {
                let ticks = if let Op::SendFor(_, _, ticks) = op { ticks } else { u64::MAX };
                self.tasks[number].value = Some(value);
                (self.place(at, value), Some(self.parts.channels[at].list()), ticks)
            }
            Op::Receive(at) | Op::ReceiveFor(at, _) => {
                let ticks = if let Op::ReceiveFor(_, ticks) = op { ticks } else { u64::MAX };
                self.tasks[number].value = self.fetch(at);
                (self.tasks[number].value.is_some(), Some(self.parts.channels[at].list()), ticks)
            }
            Op::Await(at, want) | Op::AwaitFor(at, want, _) => {
                let ticks = if let Op::AwaitFor(.., ticks) = op { ticks } else { u64::MAX };
                (self.take_flags(id, at, want), Some(self.parts.events[at].list()), ticks)
            }
            Op::Join(other) | Op::JoinFor(other, _) => {
                let ticks = if let Op::JoinFor(_, ticks) = op { ticks } else { u64::MAX };
                (self.is_over(other), Some(self.parts.tasks[other].joiners()), ticks)
            }
            Op::Set(..) => return self.set_on(number, op, None),
            Op::Sleep(ticks) => (false, None, ticks),
            Op::Lock(at) | Op::LockFor(at, _) => {
                match self.parts.mutexes[at].try_lock(id) {
                    Attempt::Locked => {
                        self.enter(number, at);
                        self.raise(at);
                    }
                    Attempt::Held(_) => {
                        self.tasks[number].phase = Phase::Looks { from: None, chains: 0, links: 0 };
                        return;
                    }
                }
                (true, None, 0)
            }
            Op::Unlock(at) => {
                if self.inside[at] == Some(number) && self.unlock(number, at) {
                    return;
                }
                (true, None, 0)
            }
            Op::Yield => {
                // `rt::__bk_yield`
                let _ = self.scheduler.yield_and_select(self.table(), id);
                self.parts.told[number].ready.set(self.parts.last());
                (true, None, 0)
            }
            _ => {
                self.at_once(op);
                (true, None, 0)
            }
        };
        if is_done { self.done(number) } else { self.block(id, list, ticks) }
    }

    /// Behind a wait: `kernel::outcome`, where there is a time-out, and what the operation answers then.
    pub(super) fn has_waited(&mut self, number: usize, op: Op) {
        let told = &self.parts.told[number];
        let (granted, timed_out) = (told.granted.take(), told.timed_out.take());
        assert!(granted != timed_out, "{number}, {op:?}: a wait ends in one way");
        let limited = matches!(op, Op::TakeFor(..) | Op::LockFor(..) | Op::SendFor(..) | Op::ReceiveFor(..));
        if limited || matches!(op, Op::Lock(_) | Op::AwaitFor(..) | Op::Join(_) | Op::JoinFor(..)) {
            let id = TaskId::new(number as u8);
            let outcome = if self.is_wrong(Wrong::KeepsTimeOut) {
                self.parts.tasks[number].take_outcome()
            } else {
                self.scheduler.end_limit(self.table(), id)
            };
            told.deadline.set(None);
            assert_eq!(outcome == Outcome::TimedOut, timed_out, "{number}, {op:?}: is told what happened");
        }
        match op {
            Op::Lock(at) | Op::LockFor(at, _) if granted => return self.locks(number, at),
            Op::Await(..) | Op::AwaitFor(..) => {
                // It may have got its flags, and been called too late.
                let wait = self.tasks[number].wait.take();
                assert!(!granted || wait.is_some_and(|wait| wait.found() != 0), "woken, and no flags");
            }
            Op::Sleep(_) => assert!(timed_out, "a sleep ends by time"),
            Op::Receive(_) | Op::ReceiveFor(..) => {
                assert_eq!(self.tasks[number].value.is_some(), granted, "a value, or none");
            }
            _ => {}
        }
        self.done(number);
    }
}
