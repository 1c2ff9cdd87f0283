//! A processor with one kernel on it, a lock section at a time.
//!
//! What `kernel/src` does around the algorithms is written down here once more, as plainly as possible, each file of it in
//! a file of its own. Beside it stands what tells right from wrong: who got what, and in which order who came.

mod channel;
mod events;
mod exceptions;
mod handle;
mod kernel;
mod key;
mod mutex;
mod parts;
mod semaphore;
mod task;

pub(super) use parts::{Parts, place};

use super::program::{Case, Wrong};
use crate::events::EventWait;
use crate::{Priority, Scheduler, TaskId};
use parts::Blocks;
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
    /// Waiting for the mutex can end, as the chains of owners were then.
    MayWait {
        chains: u16,
    },
    /// It owns a mutex with a ceiling, and is to be raised to that.
    Raises,
    /// It has released one, and is to be as important as before.
    Lowers,
    /// It sets flags: as [`Machine::set`] says.
    Sets {
        walk: bool,
    },
    /// Only with [`Wrong::WaitsUnderAnotherLock`].
    Hesitates,
    /// It waits, or has waited.
    Waits,
    /// It is over.
    Ended,
}

/// A task beside its control block.
#[derive(Debug)]
pub(super) struct Running {
    /// How many operations are behind it.
    pub(super) done: usize,
    pub(super) phase: Phase,
    /// The value that it sends or has received: what lies on its stack.
    pub(super) value: Option<u32>,
    /// The flags it waits for, on its stack, too.
    pub(super) wait: Option<EventWait>,
}

impl Running {
    fn new() -> Self {
        Self { done: 0, phase: Phase::Begins, value: None, wait: None }
    }

    /// Whether it does not go on before the switch.
    fn waits(&self) -> bool {
        matches!(self.phase, Phase::Waits | Phase::Ended)
    }
}

/// A handler at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Active {
    /// So much of its program is behind it; while it sets flags, what [`Machine::set`] has returned.
    Handler(usize, usize, Option<bool>),
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
    /// Who is between `lock` and `unlock`, and whether it was raised to the ceiling.
    pub(super) inside: Vec<Option<usize>>,
    pub(super) raised: Vec<bool>,
    /// The flags that are set, by the rules.
    pub(super) flags: Vec<u32>,
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
    /// Whether priorities are worked out, waits in lists limited, and tasks suspended: `settle`, `leave`, `HOLD_BACK`.
    settles: bool,
    leaves: bool,
    holds: bool,
    /// The mutex that a task has begun to wait for just now: `contend::PUT_OFF`.
    wants: Option<usize>,
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
            tasks: case.tasks.iter().map(|_| Running::new()).collect(),
            slots: case.channels.iter().map(|capacity| std::vec![0; *capacity]).collect(),
            values: case.channels.iter().map(|_| Vec::new()).collect(),
            inside: std::vec![None; case.mutexes.len()],
            raised: std::vec![false; case.mutexes.len()],
            flags: std::vec![0; case.events],
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
            holds: false,
            wants: None,
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
        let waits = |id| self.tasks[place(id)].waits() || self.parts.told[place(id)].suspended.get();
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
            Active::Handler(at, ..) => self.case.handlers[at].level,
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
                self.active.push(Active::Handler(at, 0, None));
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
}
