//! Budgets against a recording: which hold, which do not, and which nobody can tell.

use std::ops::Range;

use serde::Serialize;

use crate::latency::Latencies;
use crate::lint::Lints;
use crate::model::Trace;
use crate::stats::{Statistics, Window};
use crate::{text, time};

use super::file::{Budget, Budgets};
use super::measure::{Measurement, Measuring};
use super::metric::Metric;
use super::mistake::Mistake;
use super::quantity::Quantity;
use super::resolve;
use super::words;

/// The schema name that the JSON carries.
pub const ASSERT_SCHEMA: &str = "bk.trace.assert/1";

/// Columns of the timelines that show where a budget failed.
const WIDTH: usize = 80;

/// What became of a file of budgets. All times are cycles of the trace clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`ASSERT_SCHEMA`].
    pub schema: &'static str,
    /// The board's name.
    pub board: String,
    /// Cycles in a second.
    pub clock_hz: u64,
    /// What was looked at.
    pub window: Window,
    /// Whether what tracing cost was taken away.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_tracing: bool,
    /// Whether every budget holds.
    pub holds: bool,
    /// What became of each, in the order of the file; one budget has several with `*`.
    pub budgets: Vec<Outcome>,
    /// Remarks about the trace.
    pub notes: Vec<String>,
}

/// What became of one budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// What the file calls it; the budget itself, if it has no name.
    pub name: String,
    /// The task or interrupt, if the budget speaks of several.
    pub subject: Option<String>,
    /// The budget as it stands in the file.
    pub budget: String,
    /// The line of the file, from 1.
    pub line: usize,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What was measured; `None` if there was nothing to measure.
    pub measured: Option<Measured>,
    /// What was measured, in words: `152.3 us`, `>= 3`, `nothing`.
    pub found: String,
    /// Why it does not hold, in words; empty if it does.
    pub why: String,
    /// Where to look, if it does not hold.
    pub evidence: Option<Evidence>,
}

/// Whether a budget holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does, whatever was lost.
    Holds,
    /// It does not, whatever was lost.
    Fails,
    /// The recording cannot show it: events were lost, or there is nothing to measure. This counts as a failure.
    CannotBeShown,
}

/// A number, or the bounds between which it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// What it counts: `cycles`, `core-cycles`, `cycles-of-window`, `count` or `bytes`.
    pub unit: &'static str,
    /// The truth is not smaller.
    pub least: u64,
    /// The truth is not larger; `None` if nobody can tell.
    pub most: Option<u64>,
}

/// Where a budget fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What is to be seen, in words.
    pub what: String,
    /// What is drawn: the place and a little around it.
    pub window: Window,
    /// The same as `bkctl trace view --window` takes it.
    pub view: String,
    /// The timeline of it, in characters.
    pub timeline: String,
}

impl Report {
    /// Checks `budgets` against `trace`.
    ///
    /// # Errors
    /// Every [`Mistake`]: a name that the recording does not know, a measure that is not there, a wrong unit, a window
    /// outside the recording. Then nothing is checked.
    pub fn of(budgets: &Budgets, trace: &Trace) -> Result<Self, Vec<Mistake>> {
        Self::with(budgets, trace, None)
    }

    /// The same, with what was seen of the run besides its recording.
    ///
    /// # Errors
    /// Those of [`Report::of`].
    pub fn with(budgets: &Budgets, trace: &Trace, latencies: Option<&Latencies>) -> Result<Self, Vec<Mistake>> {
        let window = window(budgets, trace).map_err(|mistake| vec![mistake])?;
        let statistics = Statistics::of_window(trace, window.clone());
        let (mut resolved, mut mistakes) = (Vec::new(), Vec::new());
        for budget in &budgets.budgets {
            match metrics(trace, &statistics, budget) {
                Ok(metrics) => resolved.extend(metrics.into_iter().map(|(subject, metric)| (budget, subject, metric))),
                Err(mistake) => mistakes.push(budget.source.locate(mistake)),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let asks = resolved.iter().any(|(_, _, metric)| matches!(metric, Metric::Lint(_)));
        let lints = Lints { limits: budgets.limits.clone(), latencies: latencies.cloned() };
        let findings = if asks { lints.run(trace) } else { Vec::new() };
        let measuring = Measuring { trace, statistics: &statistics, window: window.clone(), findings, latencies };
        let budgets: Vec<Outcome> = resolved
            .into_iter()
            .map(|(budget, subject, metric)| outcome(&measuring, budget, subject, &metric))
            .collect();
        Ok(Self {
            schema: ASSERT_SCHEMA,
            board: trace.header().board.clone(),
            clock_hz: trace.clock_hz(),
            window: Window { start: window.start, end: window.end }.recorded(trace),
            without_tracing: trace.is_without_tracing(),
            holds: budgets.iter().all(|outcome| outcome.verdict == Verdict::Holds),
            budgets,
            notes: statistics.notes,
        })
    }
}

/// The metrics that `budget` is about, each with the task or interrupt if it is about several.
fn metrics(trace: &Trace, statistics: &Statistics, budget: &Budget) -> Result<Vec<(Option<String>, Metric)>, Mistake> {
    let metrics = resolve::resolve(trace, statistics, &budget.expression.parts)?;
    if let Some((_, metric)) = metrics.first() {
        budget.expression.limit.check(metric.quantity())?;
    }
    Ok(metrics)
}

/// The window of the file, or the whole recording. The file speaks of the recording's time.
fn window(budgets: &Budgets, trace: &Trace) -> Result<Range<u64>, Mistake> {
    let whole = trace.recorded_window(trace.window());
    let read = |end: &Option<(String, Range<usize>)>, otherwise: u64| match end {
        None => Ok(otherwise),
        Some((text, span)) => time::parse(text, trace.clock_hz())
            .map_err(|error| Mistake::new(span.clone(), error.to_string(), "not a time")),
    };
    let (from, to) = (read(&budgets.from, whole.start)?, read(&budgets.to, whole.end)?);
    let place = || budgets.from.as_ref().or(budgets.to.as_ref()).map_or(0..0, |(_, span)| span.clone());
    if from >= whole.end && budgets.from.is_some() {
        let message = format!("the recording ends at {}, before the window", time::moment(whole.end, trace.clock_hz()));
        return Err(Mistake::new(place(), message, "nothing would be checked"));
    }
    if from >= to && (budgets.from.is_some() || budgets.to.is_some()) {
        return Err(Mistake::new(place(), "the window is empty", "it ends before it begins, or with it"));
    }
    Ok(trace.shown_window(from.max(whole.start)..to.min(whole.end)))
}

fn outcome(measuring: &Measuring<'_>, budget: &Budget, subject: Option<String>, metric: &Metric) -> Outcome {
    let (quantity, limit) = (metric.quantity(), &budget.expression.limit);
    let of = match quantity {
        Quantity::Time if metric.is_of_core() => measuring.latencies.map_or(1, |seen| seen.core_hz),
        Quantity::Time => measuring.trace.clock_hz(),
        Quantity::Share if matches!(metric, Metric::Tracing) => {
            let recorded = measuring.trace.recorded_window(measuring.window.clone());
            (recorded.end - recorded.start).max(1)
        }
        Quantity::Share => (measuring.window.end - measuring.window.start).max(1),
        Quantity::Count | Quantity::Bytes => 1,
    };
    let measurement = measuring.measure(metric);
    let holds = match measurement.nothing {
        Some(_) => None,
        None => {
            let least = limit.compare(measurement.least, of);
            let most = measurement.most.map(|most| limit.compare(most, of));
            budget.expression.comparison.holds(least, most)
        }
    };
    let verdict = match holds {
        Some(true) => Verdict::Holds,
        Some(false) => Verdict::Fails,
        None => Verdict::CannotBeShown,
    };
    let found = words::found(&measurement, quantity, of);
    let why = match (verdict, &measurement.nothing) {
        (Verdict::Holds, _) => String::new(),
        (_, Some(nothing)) => format!("cannot be shown: {nothing}"),
        (Verdict::Fails, None) => format!("measured {found}"),
        (Verdict::CannotBeShown, None) if measuring.statistics.losses.gaps > 0 => {
            format!("cannot be shown: events were lost; measured {found}")
        }
        (Verdict::CannotBeShown, None) => {
            format!("cannot be shown: the recording begins in the middle of a run; measured {found}")
        }
    };
    let unit = match quantity {
        Quantity::Time if metric.is_of_core() => "core-cycles",
        Quantity::Time => "cycles",
        Quantity::Share => "cycles-of-window",
        Quantity::Count => "count",
        Quantity::Bytes => "bytes",
    };
    Outcome {
        name: budget.name.clone(),
        subject,
        budget: budget.text.clone(),
        line: budget.line,
        verdict,
        measured: measurement.nothing.is_none().then_some(Measured {
            unit,
            least: measurement.least,
            most: measurement.most,
        }),
        found,
        why,
        evidence: (verdict != Verdict::Holds).then(|| evidence(measuring, measurement)),
    }
}

/// Where to look at what was measured, drawn.
fn evidence(measuring: &Measuring<'_>, measurement: Measurement) -> Evidence {
    let (trace, whole) = (measuring.trace, measuring.trace.window());
    let (what, shown) = match measurement.place {
        None => ("the whole window".to_owned(), measuring.window.clone()),
        Some((place, what)) => {
            // A quarter of its length on both sides, and at least ten microseconds, so that what led to it shows.
            let around = ((place.end - place.start) / 4).max(trace.clock_hz() / 100_000).max(1);
            let start = place.start.saturating_sub(around).max(whole.start);
            (what, start..place.end.saturating_add(around).min(whole.end).max(start))
        }
    };
    let recorded = Window { start: shown.start, end: shown.end }.recorded(trace);
    Evidence {
        what,
        view: format!("{}..{}", time::exact(recorded.start), time::exact(recorded.end)),
        window: recorded,
        timeline: text::timeline(trace, shown, WIDTH, text::Style::Unicode),
    }
}
