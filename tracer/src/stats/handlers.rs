//! Reads the spans of an interrupt handler, a mark or an asynchronous task and keeps the sums.

use crate::model::{Span, State};

use super::histogram::Histogram;
use super::worst::Slowest;

/// The sums of one handler.
#[derive(Clone, Debug, Default)]
pub(super) struct HandlerSums {
    pub(super) count: u64,
    /// From entry to exit.
    pub(super) duration: Histogram,
    /// The longest of those.
    pub(super) slowest: Slowest,
    /// From one entry to the next.
    pub(super) interval: Histogram,
    /// How often another handler interrupted it.
    pub(super) interrupted: u64,
}

/// How far a handler was read, and what is pending.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HandlerProgress {
    state: Option<State>,
    /// Since when it is active.
    entered: Option<u64>,
    last: Option<u64>,
}

impl HandlerProgress {
    /// A span begins; whatever ends there is counted, if `counts`. `recorded` gives the time of the recording.
    pub(super) fn span(&mut self, span: Span, counts: bool, recorded: impl Fn(u64) -> u64, sums: &mut HandlerSums) {
        match span.state {
            State::Running if !self.state.is_some_and(State::is_on_cpu) => {
                self.entered = Some(span.start);
                let now = recorded(span.start);
                let last = self.last.replace(now);
                if counts {
                    sums.count += 1;
                    if let Some(last) = last {
                        sums.interval.add(now - last);
                    }
                }
            }
            State::Interrupted => sums.interrupted += u64::from(counts),
            // Entered again without an exit: cannot nest with itself, so the exit was lost.
            State::Running => {}
            State::Dormant => {
                if let Some(since) = self.entered.take()
                    && counts
                {
                    sums.duration.add(span.start - since);
                    sums.slowest.add(since, span.start);
                }
            }
            _ => (self.entered, self.last) = (None, None),
        }
        self.state = Some(span.state);
    }
}
