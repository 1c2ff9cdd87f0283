//! The time base of a timer (RM 18.3.1, 18.3.2): prescaler, counter and reload value, with the values that are in force.
//!
//! The counter steps once in `prescaler + 1` clocks. A run is the way to the end: up to the reload value, or down to 0.
//! The step behind the end wraps the counter and begins the next run.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counter {
    /// The greatest value that the counter can hold.
    pub(super) top: u32,
    pub(super) count: u32,
    pub(super) prescaler: u32,
    pub(super) reload: u32,
    pub(super) down: bool,
    /// Clocks since the last step, at most `prescaler`.
    phase: u32,
}

impl Counter {
    pub(super) fn new(top: u32) -> Self {
        Self { top, reload: top, ..Self::default() }
    }

    /// "The counter is blocked while the auto-reload value is null" (RM 18.4.12).
    pub(super) fn blocked(&self) -> bool {
        self.reload == 0
    }

    /// A counter that is beyond its reload value passes it by: it goes on to the top, and from there to 0.
    pub(super) fn astray(&self) -> bool {
        !self.down && self.count > self.reload
    }

    /// The last value of this run.
    fn end(&self) -> u32 {
        match (self.down, self.astray()) {
            (true, _) => 0,
            (false, false) => self.reload,
            (false, true) => self.top,
        }
    }

    /// Steps until the run is over.
    pub(super) fn steps_to_wrap(&self) -> u64 {
        u64::from(self.end().abs_diff(self.count)) + 1
    }

    /// Steps until the counter reaches a value, if it does so in this run.
    pub(super) fn steps_to(&self, value: u32) -> Option<u64> {
        let ahead = if self.down { value < self.count } else { value > self.count && value <= self.end() };
        ahead.then(|| u64::from(value.abs_diff(self.count)))
    }

    /// Clocks until some steps are done.
    pub(super) fn clocks(&self, steps: u64) -> u64 {
        (steps * self.divisor()).saturating_sub(self.phase.into())
    }

    /// Clocks of a run that begins now, and of those behind it.
    pub(super) fn period(&self) -> u64 {
        (u64::from(self.reload) + 1) * self.divisor()
    }

    /// Steps in some clocks from now on.
    pub(super) fn steps(&self, clocks: u64) -> u64 {
        (clocks + u64::from(self.phase)) / self.divisor()
    }

    /// Lets clocks pass that do not end the run.
    pub(super) fn pass(&mut self, clocks: u64) {
        let steps = self.steps(clocks) as u32;
        self.phase = ((clocks + u64::from(self.phase)) % self.divisor()) as u32;
        self.count = if self.down { self.count.saturating_sub(steps) } else { self.count.saturating_add(steps) };
    }

    /// The first value of a run, and a prescaler that has just stepped.
    pub(super) fn restart(&mut self) {
        self.count = if self.down { self.reload } else { 0 };
        self.phase = 0;
    }

    fn divisor(&self) -> u64 {
        u64::from(self.prescaler) + 1
    }
}
