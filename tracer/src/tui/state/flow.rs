//! Along the arrows: from who was woken to who woke, and from who wakes to whom.

use crate::model::{Actor, LaneKind};
use crate::objects::Arrow;

use super::session::Session;

impl Session {
    /// The wake that the selected task's state at the cursor goes back to.
    pub(in crate::tui) fn flow(&self) -> Option<&Arrow> {
        let task = self.task_of(self.selected_row()?)?;
        self.derived.objects().wake_before(task, self.cursor)
    }

    /// The lane of whoever woke somebody.
    pub(in crate::tui) const fn waker(by: Actor) -> Option<LaneKind> {
        match by {
            Actor::Task(number) => Some(LaneKind::Task { number }),
            Actor::Handler(exception) => Some(LaneKind::Interrupt { exception: exception as u32 }),
            Actor::Kernel | Actor::Unknown => None,
        }
    }

    /// Goes to whoever woke the selected task, at that moment.
    pub(in crate::tui) fn flow_back(&mut self) {
        self.follow = false;
        let Some(arrow) = self.flow().copied() else {
            self.message = Some("nobody woke this row before the cursor".to_owned());
            return;
        };
        let name = self.trace.header().task(arrow.task);
        match Self::waker(arrow.by).and_then(|kind| self.row_of(kind)) {
            Some(row) => {
                self.select(row);
                self.message = Some(format!("here {} woke {name}", row.name(&self.trace)));
            }
            None if arrow.timed_out => self.message = Some(format!("{name} woke here: its time was over")),
            None => self.message = Some(format!("the kernel woke {name} here")),
        }
        self.go_to(arrow.time);
    }

    /// Goes to the task that the selected row wakes next, where that task runs.
    pub(in crate::tui) fn flow_forward(&mut self) {
        self.follow = false;
        let actor = self.selected_lane().and_then(|lane| match lane.kind() {
            LaneKind::Task { number } => Some(Actor::Task(number)),
            LaneKind::Interrupt { exception } => u16::try_from(exception).ok().map(Actor::Handler),
            _ => None,
        });
        let wakes = self.derived.objects().wakes_in(self.cursor..u64::MAX);
        let Some(arrow) = actor.and_then(|actor| wakes.iter().find(|arrow| arrow.by == actor)).copied() else {
            self.message = Some("this row wakes nobody behind the cursor".to_owned());
            return;
        };
        let by = self.selected_row().map(|row| row.name(&self.trace)).unwrap_or_default();
        if let Some(row) = self.row_of(LaneKind::Task { number: arrow.task }) {
            self.select(row);
        }
        self.go_to(arrow.run.unwrap_or(arrow.time));
        let runs = if arrow.run.is_some() { "runs" } else { "is ready, and never runs," };
        let name = self.trace.header().task(arrow.task);
        self.message = Some(format!("here {name} {runs} because of {by}"));
    }
}
