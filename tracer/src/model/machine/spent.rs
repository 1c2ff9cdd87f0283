//! What tracing cost, and whose time that was.

use super::super::lane::LaneKind;
use super::super::tracing::{Cost, Tracing, Who};
use super::{Current, Machine};
use crate::wire::Kind;

impl Machine {
    /// Tracing took `cycles` for the event before, at `time` of the recording.
    pub(super) fn spent(&mut self, time: u64, cycles: u64) {
        // On a line without tracing nothing of it is left.
        if self.line.is_none() {
            self.end = time.max(self.end);
        }
        let lost = std::mem::take(&mut self.is_behind_loss);
        let (kind, who) = if lost { (Kind::BEHIND_LOSS, Who::Unknown) } else { (self.kind, self.who()) };
        let cost = Cost { time, cycles, kind, who };
        match &mut self.tracing {
            Some(tracing) => tracing.push(cost),
            None => self.tracing = Some(Box::new(Tracing::new(cost))),
        }
    }

    /// Who has the processor now.
    fn who(&self) -> Who {
        let lane = |kind| self.index.get(&kind).map_or(Who::Unknown, |at| Who::Lane(*at));
        match (self.handlers.last().copied(), self.current) {
            (Some(handler), _) => handler.map_or(Who::Unknown, Who::Lane),
            (None, Current::Task(number)) => lane(LaneKind::Task { number }),
            (None, Current::Idle) => lane(LaneKind::Idle),
            (None, Current::Kernel) => Who::Kernel,
            (None, Current::Unknown) => Who::Unknown,
        }
    }
}
