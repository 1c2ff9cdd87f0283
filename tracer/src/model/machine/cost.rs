//! What a switch cost: from its last cause to the task's first moment.

use super::super::lane::{Lane, LaneKind};
use super::super::records::Switch;
use super::super::state::State;
use super::{Current, Machine};

impl Machine {
    /// `task` is switched in at `time`.
    pub(super) fn cost(&mut self, time: u64, task: u32) {
        let lane = self.index.get(&LaneKind::Task { number: task }).and_then(|at| self.lanes.get(*at));
        // Whoever was not seen to become ready was ready since nobody knows when. The first task waits for the kernel's start.
        let ready = lane.filter(|lane| lane.last() == State::Ready).map(Lane::since);
        let (Some(ready), Some(turned)) = (ready, self.turned) else { return };
        let cause = match self.current {
            // The last of: a task waited or returned, this one became ready.
            Current::Kernel => ready.max(turned),
            Current::Idle => ready,
            // If it was ready before the other one ran, something else made the kernel turn: a yield, the end of a time slice.
            Current::Task(other) if other != task && ready >= turned => ready,
            Current::Task(_) | Current::Unknown => return,
        };
        let cycles = time.saturating_sub(cause.max(self.quiet));
        self.switches.push(Switch { time, cycles });
    }
}
