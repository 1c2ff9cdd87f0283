//! When a task ran with a priority that it had from a more important one.

use std::collections::BTreeMap;

use bluekernel_abi::PriorityCause;

use crate::model::Trace;

use super::holds::Ending;
use super::stretches::Stretches;

/// A stretch of time in which a task had another's priority, or a mutex' ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inheritance {
    /// The task that was raised.
    pub task: u32,
    /// Its priority without that; `None` if the trace does not tell.
    pub from: Option<u32>,
    /// The priority that it had instead.
    pub to: u32,
    /// The mutex because of which; 0 if the trace does not tell.
    pub mutex: u32,
    /// The first cycle.
    pub start: u64,
    /// The cycle behind the last.
    pub end: u64,
    /// How it came to its end.
    pub ending: Ending,
}

/// The stretches of inheritance of `trace`, in order of their starts. One that is raised further begins a new one.
pub(crate) fn of(trace: &Trace, stretches: &Stretches) -> Vec<Inheritance> {
    let mut all: Vec<Inheritance> = Vec::new();
    let mut open: BTreeMap<u32, usize> = BTreeMap::new();
    let mut own: BTreeMap<u32, u32> = BTreeMap::new();
    for change in trace.priority_changes() {
        let from = own.get(&change.task).copied().or_else(|| trace.task(change.task).priority);
        if let Some(at) = open.remove(&change.task)
            && let Some(last) = all.get_mut(at)
        {
            let (end, ending) = end_within(last.start, change.time, stretches, Ending::Done);
            (last.end, last.ending) = (end, ending);
        }
        let raised = match change.cause {
            PriorityCause::Inherit => true,
            // Of several causes, one is over.
            PriorityCause::Disinherit => from.is_some_and(|from| change.priority > from),
            PriorityCause::Call => {
                own.insert(change.task, change.priority);
                false
            }
        };
        if raised {
            open.insert(change.task, all.len());
            all.push(Inheritance {
                task: change.task,
                from,
                to: change.priority,
                mutex: change.object,
                start: change.time,
                end: change.time,
                ending: Ending::Open,
            });
        }
    }
    for at in open.into_values() {
        if let Some(last) = all.get_mut(at) {
            let (end, ending) = end_within(last.start, trace.end(), stretches, Ending::Open);
            (last.end, last.ending) = (end, ending);
        }
    }
    all
}

/// The end of something that began at `start` and seems to end at `end`: where events were lost in between, that is its end.
fn end_within(start: u64, end: u64, stretches: &Stretches, ending: Ending) -> (u64, Ending) {
    match stretches.end(stretches.of_event(start)) {
        Some((cut, true)) if cut < end => (cut, Ending::Reset),
        Some((cut, false)) if cut < end => (cut, Ending::Lost),
        _ => (end, ending),
    }
}
