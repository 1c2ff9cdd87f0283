//! On whose behalf an event happened: the rows of a list, read one after the other, with the processor in mind.

use bluekernel_abi::wire::head;

use super::schema::{GAP, Row};

/// Whom the processor was switched to last, and the handlers on top.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Running {
    task: Option<u32>,
    handlers: Vec<u32>,
}

impl Running {
    /// Takes in a row.
    pub(super) fn follow(&mut self, row: &Row<'_>) {
        let first = u32::try_from(row.numbers[0]).unwrap_or(u32::MAX);
        match row.head {
            head::SWITCH_IN => self.task = Some(first),
            head::IDLE => self.task = None,
            head::ISR_ENTER => self.handlers.push(first),
            head::ISR_EXIT => drop(self.handlers.pop()),
            // INFO is the first event after a reset.
            GAP | head::INFO => *self = Self::default(),
            _ => {}
        }
    }

    /// The task that the processor was switched to last: until the next switch, one that has begun to wait. `None` when
    /// idle, and after a gap until a switch tells.
    pub(super) const fn task(&self) -> Option<u32> {
        self.task
    }

    /// The innermost exception handler.
    pub(super) fn handler(&self) -> Option<u32> {
        self.handlers.last().copied()
    }
}
