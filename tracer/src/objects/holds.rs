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

    fn ends(self, end: u64, ending: Ending) -> Self {
        Self { end: end.max(self.start), ending, ..self }
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

/// Follows one lock through its operations and gives its holds away as they end.
#[derive(Clone, Debug, Default)]
pub(crate) struct LockFollower {
    /// Those that last.
    open: Vec<Hold>,
    stretch: usize,
    /// Whether everybody who owns it is in `open`.
    is_known: bool,
    /// Whether it is a reader-writer lock.
    has_readers: bool,
}

impl LockFollower {
    /// One that begins where the trace does.
    pub(crate) fn new(has_readers: bool, stretches: &Stretches) -> Self {
        Self { has_readers, is_known: stretches.begins_fresh(0), ..Self::default() }
    }

    /// Takes in the next operation.
    pub(crate) fn step(&mut self, step: &Step, stretches: &Stretches, ended: &mut impl FnMut(Hold)) {
        if !matches!(step.op, ObjectOp::Lock | ObjectOp::Unlock) {
            return;
        }
        let stretch = stretches.of_event(step.time);
        if stretch != self.stretch {
            self.finish(stretches, 0, ended);
            (self.stretch, self.is_known) = (stretch, stretches.begins_fresh(stretch));
        }
        match step.op {
            ObjectOp::Lock => self.lock(step, ended),
            _ => self.unlock(step, stretches.begin(stretch), ended),
        }
        self.is_known = true;
    }

    /// Ends everything that lasts where the present stretch ends, or at `end`, if the trace does.
    pub(crate) fn finish(&mut self, stretches: &Stretches, end: u64, ended: &mut impl FnMut(Hold)) {
        let (end, ending) = match stretches.end(self.stretch) {
            Some((end, true)) => (end, Ending::Reset),
            Some((end, false)) => (end, Ending::Lost),
            None => (end, Ending::Open),
        };
        self.open.drain(..).for_each(|hold| ended(hold.ends(end, ending)));
    }

    fn lock(&mut self, step: &Step, ended: &mut impl FnMut(Hold)) {
        let owner = step.value.checked_sub(1);
        if !self.has_readers {
            // Somebody else's hold has no end in the trace: it was not told, by a filter perhaps.
            self.open.drain(..).for_each(|hold| ended(hold.ends(step.time, Ending::Lost)));
            self.open.extend(owner.map(|owner| Hold::new(owner, step.time, false)));
            return;
        }
        // A handler that reads is nobody who could be named.
        let Actor::Task(task) = step.by else { return };
        let (all, exclusive) = (self.open.len(), self.open.iter().filter(|hold| !hold.shared).count());
        let counts = |readers: usize| usize::try_from(step.value) == Ok(readers + 1);
        let shared = owner != Some(task) || all > 0 && (counts(all) || counts(all - exclusive));
        // The first reader's value may be an owner's too. If the next one counts it, it was a reader. (A writer that waits for
        // readers to leave has the gate already, and they do not count it.)
        if shared && counts(all) {
            self.open.iter_mut().for_each(|hold| hold.shared = true);
        }
        self.open.push(Hold::new(task, step.time, shared));
    }

    fn unlock(&mut self, step: &Step, begin: u64, ended: &mut impl FnMut(Hold)) {
        let task = match step.by {
            Actor::Task(task) => Some(task),
            _ => None,
        };
        let given_back = match (self.given_back(task), task) {
            (Some(place), _) => Some(self.open.remove(place)),
            // Who gives it back had it, and nobody knows since when.
            (None, Some(task)) if !self.is_known => {
                Some(Hold { start_known: false, ..Hold::new(task, begin, self.has_readers) })
            }
            (None, _) => None,
        };
        if let Some(hold) = given_back {
            ended(hold.ends(step.time, Ending::Done));
        }
        // Of a reader, the value says how many others there are.
        if let (Some(next), false) = (step.value.checked_sub(1), given_back.is_some_and(|hold| hold.shared)) {
            self.open.push(Hold::new(next, step.time, false));
        }
    }

    /// The place in `open` of the hold that `task` gives back.
    fn given_back(&self, task: Option<u32>) -> Option<usize> {
        if !self.has_readers {
            return self.open.len().checked_sub(1);
        }
        // Who waited to read has the gate first, and then reads: the gate goes first. What the kernel gives back for a task
        // that has left is a gate.
        let find = |of: &dyn Fn(&Hold) -> bool| self.open.iter().position(of);
        find(&|hold| Some(hold.task) == task && !hold.shared)
            .or_else(|| find(&|hold| Some(hold.task) == task))
            .or_else(|| find(&|hold| !hold.shared))
    }
}

/// The holds of one lock, in order of their starts.
pub(super) fn of(steps: &[Step], has_readers: bool, stretches: &Stretches, end: u64) -> Vec<Hold> {
    let mut holds = Vec::new();
    let mut follower = LockFollower::new(has_readers, stretches);
    for step in steps {
        follower.step(step, stretches, &mut |hold| holds.push(hold));
    }
    follower.finish(stretches, end, &mut |hold| holds.push(hold));
    holds.sort_by_key(|hold| hold.start);
    holds
}
