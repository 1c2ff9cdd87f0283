//! Lock order: who has A and takes B, and who has B and takes A, could wait for each other for ever on another day, also if
//! they never met in this trace.
//!
//! Each task that takes a lock while it has another one draws an arrow from the one to the other. A ring of arrows of
//! different tasks is a finding, unless they all have a common lock meanwhile, which keeps them apart; or where two meet at a
//! lock, both only read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bluekernel_abi::BlockReason;

use crate::objects::Hold;

use super::case::{Case, moment};
use super::finding::{Evidence, Finding, Lint, Moment, Severity};

/// How many locks that a task has at once are looked at, and how many arrows: bounds for damaged bytes.
const MAX_HELD: usize = 16;
const MAX_ARROWS: usize = 1024;
/// How many ways to draw one arrow are kept.
const MAX_WAYS: usize = 8;

/// How a task came to take one lock while it had another.
#[derive(Clone, Debug)]
struct Way {
    task: u32,
    /// Since when it had the first lock.
    held_since: u64,
    /// When it took the second, or began to wait for it.
    taken: u64,
    /// Whether it only reads under the first, and under the second.
    reads: (bool, bool),
    /// What else it had, every time.
    guards: BTreeSet<u32>,
}

/// From one lock to the other.
type Arrows = BTreeMap<(u32, u32), Vec<Way>>;

/// A task takes a lock, or begins to wait for it.
struct Taking {
    time: u64,
    lock: u32,
    reads: bool,
    /// Until when it has it; `None` for a wait.
    until: Option<u64>,
}

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let arrows = arrows(case);
    let mut told = BTreeSet::new();
    for (from, to) in arrows.keys().copied() {
        let Some(ring) = ring(&arrows, from, to) else { continue };
        let mut key = ring.clone();
        key.sort_unstable();
        if !told.contains(&key)
            && let Some(ways) = ways(&arrows, &ring)
        {
            told.insert(key);
            findings.push(finding(case, &ring, &ways));
        }
    }
}

fn arrows(case: &Case<'_>) -> Arrows {
    let mut by_task: BTreeMap<u32, Vec<Taking>> = BTreeMap::new();
    for (lock, holds) in case.locks.all(case.objects) {
        for Hold { task, start, end, shared, .. } in holds.iter().filter(|hold| hold.start_known) {
            by_task.entry(*task).or_default().push(Taking { time: *start, lock, reads: *shared, until: Some(*end) });
        }
    }
    for wait in case.locks.waits() {
        let reads = wait.reason == BlockReason::ReadLock;
        by_task.entry(wait.task).or_default().push(Taking { time: wait.start, lock: wait.object, reads, until: None });
    }
    let mut arrows = Arrows::new();
    for (task, mut takings) in by_task {
        takings.sort_by_key(|taking| (taking.time, taking.lock));
        let mut held: Vec<&Taking> = Vec::new();
        for taking in &takings {
            held.retain(|other| other.until.is_some_and(|until| until > taking.time));
            let locks: BTreeSet<u32> = held.iter().map(|other| other.lock).collect();
            for first in held.iter().filter(|first| first.lock != taking.lock && first.time < taking.time) {
                let mut guards = locks.clone();
                guards.remove(&first.lock);
                let (held_since, taken, reads) = (first.time, taking.time, (first.reads, taking.reads));
                draw(&mut arrows, (first.lock, taking.lock), Way { task, held_since, taken, reads, guards });
            }
            if taking.until.is_some() && held.len() < MAX_HELD {
                held.push(taking);
            }
        }
    }
    arrows
}

fn draw(arrows: &mut Arrows, arrow: (u32, u32), way: Way) {
    if arrows.len() >= MAX_ARROWS && !arrows.contains_key(&arrow) {
        return;
    }
    let ways = arrows.entry(arrow).or_default();
    if let Some(same) = ways.iter_mut().find(|other| (other.task, other.reads) == (way.task, way.reads)) {
        same.guards.retain(|guard| way.guards.contains(guard));
    } else if ways.len() < MAX_WAYS {
        ways.push(way);
    }
}

/// The shortest ring that begins with the arrow `from` to `to`: its locks.
fn ring(arrows: &Arrows, from: u32, to: u32) -> Option<Vec<u32>> {
    let mut before: BTreeMap<u32, u32> = BTreeMap::from([(to, from)]);
    let mut next = VecDeque::from([to]);
    while let Some(lock) = next.pop_front() {
        for (_, further) in arrows.range((lock, 0)..=(lock, u32::MAX)).map(|(arrow, _)| *arrow) {
            if further == from {
                let mut ring: Vec<u32> = std::iter::successors(Some(lock), |lock| before.get(lock).copied()).collect();
                ring.reverse();
                return Some(ring);
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = before.entry(further) {
                entry.insert(lock);
                next.push_back(further);
            }
        }
    }
    None
}

/// A way for each arrow of `ring` such that they could all happen at once.
fn ways(arrows: &Arrows, ring: &[u32]) -> Option<Vec<Way>> {
    let pairs: Vec<(u32, u32)> = ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).collect();
    let mut chosen: Vec<Way> = Vec::new();
    choose(arrows, &pairs, &mut chosen).then_some(chosen)
}

fn choose(arrows: &Arrows, pairs: &[(u32, u32)], chosen: &mut Vec<Way>) -> bool {
    // More tasks than that in one ring are as many as nobody has.
    if pairs.len() > MAX_WAYS {
        return false;
    }
    let Some(pair) = pairs.get(chosen.len()) else { return is_possible(chosen) };
    for way in arrows.get(pair).into_iter().flatten() {
        if chosen.iter().any(|other| other.task == way.task) {
            continue;
        }
        chosen.push(way.clone());
        if choose(arrows, pairs, chosen) {
            return true;
        }
        chosen.pop();
    }
    false
}

/// Whether nothing keeps the tasks of a ring apart, and each really waits for the next.
fn is_possible(ways: &[Way]) -> bool {
    let apart = ways
        .iter()
        .enumerate()
        .any(|(at, one)| ways.iter().skip(at + 1).any(|other| one.guards.intersection(&other.guards).next().is_some()));
    // Each takes what the next one has.
    let meets = ways.iter().zip(ways.iter().cycle().skip(1));
    !apart && meets.into_iter().all(|(taker, owner)| !(taker.reads.1 && owner.reads.0))
}

fn finding(case: &Case<'_>, ring: &[u32], ways: &[Way]) -> Finding {
    let names: Vec<String> = ring.iter().map(|lock| case.object(*lock).name).collect();
    let next = |at: usize| names.get((at + 1) % names.len().max(1)).map_or("", String::as_str);
    let mut events: Vec<Moment> = Vec::new();
    let mut steps = Vec::new();
    for (at, (way, name)) in ways.iter().zip(&names).enumerate() {
        let task = case.task(way.task).name;
        steps.push(format!("{task} has {name} and takes {}", next(at)));
        events.push(moment(way.held_since, format!("{task} gets {name}")));
        events.push(moment(way.taken, format!("{task} has {name} and takes {}", next(at))));
    }
    events.sort_by_key(|event| event.time);
    let start = events.first().map_or(0, |event| event.time);
    let end = events.last().map_or(start, |event| event.time.saturating_add(1));
    Finding {
        lint: Lint::LockOrder,
        severity: Severity::Error,
        title: format!("{} are not always taken in the same order", names.join(", ")),
        text: format!(
            "{}. If they come between each other, they wait for ever. Take the locks in the same order everywhere",
            steps.join("; ")
        ),
        occurrences: 1,
        evidence: Evidence {
            window: start..end,
            tasks: ways.iter().map(|way| case.task(way.task)).collect(),
            objects: ring.iter().map(|lock| case.object(*lock)).collect(),
            interrupts: Vec::new(),
            events,
        },
    }
}
