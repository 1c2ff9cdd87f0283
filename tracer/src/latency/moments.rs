//! Where in a recording the waits are that the simulator told in cycles of its own.
//!
//! The simulator counts from the moment power came on, the trace from when the kernel started its clock. About how far they
//! are apart, the moment tells at which the first record stood in memory. Exactly, the recording's own entries of the
//! handlers do: they lie as the ends of the waits lie, if they are moved by the right amount.

use std::ops::Range;

use crate::model::{LaneKind, State, Trace};

use super::{Latencies, Wait};

/// How far the clocks may be from what the first record tells, in cycles of the core: writing it takes a while, and so does
/// the way from a handler's first instruction to where the clock is read.
const NEAR: u64 = 1_000;

/// The same where the first record was written before the clock ran: in parts of a second.
const FAR: u64 = 500;

/// How much longer than others that way may be, in cycles of the core, for an entry to be the same.
const SAME: u64 = 200;

/// Translates cycles of the core into times of a trace.
#[derive(Clone, Copy, Debug)]
pub struct Moments<'a> {
    trace: &'a Trace,
    core_hz: u64,
    /// A cycle of the core, and the recording's time at it.
    anchor: (u64, u64),
    /// How much later than that the recording's entries are, in cycles of the trace.
    shift: i64,
}

impl<'a> Moments<'a> {
    /// `None` if nobody knows how the two clocks stand to each other.
    #[must_use]
    pub fn of(trace: &'a Trace, seen: &Latencies) -> Option<Self> {
        let first = trace.recorded(trace.start());
        // A trace that the simulator made counts as the simulator does.
        let from_outside = trace.header().from_outside.then_some((0, 0));
        let anchor = from_outside.or_else(|| Some((seen.began_at?, first)))?;
        let mut moments = Self { trace, core_hz: seen.core_hz, anchor, shift: 0 };
        let told = seen.exceptions.iter().flat_map(|row| row.longest.iter().map(|wait| (row.exception, wait)));
        let far = trace.clock_hz() / FAR;
        let sought: Vec<Sought> = told.filter_map(|(exception, wait)| moments.sought(exception, wait, far)).collect();
        let same = moments.length(SAME) + 1;
        // A clock that has not been started yet tells 0, and then the first record tells nothing.
        let near = (from_outside.is_some() || first > 0).then(|| moments.length(NEAR) + 1);
        let nearest = near.and_then(|near| shift(&sought, near, same).first().copied());
        moments.shift = nearest.map(|best| best.by).or_else(|| only(&shift(&sought, far, same), same))?;
        Some(moments)
    }

    /// From pend to the handler, in times of the recording. `None` if the recording has no such entry of `exception` there,
    /// though it tells those of others.
    #[must_use]
    pub fn window(&self, exception: u32, wait: &Wait) -> Option<Range<u64>> {
        let sought = self.end(wait)?.checked_add_signed(self.shift)?;
        let entered = match self.trace.lane(LaneKind::Interrupt { exception }) {
            Some(_) => {
                let off = self.length(NEAR) + 1;
                let entries = self.entries(exception, sought, off).into_iter();
                entries.min_by_key(|time| time.abs_diff(sought))?
            }
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

    /// When the wait ended, about.
    fn end(&self, wait: &Wait) -> Option<u64> {
        let (core, trace) = self.anchor;
        let cycle = wait.pended_at.saturating_add(wait.cycles);
        match cycle.checked_sub(core) {
            Some(since) => trace.checked_add(self.length(since)),
            None => trace.checked_sub(self.length(core - cycle)),
        }
    }

    /// The end of a wait, with all entries that it may be.
    fn sought(&self, exception: u32, wait: &Wait, off: u64) -> Option<Sought> {
        let time = self.end(wait)?;
        let entries = self.entries(exception, time, off);
        (!entries.is_empty()).then_some(Sought { time, entries })
    }

    /// When the handler began, no more than `off` from `time`, in the recording's times.
    fn entries(&self, exception: u32, time: u64, off: u64) -> Vec<u64> {
        let Some(lane) = self.trace.lane(LaneKind::Interrupt { exception }) else { return Vec::new() };
        let window = self.trace.shown_window(time.saturating_sub(off)..time.saturating_add(off));
        let begins = |index: usize| match index.checked_sub(1).and_then(|before| lane.span(before, self.trace.end())) {
            // What is told behind a loss may have begun before.
            Some(before) => before.state == State::Dormant,
            None => true,
        };
        lane.spans(window, self.trace.end())
            .filter(|span| span.state.is_on_cpu() && begins(span.index))
            .map(|span| self.trace.recorded(span.start))
            .filter(|entered| entered.abs_diff(time) <= off)
            .collect()
    }
}

/// The end of a wait as far as it is known, and the entries around it, in order.
struct Sought {
    time: u64,
    entries: Vec<u64>,
}

/// A way to lay the recording's entries over the ends of the waits.
#[derive(Clone, Copy)]
struct Shift {
    /// How much later the recording has them.
    by: i64,
    /// How many fit.
    fitting: usize,
    /// How much all are off in sum, and how far this is from what was expected.
    cost: (u64, u64),
}

/// The ways in which more than half of `sought` fit, no more than `off` from where they are: the best one first.
fn shift(sought: &[Sought], off: u64, same: u64) -> Vec<Shift> {
    let by = |time: u64, entered: u64| entered.cast_signed().wrapping_sub(time.cast_signed());
    let every = sought.iter().flat_map(|one| one.entries.iter().map(|entered| by(one.time, *entered)));
    let mut every: Vec<i64> = every.filter(|by| by.unsigned_abs() <= off).collect();
    every.sort_unstable();
    every.dedup();
    let fit = |by: i64| {
        let misses = sought.iter().map(|one| {
            let expected = one.time.saturating_add_signed(by);
            let behind = one.entries.partition_point(|entered| *entered < expected);
            let around = one.entries.get(behind.saturating_sub(1)..).unwrap_or_default().iter().take(2);
            around.map(|entered| entered.abs_diff(expected)).min().unwrap_or(u64::MAX)
        });
        let (mut fitting, mut sum) = (0, 0);
        for miss in misses {
            fitting += usize::from(miss <= same);
            sum += miss.min(same);
        }
        Shift { by, fitting, cost: (sum, by.unsigned_abs()) }
    };
    let mut found: Vec<Shift> = every.into_iter().map(fit).filter(|one| one.fitting * 2 > sought.len()).collect();
    found.sort_by_key(|one| (std::cmp::Reverse(one.fitting), one.cost));
    found
}

/// The best, unless another one is as good.
fn only(found: &[Shift], same: u64) -> Option<i64> {
    let best = found.first()?;
    let rival = |other: &Shift| other.fitting == best.fitting && other.by.abs_diff(best.by) > 2 * same;
    (!found.iter().any(rival)).then_some(best.by)
}
