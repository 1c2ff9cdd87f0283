//! Tasks that are woken for nothing.
//!
//! Either they do not run before they wait again; or they look at a condition, find that it does not hold, and wait for it
//! again at once, and so time after time. A condition variable is the one object that wakes without handing anything over:
//! of the others, whoever is woken has what it waited for.

use std::collections::HashMap;
use std::ops::Range;

use bluekernel_abi::{BlockReason, ObjectOp};

use crate::model::{Class, State};
use crate::objects::{Wait, WaitEnd};

use super::case::{Case, Occurrences, moment};
use super::finding::{Evidence, Finding, Lint, Severity};

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut deeds: Option<HashMap<u32, Vec<u64>>> = None;
    for (task, lane) in case.tasks() {
        let mut never: Occurrences<(), Range<u64>> = Occurrences::new();
        let mut ready: Option<u64> = None;
        for span in lane.spans(0..u64::MAX, case.trace.end()) {
            if let (Some(since), State::Blocked { .. } | State::Dormant) = (ready, span.state)
                && case.trace.boots().binary_search(&span.start).is_err()
            {
                never.add((), span.start - since, || since..span.start);
            }
            ready = (span.state == State::Ready).then(|| ready.unwrap_or(span.start));
        }
        findings.extend(never.into_groups().map(|((), group)| without_run(case, task, group.count, group.value)));

        let waits = case.objects.waits_of(task);
        if waits.iter().any(|wait| wait.reason == BlockReason::Condition) {
            let deeds = deeds.get_or_insert_with(|| self::deeds(case));
            let own = deeds.get(&task).map_or(&[][..], Vec::as_slice);
            findings.extend(for_nothing(case, task, waits, own));
        }
    }
}

/// When each task did something that others can notice, locks aside, in order of time.
fn deeds(case: &Case<'_>) -> HashMap<u32, Vec<u64>> {
    let mut all: HashMap<u32, Vec<u64>> = HashMap::new();
    for operation in case.trace.operations() {
        if let (Some(task), false) = (operation.task, matches!(operation.op, ObjectOp::Lock | ObjectOp::Unlock)) {
            all.entry(task).or_default().push(operation.time);
        }
    }
    all
}

/// The longest rows of wake-ups after each of which the task waited for the same condition again at once.
fn for_nothing(case: &Case<'_>, task: u32, waits: &[Wait], deeds: &[u64]) -> Vec<Finding> {
    let short = case.cycles(case.limits.idle_wake_us);
    let Some(lane) = case.lane_of(task) else { return Vec::new() };
    let is_idle = |from: u64, to: u64| {
        let ran = lane.occupancy(from..to).of(Class::Running);
        let first = deeds.partition_point(|time| *time < from);
        ran <= short && deeds.get(first).is_none_or(|time| *time >= to)
    };
    let mut rows: Occurrences<u32, Range<u64>> = Occurrences::new();
    let mut row: Option<(u32, Range<u64>, u64)> = None;
    let mut last: Option<&Wait> = None;
    // The mutex that belongs to the condition is taken back on the way: a wait for it changes nothing.
    for wait in waits.iter().filter(|wait| wait.reason != BlockReason::Mutex) {
        let again = last.is_some_and(|last| {
            last.reason == BlockReason::Condition
                && (wait.reason, wait.object) == (last.reason, last.object)
                && matches!(last.ending, WaitEnd::Woken(_))
                && is_idle(last.end, wait.start)
        });
        row = match (row, last) {
            (Some((object, window, count)), _) if again => Some((object, window.start..wait.start, count + 1)),
            (None, Some(last)) if again => Some((wait.object, last.end..wait.start, 1)),
            (row, _) => {
                close(case, &mut rows, row);
                None
            }
        };
        last = Some(wait);
    }
    close(case, &mut rows, row);
    rows.into_groups().map(|(object, group)| spurious(case, task, object, group.worst, group.value)).collect()
}

fn close(case: &Case<'_>, rows: &mut Occurrences<u32, Range<u64>>, row: Option<(u32, Range<u64>, u64)>) {
    if let Some((object, window, count)) = row.filter(|(_, _, count)| *count >= case.limits.idle_wakes) {
        rows.add(object, count, || window);
    }
}

fn without_run(case: &Case<'_>, task: u32, occurrences: u64, window: Range<u64>) -> Finding {
    let named = case.task(task);
    let name = &named.name;
    let events = vec![
        moment(window.start, format!("{name} is ready")),
        moment(window.end, format!("{name} is not any more, and has not run")),
    ];
    let title = format!("{name} was woken, and did not run");
    let text =
        format!("{name} was stopped, or waits again, before it had the processor: who woke it did so for nothing");
    let evidence = Evidence { window, tasks: vec![named], objects: Vec::new(), interrupts: Vec::new(), events };
    let (lint, severity) = (Lint::WakeWithoutRun, Severity::Warning);
    Finding { lint, severity, title, text, occurrences, evidence }
}

fn spurious(case: &Case<'_>, task: u32, object: u32, count: u64, window: Range<u64>) -> Finding {
    let (named, condition) = (case.task(task), case.object(object));
    let name = &named.name;
    let title = format!("{name} was woken {count} times in a row for nothing by {}", condition.name);
    let text = format!(
        "each time it waited for {} again within {}, and did nothing else. Notify when the condition holds, and one task \
         rather than all",
        condition.name,
        case.duration(case.cycles(case.limits.idle_wake_us))
    );
    let events = vec![
        moment(window.start, format!("{name} is woken by {}", condition.name)),
        moment(window.end, format!("{name} waits for it again, the {count}th time in a row")),
    ];
    let evidence = Evidence { window, tasks: vec![named], objects: vec![condition], interrupts: Vec::new(), events };
    let (lint, severity) = (Lint::WakeWithoutRun, Severity::Warning);
    Finding { lint, severity, title, text, occurrences: count, evidence }
}
