//! What two recordings have in common, and what not.

use serde::Serialize;

use crate::model::Trace;
use crate::recording::Recording;
use crate::stats::{Statistics, Window};

use super::divergence::{self, Schedules};
use super::numbers::{self, Change, Number};

/// The schema name that the JSON carries.
pub const DIFF_SCHEMA: &str = "bk.trace.diff/1";

/// The same of both recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Side<T> {
    /// Of the first.
    pub a: T,
    /// Of the second.
    pub b: T,
}

/// A recording and the trace of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The recording.
    pub recording: &'a Recording,
    /// [`Trace::of`] it.
    pub trace: &'a Trace,
}

/// What counts as a difference.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Numbers that changed by more than this part of theirs are told: 0.05 is 5 %. With 0 every change is.
    pub threshold: f64,
    /// By how many picoseconds the same step may come earlier or later; `None`: whenever.
    pub tolerance: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { threshold: 0.05, tolerance: None }
    }
}

/// Two recordings side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diff {
    /// [`DIFF_SCHEMA`].
    pub schema: &'static str,
    /// Whether nothing differs beyond what [`Options`] allow.
    pub same: bool,
    /// Cycles in a second.
    pub clock_hz: Side<u64>,
    /// Of which recording what tracing cost is taken away; its times are then as if tracing took none.
    #[serde(skip_serializing_if = "is_of_none")]
    pub without_tracing: Side<bool>,
    /// The whole of each recording, in cycles.
    pub recorded: Side<Window>,
    /// The time that was compared: as much as both have, in cycles of each.
    pub compared: Side<Window>,
    /// [`Options::threshold`].
    pub threshold: f64,
    /// Numbers that both have.
    pub numbers: Vec<Number>,
    /// Tasks and interrupts that only one has.
    pub alone: Side<Vec<String>>,
    /// How the schedules compare.
    pub schedules: Schedules,
}

impl Diff {
    /// Compares `a` with `b`.
    #[must_use]
    pub fn of(a: Source<'_>, b: Source<'_>, options: &Options) -> Self {
        let compared = common_time(a.trace, b.trace);
        let statistics =
            |source: &Source<'_>, window: &Window| Statistics::of_window(source.trace, window.start..window.end);
        let (of_a, of_b) = (statistics(&a, &compared.a), statistics(&b, &compared.b));
        let (numbers, alone) = numbers::compare(&of_a, &of_b, options.threshold);
        let schedules = divergence::compare(a, b, options.tolerance);
        let whole = |trace: &Trace| Window { start: trace.start(), end: trace.end() };
        let same = numbers.iter().all(|number| number.verdict == Change::Same)
            && alone.a.is_empty()
            && alone.b.is_empty()
            && schedules.complete;
        Self {
            schema: DIFF_SCHEMA,
            same,
            clock_hz: Side { a: a.trace.clock_hz(), b: b.trace.clock_hz() },
            without_tracing: Side { a: a.trace.is_without_tracing(), b: b.trace.is_without_tracing() },
            recorded: Side { a: whole(a.trace), b: whole(b.trace) },
            compared,
            threshold: options.threshold,
            numbers,
            alone,
            schedules,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_of_none(of: &Side<bool>) -> bool {
    !of.a && !of.b
}

/// As much of both, from their starts, as the shorter one has.
fn common_time(a: &Trace, b: &Trace) -> Side<Window> {
    let length = |trace: &Trace| u128::from(trace.end() - trace.start());
    let (hz_a, hz_b) = (u128::from(a.clock_hz()), u128::from(b.clock_hz()));
    let window = |trace: &Trace, length: u128| {
        let end = trace.start().saturating_add(u64::try_from(length).unwrap_or(u64::MAX)).min(trace.end());
        Window { start: trace.start(), end }
    };
    Side {
        a: window(a, length(a).min((length(b) * hz_a).div_ceil(hz_b.max(1)))),
        b: window(b, length(b).min((length(a) * hz_b).div_ceil(hz_a.max(1)))),
    }
}
