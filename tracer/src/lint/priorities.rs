//! Priorities over time: what a task was given, and what it had with what it inherited.

use std::collections::HashMap;

use bluekernel_abi::PriorityCause;

use crate::model::{LaneKind, Trace};

/// The priorities of every task at any time, 31 the most important.
#[derive(Clone, Debug, Default)]
pub(super) struct Priorities {
    first: HashMap<u32, u32>,
    /// Changes by calls, in order of time.
    base: HashMap<u32, Vec<(u64, u32)>>,
    /// All changes, in order of time.
    effective: HashMap<u32, Vec<(u64, u32)>>,
}

impl Priorities {
    pub(super) fn of(trace: &Trace) -> Self {
        let mut all = Self::default();
        for lane in trace.lanes() {
            if let LaneKind::Task { number } = lane.kind()
                && let Some(priority) = trace.task(number).priority
            {
                all.first.insert(number, priority);
            }
        }
        for change in trace.priority_changes() {
            let point = (change.time, change.priority);
            all.effective.entry(change.task).or_default().push(point);
            if change.cause == PriorityCause::Call {
                all.base.entry(change.task).or_default().push(point);
            }
        }
        all
    }

    /// What `task` was given at `time`.
    pub(super) fn base(&self, task: u32, time: u64) -> Option<u32> {
        last(self.base.get(&task), time).or_else(|| self.first.get(&task).copied())
    }

    /// What `task` had at `time`.
    pub(super) fn effective(&self, task: u32, time: u64) -> Option<u32> {
        last(self.effective.get(&task), time).or_else(|| self.first.get(&task).copied())
    }
}

/// The last of `changes` at or before `time`.
fn last(changes: Option<&Vec<(u64, u32)>>, time: u64) -> Option<u32> {
    let changes = changes?;
    let until = changes.partition_point(|(changed, _)| *changed <= time);
    until.checked_sub(1).and_then(|at| changes.get(at)).map(|(_, priority)| *priority)
}
