//! Starvation: a task that could run does not, for long, because others do.

use std::ops::Range;

use crate::model::{Lane, State};

use super::case::{Case, Occurrences, moment};
use super::finding::{Evidence, Finding, Lint, Severity};

/// How many of those that ran are named.
const NAMED: usize = 3;

/// A stretch of being ready.
#[derive(Clone, Debug)]
struct Starved {
    window: Range<u64>,
    /// Whether it lasts when the trace ends.
    open: bool,
}

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let bound = case.cycles(case.limits.starvation_us);
    for (task, lane) in case.tasks() {
        let mut found: Occurrences<(), Starved> = Occurrences::new();
        for starved in stretches(lane, case.trace.end()) {
            let length = starved.window.end - starved.window.start;
            if length > bound {
                found.add((), length, || starved);
            }
        }
        for (_, group) in found.into_groups() {
            findings.extend(finding(case, task, group.count, &group.value));
        }
    }
}

/// Where a task is ready without a break.
fn stretches(lane: &Lane, end: u64) -> Vec<Starved> {
    let mut found: Vec<Starved> = Vec::new();
    let mut before = State::Unknown;
    for span in lane.spans(0..u64::MAX, end) {
        match found.last_mut() {
            Some(last) if span.state == State::Ready && before == State::Ready => {
                (last.window.end, last.open) = (span.end, span.open);
            }
            _ if span.state == State::Ready => {
                found.push(Starved { window: span.start..span.end, open: span.open });
            }
            _ => {}
        }
        before = span.state;
    }
    found
}

fn finding(case: &Case<'_>, task: u32, occurrences: u64, starved: &Starved) -> Option<Finding> {
    let window = starved.window.clone();
    let mut ran = case.who_ran(&window);
    ran.truncate(NAMED);
    let (culprit, _) = *ran.first()?;
    let (name, first) = (case.task(task).name, case.task(culprit).name);
    let length = case.duration(window.end - window.start);
    let severity = if starved.open { Severity::Error } else { Severity::Warning };
    let title = match severity {
        Severity::Error => format!("{name} starves: ready for {length}, and does not run any more"),
        Severity::Warning => format!("{name} was ready for {length} before it ran"),
    };
    let shares: Vec<String> = ran
        .iter()
        .map(|(other, cycles)| format!("{} ran {}", case.task(*other).name, case.duration(*cycles)))
        .collect();
    let text = format!(
        "meanwhile {}. A task that waits must give the processor away (receive, take, sleep); one that has much to do must \
         be less important than {name}, or do it in pieces. Look at {first} first",
        shares.join(", ")
    );
    let mut events = vec![moment(window.start, format!("{name} is ready"))];
    if !starved.open {
        events.push(moment(window.end, format!("{name} runs")));
    }
    let tasks = std::iter::once(task).chain(ran.iter().map(|(other, _)| *other)).map(|task| case.task(task)).collect();
    let evidence = Evidence { window, tasks, objects: Vec::new(), interrupts: Vec::new(), events };
    Some(Finding { lint: Lint::Starvation, severity, title, text, occurrences, evidence })
}
