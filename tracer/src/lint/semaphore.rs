//! Semaphores that are used as locks: the kernel does not know that, but the trace shows it. Whoever takes the one permit gives
//! it back, every time. A semaphore by which one task or a handler tells another something is given by others.

use bluekernel_abi::ObjectOp;

use crate::model::Actor;
use crate::objects::{Ending, Hold, Step, Stretches, Wait, WaitEnd};

/// What happened to the permit.
enum Change {
    /// An operation.
    Step(Step),
    /// This task waited, and was given the permit.
    Given(u32),
}

/// The holds of a semaphore with `steps` and `waits`, in order of time; `None` if it is not used as a lock.
pub(super) fn as_lock(steps: &[Step], waits: &[Wait], stretches: &Stretches, end: u64) -> Option<Vec<Hold>> {
    // No wait is looked at where the first operations show that it is no lock: most semaphores are none.
    let mut given: Vec<(u64, u32)> = waits
        .iter()
        .filter(|wait| matches!(wait.ending, WaitEnd::Woken(by) if by != Actor::Unknown))
        .map(|wait| (wait.end, wait.task))
        .collect();
    given.sort_unstable();
    let mut given = given.into_iter().peekable();
    let mut permit = Permit { holds: Vec::new(), holder: None, stretch: 0, fresh: stretches.begins_fresh(0) };
    for step in steps {
        // The permit is given, and then the task that gets it is ready: at the same time, perhaps.
        while let Some((time, task)) = given.next_if(|(time, _)| *time < step.time) {
            permit.change(time, &Change::Given(task), stretches)?;
        }
        permit.change(step.time, &Change::Step(*step), stretches)?;
        if step.op == ObjectOp::Give {
            while let Some((time, task)) = given.next_if(|(time, _)| *time == step.time) {
                permit.change(time, &Change::Given(task), stretches)?;
            }
        }
    }
    for (time, task) in given {
        permit.change(time, &Change::Given(task), stretches)?;
    }
    permit.cut(stretches, end);
    // One that was never given back may be one that is counted down.
    permit.holds.iter().any(|hold| hold.ending == Ending::Done).then_some(permit.holds)
}

struct Permit {
    holds: Vec<Hold>,
    holder: Option<(u32, u64)>,
    stretch: usize,
    /// Whether the holder is known.
    fresh: bool,
}

impl Permit {
    /// `None`: a lock does not do this.
    fn change(&mut self, time: u64, change: &Change, stretches: &Stretches) -> Option<()> {
        let stretch = stretches.of_event(time);
        if stretch != self.stretch {
            self.cut(stretches, time);
            (self.stretch, self.fresh) = (stretch, stretches.begins_fresh(stretch));
        }
        let fresh = std::mem::replace(&mut self.fresh, true);
        match *change {
            Change::Given(task) => self.take(task, time),
            Change::Step(Step { op: ObjectOp::Take, value: 0, by: Actor::Task(task), .. }) => self.take(task, time),
            Change::Step(Step { op: ObjectOp::Give, value: 0 | 1, by: Actor::Task(task), .. }) => {
                match self.holder.take() {
                    Some((holder, start)) if holder == task => self.push(task, start, time, true, Ending::Done),
                    None if !fresh => self.push(task, stretches.begin(stretch), time, false, Ending::Done),
                    _ => return None,
                }
                Some(())
            }
            Change::Step(_) => None,
        }
    }

    fn take(&mut self, task: u32, time: u64) -> Option<()> {
        self.holder.replace((task, time)).is_none().then_some(())
    }

    /// Ends what lasts where the present stretch ends; `end` is the end of the trace.
    fn cut(&mut self, stretches: &Stretches, end: u64) {
        let Some((task, start)) = self.holder.take() else { return };
        let (end, ending) = match stretches.end(self.stretch) {
            Some((end, true)) => (end, Ending::Reset),
            Some((end, false)) => (end, Ending::Lost),
            None => (end, Ending::Open),
        };
        self.push(task, start, end, true, ending);
    }

    fn push(&mut self, task: u32, start: u64, end: u64, start_known: bool, ending: Ending) {
        self.holds.push(Hold { task, start, end: end.max(start), start_known, ending, shared: false });
    }
}
