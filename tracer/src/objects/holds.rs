//! Who owned a lock, and from when to when.
//!
//! LOCK's value is the owner's number + 1. UNLOCK's is 0, or the new owner's number + 1 if it goes to a task that waited: that
//! task owns it from then on, long before it runs. A reader-writer lock is told through the same operations: its gate as a
//! mutex, and readers by how many there are.

use bluekernel_abi::ObjectOp;

use crate::model::Actor;

use super::steps::Step;
use super::stretches::Stretches;

/// How something that lasts came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// It was ended.
    Done,
    /// The trace ends within it.
    Open,
    /// Events were lost: it lasted at least so long.
    Lost,
    /// The firmware was reset.
    Reset,
}

/// A stretch of time in which a task owned a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The owner.
    pub task: u32,
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
    /// Whether `start` is where the task got it; if not, it had it before the trace began, or got it where events were lost.
    pub start_known: bool,
    /// How it came to its end.
    pub ending: Ending,
    /// Whether others could have it at the same time: a reader's.
    pub shared: bool,
}

impl Hold {
    const fn new(task: u32, start: u64, shared: bool) -> Self {
        Self { task, start, end: start, start_known: true, ending: Ending::Open, shared }
    }
}

/// Who owns a lock at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    Free,
    /// This task; of several readers the one that has it longest.
    Task(u32),
    /// Nobody can tell.
    Unknown,
}

/// The holds of one lock, in order of their starts. `readers` says that it is a reader-writer lock.
pub(super) fn of(steps: &[Step], readers: bool, stretches: &Stretches, end: u64) -> Vec<Hold> {
    let mut lock = Lock { holds: Vec::new(), open: Vec::new(), stretch: 0, fresh: stretches.begins_fresh(0), readers };
    for step in steps {
        let stretch = stretches.of_event(step.time);
        if stretch != lock.stretch {
            lock.cut(stretches, end);
            (lock.stretch, lock.fresh) = (stretch, stretches.begins_fresh(stretch));
        }
        match step.op {
            ObjectOp::Lock => lock.lock(step),
            ObjectOp::Unlock => lock.unlock(step, stretches.begin(stretch)),
            _ => {}
        }
        lock.fresh = true;
    }
    lock.cut(stretches, end);
    lock.holds
}

struct Lock {
    holds: Vec<Hold>,
    /// The places of those that last.
    open: Vec<usize>,
    stretch: usize,
    /// Whether everybody who owns it is in `open`.
    fresh: bool,
    readers: bool,
}

impl Lock {
    /// Ends everything that lasts where the present stretch ends.
    fn cut(&mut self, stretches: &Stretches, end: u64) {
        let (end, ending) = match stretches.end(self.stretch) {
            Some((end, true)) => (end, Ending::Reset),
            Some((end, false)) => (end, Ending::Lost),
            None => (end, Ending::Open),
        };
        while let Some(at) = self.open.pop() {
            self.end(at, end, ending);
        }
    }

    fn end(&mut self, at: usize, end: u64, ending: Ending) {
        if let Some(hold) = self.holds.get_mut(at) {
            (hold.end, hold.ending) = (end.max(hold.start), ending);
        }
    }

    fn begin(&mut self, task: u32, start: u64, shared: bool) {
        self.open.push(self.holds.len());
        self.holds.push(Hold::new(task, start, shared));
    }

    fn lock(&mut self, step: &Step) {
        let owner = step.value.checked_sub(1);
        if !self.readers {
            // Somebody else's hold has no end in the trace: it was not told, by a filter perhaps.
            while let Some(at) = self.open.pop() {
                self.end(at, step.time, Ending::Lost);
            }
            if let Some(owner) = owner {
                self.begin(owner, step.time, false);
            }
            return;
        }
        // A handler that reads is nobody who could be named.
        let Actor::Task(task) = step.by else { return };
        let (all, exclusive) = (self.open.len(), self.open.iter().filter(|at| !self.is_shared(**at)).count());
        let counts = |readers: usize| usize::try_from(step.value) == Ok(readers + 1);
        let shared = owner != Some(task) || all > 0 && (counts(all) || counts(all - exclusive));
        // The first reader's value may be an owner's too. If the next one counts it, it was a reader. (A writer that waits for
        // readers to leave has the gate already, and they do not count it.)
        if shared && counts(all) {
            for at in &self.open {
                if let Some(hold) = self.holds.get_mut(*at) {
                    hold.shared = true;
                }
            }
        }
        self.begin(task, step.time, shared);
    }

    fn unlock(&mut self, step: &Step, begin: u64) {
        let task = match step.by {
            Actor::Task(task) => Some(task),
            _ => None,
        };
        let mut reads = false;
        match (self.given_back(task), task) {
            (Some(place), _) => {
                let at = self.open.remove(place);
                reads = self.is_shared(at);
                self.end(at, step.time, Ending::Done);
            }
            // Who gives it back had it, and nobody knows since when.
            (None, Some(task)) if !self.fresh => {
                reads = self.readers;
                let hold = Hold { start_known: false, ..Hold::new(task, begin, reads) };
                self.holds.push(hold);
                self.end(self.holds.len() - 1, step.time, Ending::Done);
            }
            (None, _) => {}
        }
        // Of a reader, the value says how many others there are.
        if let (Some(next), false) = (step.value.checked_sub(1), reads) {
            self.begin(next, step.time, false);
        }
    }

    fn is_shared(&self, at: usize) -> bool {
        self.holds.get(at).is_some_and(|hold| hold.shared)
    }

    /// The place in `open` of the hold that `task` gives back.
    fn given_back(&self, task: Option<u32>) -> Option<usize> {
        if !self.readers {
            return self.open.len().checked_sub(1);
        }
        let find = |of: &dyn Fn(&Hold) -> bool| self.open.iter().position(|at| self.holds.get(*at).is_some_and(of));
        // Who waited to read has the gate first, and then reads: the gate goes first. What the kernel gives back for a task
        // that has left is a gate.
        find(&|hold| Some(hold.task) == task && !hold.shared)
            .or_else(|| find(&|hold| Some(hold.task) == task))
            .or_else(|| find(&|hold| !hold.shared))
    }
}
