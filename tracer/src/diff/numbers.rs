//! The numbers of two recordings side by side, matched by name.

use serde::Serialize;

use crate::stats::{InterruptRow, Statistics, TaskRow};

use super::report::Side;

/// One number of both recordings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Number {
    /// The task or interrupt, or `processor`.
    pub of: String,
    /// What it is: `response p99`.
    pub what: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Both values; `None` if there is nothing to count.
    pub value: Side<Option<f64>>,
    /// Whether events were lost, so that the true value may be another.
    pub uncertain: Side<bool>,
    /// By which part of `a` it changed: 0.5 is half as much again, -0.5 half as much; `None` if `a` is 0 or one of them is
    /// missing.
    pub change: Option<f64>,
    /// Whether that is beyond the threshold, and in which direction.
    pub verdict: Change,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// A part of the window's time, 0 to 1.
    Share,
    /// How often.
    Count,
    /// Bytes.
    Bytes,
}

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// None beyond the threshold.
    Same,
    /// Beyond the threshold, to the good.
    Better,
    /// Beyond the threshold, to the bad.
    Worse,
    /// Beyond the threshold, and whether that is good only the reader knows.
    Different,
}

/// Which direction is to the bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bad {
    More,
    Less,
    Neither,
}

/// A number of one recording.
struct Value {
    what: &'static str,
    unit: Unit,
    bad: Bad,
    value: Option<f64>,
}

/// Changes below these are noise, whatever part they are of a small number: a cycle or two, a ten-thousandth of the
/// processor. Not with a threshold of 0.
const fn noise(unit: Unit) -> f64 {
    match unit {
        Unit::Nanoseconds => 100.0,
        Unit::Share => 0.000_5,
        Unit::Count => 1.0,
        Unit::Bytes => 0.0,
    }
}

/// Every number that both have, in the order of `a`, and the tasks and interrupts that only one has. Of several with one
/// name the first belongs to the first.
pub(super) fn compare(a: &Statistics, b: &Statistics, threshold: f64) -> (Vec<Number>, Side<Vec<String>>) {
    let uncertain = Side { a: a.losses.gaps > 0, b: b.losses.gaps > 0 };
    let (mut numbers, mut only_a) = (Vec::new(), Vec::new());
    let mut rest: Vec<Option<(String, Vec<Value>)>> = rows(b).into_iter().map(Some).collect();
    for (of, values) in rows(a) {
        let same = rest.iter_mut().find(|other| other.as_ref().is_some_and(|(other, _)| *other == of));
        let Some((_, others)) = same.and_then(Option::take) else {
            only_a.push(of);
            continue;
        };
        for (a, b) in values.iter().zip(&others).filter(|(a, b)| a.value.is_some() || b.value.is_some()) {
            let (change, verdict) = judge(a, b, threshold);
            let value = Side { a: a.value, b: b.value };
            numbers.push(Number { of: of.clone(), what: a.what, unit: a.unit, value, uncertain, change, verdict });
        }
    }
    let only_b = rest.into_iter().flatten().map(|(of, _)| of).collect();
    (numbers, Side { a: only_a, b: only_b })
}

fn judge(a: &Value, b: &Value, threshold: f64) -> (Option<f64>, Change) {
    let (from, to) = match (a.value, b.value) {
        (Some(from), Some(to)) => (from, to),
        (None, None) => return (None, Change::Same),
        _ => return (None, Change::Different),
    };
    let change = (from != 0.0).then(|| (to - from) / from);
    let noise = if threshold > 0.0 { noise(a.unit) } else { 0.0 };
    let apart = (to - from).abs();
    let verdict = if apart <= noise || apart <= threshold * from.abs() {
        Change::Same
    } else {
        match (a.bad, to > from) {
            (Bad::Neither, _) => Change::Different,
            (Bad::More, true) | (Bad::Less, false) => Change::Worse,
            (Bad::More, false) | (Bad::Less, true) => Change::Better,
        }
    };
    (change, verdict)
}

/// The numbers of one recording, by what they are of.
fn rows(of: &Statistics) -> Vec<(String, Vec<Value>)> {
    let mut rows = vec![("processor".to_owned(), processor(of))];
    rows.extend(of.tasks.iter().map(|row| (row.name.clone(), task(row, of.clock_hz))));
    rows.extend(of.interrupts.iter().map(|row| (format!("isr {}", row.name), interrupt(row, of.clock_hz))));
    rows
}

fn processor(of: &Statistics) -> Vec<Value> {
    let length = of.window.end.saturating_sub(of.window.start);
    let share = |what, bad, cycles: u64| Value {
        what,
        unit: Unit::Share,
        bad,
        value: (length > 0).then(|| cycles as f64 / length as f64),
    };
    vec![
        share("tasks", Bad::Neither, of.cpu.tasks),
        share("interrupts", Bad::More, of.cpu.interrupts),
        share("kernel", Bad::More, of.cpu.kernel),
        share("idle", Bad::Less, of.cpu.idle),
        Value { what: "lost events", unit: Unit::Count, bad: Bad::More, value: Some(of.losses.events as f64) },
    ]
}

fn time(what: &'static str, cycles: Option<u64>, hz: u64) -> Value {
    let value = cycles.map(|cycles| cycles as f64 * 1e9 / hz.max(1) as f64);
    Value { what, unit: Unit::Nanoseconds, bad: Bad::More, value }
}

fn task(row: &TaskRow, hz: u64) -> Vec<Value> {
    let count = |what, count: u64| Value { what, unit: Unit::Count, bad: Bad::Neither, value: Some(count as f64) };
    let response = |cycles| (row.response.count > 0).then_some(cycles);
    vec![
        Value { what: "cpu", unit: Unit::Share, bad: Bad::More, value: Some(row.cpu) },
        count("runs", row.runs),
        count("switches", row.switches),
        time("response p50", response(row.response.p50), hz),
        time("response p99", response(row.response.p99), hz),
        time("response max", response(row.response.max), hz),
        time("ready", Some(row.ready_cycles), hz),
        time("blocked on objects", Some(row.waiting_cycles), hz),
        Value { what: "stack free", unit: Unit::Bytes, bad: Bad::Less, value: row.stack_free.map(f64::from) },
    ]
}

fn interrupt(row: &InterruptRow, hz: u64) -> Vec<Value> {
    let duration = |cycles| (row.duration.count > 0).then_some(cycles);
    vec![
        Value { what: "cpu", unit: Unit::Share, bad: Bad::More, value: Some(row.cpu) },
        Value { what: "count", unit: Unit::Count, bad: Bad::Neither, value: Some(row.count as f64) },
        time("duration p50", duration(row.duration.p50), hz),
        time("duration p99", duration(row.duration.p99), hz),
        time("duration max", duration(row.duration.max), hz),
    ]
}
