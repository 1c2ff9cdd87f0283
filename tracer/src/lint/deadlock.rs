//! Deadlock: tasks that wait for each other's locks in a ring, and for ever: until the trace ends, or the firmware is reset.

use std::collections::BTreeMap;

use crate::objects::{Wait, WaitEnd};

use super::case::{Case, moment};
use super::finding::{Evidence, Finding, Lint, Severity};

/// A task that waits: until when, for whom, for which lock.
#[derive(Clone, Copy, Debug)]
struct Stuck {
    wait: Wait,
    owner: u32,
}

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    // All that ended at the same time, in the same way: at the end of the trace, or in a reset.
    let mut ends: BTreeMap<u64, BTreeMap<u32, Stuck>> = BTreeMap::new();
    for wait in case.locks.waits().iter().filter(|wait| matches!(wait.ending, WaitEnd::Open | WaitEnd::Stopped)) {
        let Some(last) = wait.end.checked_sub(1) else { continue };
        if let Some((hold, _)) = case.locks.waits_for(case.trace, case.objects, wait.task, last.max(wait.start)) {
            ends.entry(wait.end).or_default().insert(wait.task, Stuck { wait: *wait, owner: hold.task });
        }
    }
    for stuck in ends.values() {
        findings.extend(rings(stuck).into_iter().map(|ring| finding(case, stuck, &ring)));
    }
}

/// The rings among those who wait: each begins with its lowest number.
fn rings(stuck: &BTreeMap<u32, Stuck>) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    // Each task waits for one: the paths from all of them are walked once, and a path that meets itself has a ring.
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    for start in stuck.keys() {
        let (mut path, mut task) = (Vec::new(), *start);
        while let (Some(next), false) = (stuck.get(&task), seen.contains_key(&task)) {
            seen.insert(task, *start);
            path.push(task);
            task = next.owner;
        }
        if let (Some(place), Some(by)) = (path.iter().position(|other| *other == task), seen.get(&task))
            && by == start
            && let Some(ring) = path.get(place..)
        {
            let mut ring = ring.to_vec();
            let lowest = ring.iter().enumerate().min_by_key(|(_, task)| **task).map_or(0, |(place, _)| place);
            ring.rotate_left(lowest);
            found.push(ring);
        }
    }
    found
}

fn finding(case: &Case<'_>, stuck: &BTreeMap<u32, Stuck>, ring: &[u32]) -> Finding {
    let members: Vec<&Stuck> = ring.iter().filter_map(|task| stuck.get(task)).collect();
    let steps: Vec<String> = members
        .iter()
        .map(|stuck| {
            let (task, owner) = (case.task(stuck.wait.task).name, case.task(stuck.owner).name);
            format!("{task} waits for {}, which {owner} has", case.object(stuck.wait.object).name)
        })
        .collect();
    let names: Vec<String> = ring.iter().map(|task| case.task(*task).name).collect();
    let title = match names.as_slice() {
        [one] => format!("{one} waits for itself"),
        _ => format!("{} wait for each other", names.join(", ")),
    };
    let text = format!("{}. Take locks in the same order everywhere, or wait with a time-out", steps.join("; "));
    let mut events: Vec<_> =
        members.iter().zip(&steps).map(|(stuck, step)| moment(stuck.wait.start, step.clone())).collect();
    events.sort_by_key(|event| event.time);
    let start = members.iter().map(|stuck| stuck.wait.start).min().unwrap_or_default();
    let end = members.iter().map(|stuck| stuck.wait.end).max().unwrap_or(start);
    let evidence = Evidence {
        window: start..end,
        tasks: ring.iter().map(|task| case.task(*task)).collect(),
        objects: members.iter().map(|stuck| case.object(stuck.wait.object)).collect(),
        interrupts: Vec::new(),
        events,
    };
    Finding { lint: Lint::Deadlock, severity: Severity::Error, title, text, occurrences: 1, evidence }
}
