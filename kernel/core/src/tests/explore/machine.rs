//! A processor with one kernel on it, a lock section at a time.
//!
//! What `kernel/src` does around the algorithms is written down here once more, as plainly as possible: `kernel.rs`
//! (block, wake, settle), `rt.rs` (select, yield, the alarm), `clock.rs` (the alarm's time), and the objects in `sync`.
//! Beside it stands what tells right from wrong: who got what, and in which order who came.

use super::super::rig::{circle, held, waiting};
use super::program::{Case, Op, Wrong};
use crate::channel::{Receive, Send};
use crate::mutex::{self, Attempt, Walk};
use crate::semaphore::Given;
use crate::timer::TimeOut;
use crate::{
    ChannelControl, Decision, Limit, MutexControl, Outcome, Priority, Scheduler, SemaphoreControl, Table, TaskControl,
    TaskId, WaitList,
};
use bluekernel_abi::PriorityCause;
use core::cell::Cell;
use std::vec::Vec;

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The handler, the switch or the task that has the processor goes on.
    Go,
    /// The task goes on, although it has asked for a switch.
    GoBeforeSwitch,
    /// A handler comes, and does the first thing.
    Interrupt(usize),
    /// The alarm's handler comes.
    Alarm,
    /// A tick goes by.
    Tick,
}

/// Everything that lists link. On its own, since it is borrowed for as long as the machine lives.
pub(super) struct Parts<'a> {
    pub(super) tasks: Vec<TaskControl<'a>>,
    pub(super) semaphores: Vec<SemaphoreControl>,
    pub(super) mutexes: Vec<MutexControl<'a>>,
    pub(super) channels: Vec<ChannelControl>,
    pub(super) told: Vec<Told>,
    /// Counts up with each event whose order matters, and down.
    order: Cell<i64>,
    front: Cell<i64>,
    now: Cell<u64>,
}

/// What the algorithms said about a task, and what others did for it.
#[derive(Default)]
pub(super) struct Told {
    /// When it became ready, or was put behind its equals, or before them.
    pub(super) ready: Cell<i64>,
    /// When it came into a wait list.
    pub(super) came: Cell<i64>,
    /// Somebody gave it what it waits for.
    pub(super) granted: Cell<bool>,
    /// Its time was over: it is in no list any more.
    pub(super) timed_out: Cell<bool>,
    /// Its wait has ended, one way or the other.
    pub(super) over: Cell<bool>,
    /// The time-out that is in the queue, and when it came there.
    pub(super) deadline: Cell<Option<u64>>,
    pub(super) limited: Cell<i64>,
}

impl Parts<'_> {
    pub(super) fn new(case: &Case) -> Self {
        Self {
            tasks: case.tasks.iter().map(|_| TaskControl::new()).collect(),
            semaphores: case.semaphores.iter().map(|(count, most)| SemaphoreControl::new(*count, *most)).collect(),
            mutexes: (0..case.mutexes).map(|_| MutexControl::new()).collect(),
            channels: case.channels.iter().map(|_| ChannelControl::new()).collect(),
            told: case.tasks.iter().map(|_| Told::default()).collect(),
            order: Cell::new(0),
            front: Cell::new(0),
            now: Cell::new(0),
        }
    }

    fn last(&self) -> i64 {
        self.order.set(self.order.get() + 1);
        self.order.get()
    }

    fn first(&self) -> i64 {
        self.front.set(self.front.get() - 1);
        self.front.get()
    }
}

/// The control blocks, with an ear for what happens to them.
#[derive(Clone, Copy)]
struct Blocks<'a>(&'a Parts<'a>);

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
pub(super) fn place(id: TaskId) -> usize {
    usize::from(id.number())
}

/// Where a task is in its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Begins,
    /// The mutex was not free; how far the chain of owners was followed.
    Looks {
        from: Option<TaskId>,
        chains: u16,
        links: usize,
    },
    /// Only with [`Wrong::WaitsUnderAnotherLock`].
    Hesitates,
    /// It waits, or has waited.
    Waits,
    /// It is over.
    Ended,
}

/// A task beside its control block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    /// How many operations are behind it.
    pub(super) done: usize,
    pub(super) phase: Phase,
    /// The value that it sends or has received: what lies on its stack.
    pub(super) value: Option<u32>,
}

/// A handler at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Active {
    /// So much of its program is behind it.
    Handler(usize, usize),
    Alarm(Ringing),
}

/// Where the alarm's handler is, and what it has seen the clock say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ringing {
    Begins,
    Expires(u64),
    Leaves(u64, TaskId),
    Ends(u64, TaskId),
}

/// Where the switch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Switching {
    No,
    /// It looks what there is to do.
    Looks,
    /// A span is made into ticks, with the mask open.
    Counts(TaskId, u64),
    /// A time-out is on its way to its place.
    Searches(TaskId, u64),
    /// It is there, and the alarm is not set yet.
    Arms(u64),
}

/// The machine.
pub(super) struct Machine<'a> {
    pub(super) case: &'a Case,
    pub(super) parts: &'a Parts<'a>,
    pub(super) scheduler: Scheduler,
    pub(super) tasks: Vec<Running>,
    /// The channels' slots, and their values in the order of the rules.
    slots: Vec<Vec<u32>>,
    pub(super) values: Vec<Vec<u32>>,
    /// Who is between `lock` and `unlock`.
    pub(super) inside: Vec<Option<usize>>,
    /// Permits given, and taken.
    pub(super) given: Vec<u32>,
    pub(super) taken: Vec<u32>,
    /// Handlers that are active, the innermost last.
    active: Vec<Active>,
    /// How often each handler may still come.
    left: Vec<u8>,
    /// The switch, which lets handlers in between what it does.
    switching: Switching,
    /// A switch was asked for.
    pub(super) requested: bool,
    /// By the task that runs, in its last lock section: it may come late.
    late: bool,
    /// The kernel's idea of the alarm, the timer's, and whether the interrupt is pending.
    pub(super) armed: u64,
    pub(super) alarm: u64,
    pub(super) ringing: bool,
    settles: bool,
    leaves: bool,
}

impl<'a> Machine<'a> {
    /// All tasks are ready, as behind `main`.
    pub(super) fn new(case: &'a Case, parts: &'a Parts<'a>) -> Self {
        let scheduler = Scheduler::new();
        for (number, (priority, _)) in case.tasks.iter().enumerate() {
            let priority = Priority::new(*priority).unwrap_or(Priority::P0);
            let _ = scheduler.start(Blocks(parts), TaskId::new(number as u8), priority);
        }
        Self {
            case,
            parts,
            scheduler,
            tasks: case.tasks.iter().map(|_| Running { done: 0, phase: Phase::Begins, value: None }).collect(),
            slots: case.channels.iter().map(|capacity| std::vec![0; *capacity]).collect(),
            values: case.channels.iter().map(|_| Vec::new()).collect(),
            inside: std::vec![None; case.mutexes],
            given: case.semaphores.iter().map(|(count, _)| *count).collect(),
            taken: std::vec![0; case.semaphores.len()],
            active: Vec::new(),
            left: case.handlers.iter().map(|handler| handler.times).collect(),
            switching: Switching::No,
            requested: true,
            late: false,
            armed: u64::MAX,
            alarm: u64::MAX,
            ringing: false,
            settles: false,
            leaves: false,
        }
    }

    fn table(&self) -> Blocks<'a> {
        Blocks(self.parts)
    }

    fn is_wrong(&self, wrong: Wrong) -> bool {
        self.case.wrong == Some(wrong)
    }

    fn now(&self) -> u64 {
        self.parts.now.get()
    }

    /// Whether the alarm's handler has begun and not ended.
    pub(super) fn is_alarm_active(&self) -> bool {
        self.active.iter().any(|active| matches!(active, Active::Alarm(_)))
    }

    /// Whether the switch has begun and not ended.
    pub(super) fn is_switching(&self) -> bool {
        self.switching != Switching::No
    }

    /// Whether the alarm is going to be set for a time-out that is in the queue.
    pub(super) fn is_arming(&self) -> bool {
        matches!(self.switching, Switching::Arms(_))
    }

    /// What may come next.
    pub(super) fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        let level = self.active.last().map_or(0, |active| self.level(*active));
        let exception = !self.active.is_empty() || self.is_switching() || self.requested;
        if exception || self.scheduler.current().is_some() {
            choices.push(Choice::Go);
        }
        let waits = |id| self.tasks[place(id)].phase == Phase::Waits || self.tasks[place(id)].phase == Phase::Ended;
        if self.late && self.case.late && self.scheduler.current().is_some_and(|id| !waits(id)) {
            choices.push(Choice::GoBeforeSwitch);
        }
        let may_come = |at: &usize| self.left[*at] > 0 && self.case.handlers[*at].level > level;
        choices.extend((0..self.left.len()).filter(may_come).map(Choice::Interrupt));
        if self.ringing && self.case.alarm > level {
            choices.push(Choice::Alarm);
        }
        if self.alarm != u64::MAX {
            choices.push(Choice::Tick);
        }
        choices
    }

    fn level(&self, active: Active) -> u8 {
        match active {
            Active::Handler(at, _) => self.case.handlers[at].level,
            Active::Alarm(_) => self.case.alarm,
        }
    }

    /// Does one lock section, or lets a tick go by.
    pub(super) fn step(&mut self, choice: Choice) {
        match choice {
            Choice::Tick => {
                self.parts.now.set(self.now() + 1);
                self.ring();
                return;
            }
            Choice::Interrupt(at) => {
                self.left[at] -= 1;
                self.active.push(Active::Handler(at, 0));
            }
            Choice::Alarm => {
                self.ringing = false;
                self.active.push(Active::Alarm(Ringing::Begins));
            }
            Choice::Go | Choice::GoBeforeSwitch => {}
        }
        let before = self.requested;
        self.late = false;
        if let Some(active) = self.active.pop() {
            let next = self.handle(active);
            self.active.extend(next);
        } else if choice != Choice::GoBeforeSwitch && (self.is_switching() || self.requested) {
            self.switch();
        } else if let Some(id) = self.scheduler.current() {
            self.run(id);
            self.late = self.requested && !before;
        }
    }

    /// The next lock section of a handler. Returns where it is then, unless that was its last.
    fn handle(&mut self, active: Active) -> Option<Active> {
        match active {
            Active::Handler(at, done) => {
                let does = self.case.handlers[at].does;
                self.at_once(does[done]);
                (done + 1 < does.len()).then_some(Active::Handler(at, done + 1))
            }
            Active::Alarm(ringing) => self.ring_on(ringing).map(Active::Alarm),
        }
    }

    /// `rt::__bk_alarm`, and `kernel::leave`.
    fn ring_on(&mut self, ringing: Ringing) -> Option<Ringing> {
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
    fn switch(&mut self) {
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
                None => self.settle_priority(),
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

    fn begin_limit(&mut self, id: TaskId, deadline: u64) {
        self.scheduler.limit(self.table(), id, deadline);
        self.search(id, deadline);
    }

    fn search(&mut self, id: TaskId, deadline: u64) {
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

    fn settle_priority(&mut self) {
        if self.settles {
            let _ = mutex::settle(&self.scheduler, self.table());
        }
    }

    fn act(&mut self, decision: Decision) {
        if decision == Decision::Switch {
            self.requested = true;
        }
    }

    /// `clock::set_alarm`, and the timer behind it.
    fn set_alarm(&mut self, at: u64) {
        self.armed = at;
        self.alarm = at;
        self.ring();
    }

    fn ring(&mut self) {
        if self.alarm <= self.now() {
            self.alarm = u64::MAX;
            self.ringing = true;
        }
    }

    /// `kernel::limit`.
    fn limit(&mut self, id: TaskId, list: bool, ticks: u64) {
        if ticks != u64::MAX {
            self.leaves |= list;
            self.scheduler.limit_soon(self.table(), id, Limit::Span(ticks));
        }
    }

    /// `kernel::block`.
    fn block(&mut self, id: TaskId, list: Option<&'a WaitList>, ticks: u64) {
        self.begins_to_wait(id);
        self.act(self.scheduler.block(self.table(), id, list));
        self.limit(id, list.is_some(), ticks);
    }

    fn begins_to_wait(&mut self, id: TaskId) {
        let told = &self.parts.told[place(id)];
        told.came.set(self.parts.last());
        told.over.set(false);
        self.tasks[place(id)].phase = Phase::Waits;
    }

    /// `kernel::wake`.
    fn wake(&mut self, list: &WaitList, id: TaskId) {
        let decision = self.scheduler.wake(self.table(), list, id);
        if !self.is_wrong(Wrong::WakesWithoutSwitch) {
            self.act(decision);
        }
        self.grant(id);
        self.parts.told[place(id)].over.set(true);
    }

    /// `kernel::resume`.
    fn resume(&mut self, id: TaskId) {
        let decision = self.scheduler.resume(self.table(), id);
        if !self.is_wrong(Wrong::ResumesWithoutSwitch) {
            self.act(decision);
        }
        self.parts.told[place(id)].over.set(true);
    }

    fn grant(&mut self, id: TaskId) {
        let told = &self.parts.told[place(id)];
        assert!(!told.granted.replace(true), "twice for one wait");
    }

    /// An operation that does not wait.
    fn at_once(&mut self, op: Op) {
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
    fn run(&mut self, id: TaskId) {
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
            Phase::Begins => self.begin(id, op),
            Phase::Ended => panic!("a task that is over runs"),
        }
    }

    fn done(&mut self, number: usize) {
        self.tasks[number].done += 1;
        self.tasks[number].phase = Phase::Begins;
    }

    fn begin(&mut self, id: TaskId, op: Op) {
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
            Op::Sleep(ticks) => (false, None, ticks),
            Op::Lock(at) | Op::LockFor(at, _) => {
                match self.parts.mutexes[at].try_lock(id) {
                    Attempt::Locked => self.enter(number, at),
                    Attempt::Held(_) => {
                        self.tasks[number].phase = Phase::Looks { from: None, chains: 0, links: 0 };
                        return;
                    }
                }
                (true, None, 0)
            }
            Op::Unlock(at) => {
                if self.inside[at] == Some(number) {
                    self.unlock(at);
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
    fn has_waited(&mut self, number: usize, op: Op) {
        let told = &self.parts.told[number];
        let (granted, timed_out) = (told.granted.take(), told.timed_out.take());
        assert!(granted != timed_out, "{number}, {op:?}: a wait ends in one way");
        if matches!(op, Op::TakeFor(..) | Op::Lock(_) | Op::LockFor(..) | Op::SendFor(..) | Op::ReceiveFor(..)) {
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
            Op::Lock(at) | Op::LockFor(at, _) if granted => self.enter(number, at),
            Op::Sleep(_) => assert!(timed_out, "a sleep ends by time"),
            Op::Receive(_) | Op::ReceiveFor(..) => {
                assert_eq!(self.tasks[number].value.is_some(), granted, "a value, or none");
            }
            _ => {}
        }
        self.done(number);
    }

    fn give(&mut self, at: usize) {
        let semaphore = &self.parts.semaphores[at];
        let Ok(given) = semaphore.give() else { return };
        self.given[at] += 1;
        if let Given::ToWaiter(id) = given {
            self.taken[at] += 1;
            self.wake(semaphore.list(), id);
        }
    }

    fn try_take(&mut self, at: usize) -> bool {
        let taken = self.parts.semaphores[at].try_take();
        self.taken[at] += u32::from(taken);
        taken
    }

    fn enter(&mut self, number: usize, at: usize) {
        assert_eq!(self.inside[at].replace(number), None, "two inside of a mutex");
        assert_eq!(self.parts.mutexes[at].owner().map(place), Some(number), "who is inside owns it");
    }

    /// `contend::look`. A link of the chain at a time, not four, so that small cases have long walks.
    fn look(&mut self, id: TaskId, at: usize, ticks: u64, from: Option<TaskId>, chains: u16, links: usize) {
        let number = place(id);
        let mutex = &self.parts.mutexes[at];
        match mutex.try_lock(id) {
            Attempt::Locked => {
                self.enter(number, at);
                return self.done(number);
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

    fn unlock(&mut self, at: usize) {
        self.inside[at] = None;
        let next = self.parts.mutexes[at].unlock(&self.scheduler, self.table());
        if let Some(next) = next {
            self.grant(next);
            self.resume(next);
            self.act(self.scheduler.decision());
        }
    }

    fn place(&mut self, at: usize, value: u32) -> bool {
        let channel = &self.parts.channels[at];
        match channel.send(self.case.channels[at]) {
            Send::Full => return false,
            Send::Store(slot) => {
                self.slots[at][slot] = value;
                self.values[at].push(value);
            }
            Send::Deliver(receiver) => {
                assert!(self.values[at].is_empty(), "a value overtakes others");
                self.tasks[place(receiver)].value = Some(value);
                self.wake(channel.list(), receiver);
            }
        }
        true
    }

    fn fetch(&mut self, at: usize) -> Option<u32> {
        let channel = &self.parts.channels[at];
        let value = match channel.receive(self.case.channels[at]) {
            Receive::Empty => return None,
            Receive::Take(slot) => self.slots[at][slot],
            Receive::TakeAndRefill(slot, sender) => {
                let value = self.slots[at][slot];
                let next = self.tasks[place(sender)].value.take();
                self.slots[at][slot] = next.unwrap_or_default();
                self.values[at].extend(next);
                self.wake(channel.list(), sender);
                value
            }
        };
        assert_eq!(value, self.values[at].remove(0), "the oldest value");
        Some(value)
    }

    /// Everything that the rest of the run depends on. Times are told by their distance from now.
    pub(super) fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(128);
        let number = |id: Option<TaskId>| id.map_or(0xff, TaskId::number);
        let distance = |at: u64| if at == u64::MAX { 0x7f } else { (at as i64 - self.now() as i64) as u8 };
        for (running, (control, told)) in self.tasks.iter().zip(self.parts.tasks.iter().zip(&self.parts.told)) {
            key.extend([running.done as u8, control.state() as u8, control.priority(), control.outcome.get() as u8]);
            key.extend([&told.granted, &told.timed_out, &told.over].map(|cell| u8::from(cell.get())));
            key.push(running.value.map_or(0xff, |value| value as u8));
            key.extend([told.deadline.get().map_or(0x7f, distance), control.time_out.get() as u8]);
            // What is asked for, as long as it is on its way.
            key.push(if control.time_out.get() == TimeOut::Soon { control.deadline.get() as u8 } else { 0x7f });
            match running.phase {
                Phase::Begins => key.push(0),
                Phase::Looks { from, chains, links } => {
                    key.extend([1, number(from), u8::from(chains == self.scheduler.chains()), links as u8]);
                }
                Phase::Hesitates => key.push(2),
                Phase::Waits => key.push(3),
                Phase::Ended => key.push(4),
            }
            key.extend(held(control, &self.parts.mutexes).iter().map(|at| *at as u8));
            key.push(0xfe);
        }
        key.push(number(self.scheduler.current()));
        let table = &self.parts.tasks[..];
        let mut list = |numbers: Vec<u8>| {
            key.extend(numbers);
            key.push(0xfe);
        };
        list((0..32).rev().flat_map(|priority| circle(table, self.scheduler.head(priority))).collect());
        list(self.scheduler.stale_numbers(self.table()));
        list(self.scheduler.timers(table));
        list(std::vec![self.scheduler.search_place()]);
        for semaphore in &self.parts.semaphores {
            list(waiting(table, semaphore.list()));
            list(std::vec![semaphore.count() as u8]);
        }
        for (mutex, inside) in self.parts.mutexes.iter().zip(&self.inside) {
            list(waiting(table, mutex.list()));
            list(std::vec![number(mutex.owner()), inside.map_or(0xff, |task| task as u8)]);
        }
        for (channel, values) in self.parts.channels.iter().zip(&self.values) {
            list(waiting(table, channel.list()));
            list(std::vec![channel.ring().0 as u8]);
            list(values.iter().map(|value| *value as u8).collect());
        }
        for active in &self.active {
            match *active {
                Active::Handler(at, done) => key.extend([0, at as u8, done as u8]),
                Active::Alarm(Ringing::Begins) => key.push(1),
                Active::Alarm(Ringing::Expires(now)) => key.extend([2, distance(now)]),
                Active::Alarm(Ringing::Leaves(now, id)) => key.extend([3, distance(now), id.number()]),
                Active::Alarm(Ringing::Ends(now, id)) => key.extend([4, distance(now), id.number()]),
            }
        }
        key.push(0xfe);
        key.extend(&self.left);
        match self.switching {
            Switching::No => key.push(0),
            Switching::Looks => key.push(1),
            Switching::Counts(id, ticks) => key.extend([2, id.number(), ticks as u8]),
            Switching::Searches(id, deadline) => key.extend([3, id.number(), distance(deadline)]),
            Switching::Arms(deadline) => key.extend([4, distance(deadline)]),
        }
        key.extend([self.requested, self.late, self.ringing, self.settles, self.leaves].map(u8::from));
        key.extend([distance(self.armed), distance(self.alarm)]);
        key
    }
}
