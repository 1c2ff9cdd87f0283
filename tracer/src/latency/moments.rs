//! Where in a recording the waits are that the simulator told in cycles of its own.
//!
//! The simulator counts from the moment power came on, the trace from when the kernel started its clock. How far they are
//! apart is known to a hundred cycles or so, by the moment at which the first record stood in memory; which entry of the
//! handler ended a wait, the recording then says exactly.

use std::ops::Range;

use crate::model::{LaneKind, State, Trace};

use super::{Latencies, Wait};

/// How far the entry that a recording tells may be from where it is looked for, in cycles of the core: writing the first
/// record takes a while, and so does the way from a handler's first instruction to where the clock is read.
const TOLERANCE: u64 = 1_000;

/// Translates cycles of the core into times of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Moments<'a> {
    trace: &'a Trace,
    core_hz: u64,
    /// A cycle of the core, and the recording's time at it.
    anchor: (u64, u64),
}

impl<'a> Moments<'a> {
    /// `None` if nobody knows how the two clocks stand to each other.
    #[must_use]
    pub fn of(trace: &'a Trace, seen: &Latencies) -> Option<Self> {
        // A trace that the simulator made counts as the simulator does.
        let from_outside = trace.header().from_outside.then_some((0, 0));
        let anchor = from_outside.or_else(|| Some((seen.began_at?, trace.recorded(trace.start()))))?;
        Some(Self { trace, core_hz: seen.core_hz, anchor })
    }

    /// From pend to the handler, in times of the recording. `None` if the recording has no such entry of `exception` there,
    /// though it tells those of others.
    #[must_use]
    pub fn window(&self, exception: u32, wait: &Wait) -> Option<Range<u64>> {
        let sought = self.time(wait.pended_at.saturating_add(wait.cycles))?;
        let entered = match self.trace.lane(LaneKind::Interrupt { exception }) {
            Some(_) => self.entry(exception, sought)?,
            // Of some handlers no trace tells, such as the one that switches tasks.
            None => sought,
        };
        Some(entered.saturating_sub(self.length(wait.cycles))..entered)
    }

    /// So many cycles of the core, in cycles of the trace.
    fn length(&self, cycles: u64) -> u64 {
        let scaled = u128::from(cycles) * u128::from(self.trace.clock_hz()) / u128::from(self.core_hz.max(1));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// The recording's time at a cycle of the core.
    fn time(&self, cycle: u64) -> Option<u64> {
        let (core, trace) = self.anchor;
        match cycle.checked_sub(core) {
            Some(since) => trace.checked_add(self.length(since)),
            None => trace.checked_sub(self.length(core - cycle)),
        }
    }

    /// When the handler began, in the recording's time: the entry next to `sought`.
    fn entry(&self, exception: u32, sought: u64) -> Option<u64> {
        let lane = self.trace.lane(LaneKind::Interrupt { exception })?;
        let off = self.length(TOLERANCE) + 1;
        let window = self.trace.shown_window(sought.saturating_sub(off)..sought.saturating_add(off));
        let begins = |index: usize| match index.checked_sub(1).and_then(|before| lane.span(before, self.trace.end())) {
            // What is told behind a loss may have begun before.
            Some(before) => before.state == State::Dormant,
            None => true,
        };
        lane.spans(window, self.trace.end())
            .filter(|span| span.state.is_on_cpu() && begins(span.index))
            .map(|span| self.trace.recorded(span.start))
            .filter(|time| time.abs_diff(sought) <= off)
            .min_by_key(|time| time.abs_diff(sought))
    }
}
