//! Priority inversion: a task waits for a lock that a less important one has.
//!
//! ```text
//!  sensor  7  ▓▓▓░░░░░░░░░░░░░░░░░░░▓▓▓     ░ waits for the lock
//!  worker  3  ────────▓▓▓▓▓▓▓▓▓▓────────    runs, and knows of neither
//!  logger  1  ▓▓──▓▓▓▓──────────▓▓▓▓────    has the lock, and is ready
//! ```
//! That is *unbounded* where a task of an importance between the two runs while the owner could: it, and others like it, may do
//! so for any time. A mutex raises its owner, so this happens with locks that do not: semaphores, and readers of a
//! reader-writer lock. It is *bounded* where nobody between them runs; then it counts if it takes long.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::Class;
use crate::objects::{Ending, Hold, ObjectKind, Wait};

use super::case::{Case, Group, Occurrences, moment};
use super::finding::{Evidence, Finding, Lint, Moment, Severity};
use super::locks::Chain;
use super::runs::Runs;

/// How many of those that ran in between are named.
const NAMED: usize = 3;

/// Who waits, who has it, and what.
type Parties = (u32, u32, u32);

/// A wait for what a less important task has.
struct Inverted {
    wait: Wait,
    hold: Hold,
    /// Who would have had to run: the owner, or whom that waits for.
    root: u32,
    /// The locks between the owner and `root`.
    chain: Vec<u32>,
    /// Those that ran in between, most first, with their cycles.
    between: Vec<(u32, u64)>,
    /// When the first of them ran.
    from: u64,
}

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let bound = case.cycles(case.limits.bounded_inversion_us);
    let mut runs: Option<Runs> = None;
    let (mut unbounded, mut bounded) = (Occurrences::new(), Occurrences::new());
    for wait in case.locks.waits() {
        let window = wait.start..wait.end;
        for hold in case.locks.holds_in(case.objects, wait.object, &window) {
            let overlap = hold.start.max(window.start)..hold.end.min(window.end);
            if hold.task == wait.task || overlap.is_empty() {
                continue;
            }
            let key = (wait.task, hold.task, wait.object);
            let runs = runs.get_or_insert_with(|| Runs::of(case));
            let length = overlap.end - overlap.start;
            if let Some(inverted) = inverted(case, runs, wait, &hold, overlap) {
                unbounded.add(key, window.end - window.start, || inverted);
            } else if length > bound && is_below(case, hold.task, wait) {
                bounded.add(key, length, || (*wait, hold));
            }
        }
    }
    findings.extend(unbounded.into_groups().map(|(key, group)| without_bound(case, key, &group)));
    findings.extend(bounded.into_groups().map(|(key, group)| with_bound(case, key, &group)));
}

/// Whether `task` is less important than who waits.
fn is_below(case: &Case<'_>, task: u32, wait: &Wait) -> bool {
    let priority = |task| case.priorities.base(task, wait.start);
    priority(task).zip(priority(wait.task)).is_some_and(|(owner, waiter)| owner < waiter)
}

/// What ran within `overlap` although whom `wait` waits for could, if anything did.
fn inverted(case: &Case<'_>, runs: &Runs, wait: &Wait, hold: &Hold, overlap: Range<u64>) -> Option<Inverted> {
    let waiter = case.priorities.base(wait.task, wait.start)?;
    let mut between: BTreeMap<u32, u64> = BTreeMap::new();
    let mut first: Option<(u64, u32, Vec<u32>)> = None;
    for run in runs.within(overlap) {
        // Who was raised as far as the waiter is helps somebody at least as important.
        let is_between = case.priorities.effective(run.task, run.start).is_some_and(|priority| priority < waiter);
        if run.task == wait.task || run.task == hold.task || !is_between {
            continue;
        }
        let importance = case.priorities.base(run.task, run.start);
        let mut time = run.start;
        while time < run.end {
            let Chain { root, locks, until } = case.locks.chain(case.trace, case.objects, hold.task, time);
            let piece = time..until.min(run.end);
            time = piece.end;
            let is_below =
                case.priorities.base(root, piece.start).zip(importance).is_some_and(|(root, runs)| root < runs);
            let (true, Some(lane)) = (is_below && root != run.task, case.lane_of(root)) else { continue };
            let ready = lane.occupancy(piece.clone()).of(Class::Ready);
            if ready > 0 {
                *between.entry(run.task).or_default() += ready;
                first.get_or_insert((piece.start, root, locks));
            }
        }
    }
    let (from, root, chain) = first?;
    let mut between: Vec<(u32, u64)> = between.into_iter().collect();
    between.sort_by_key(|(task, cycles)| (std::cmp::Reverse(*cycles), *task));
    Some(Inverted { wait: *wait, hold: *hold, root, chain, between, from })
}

fn without_bound(case: &Case<'_>, (waiter, owner, lock): Parties, group: &Group<Inverted>) -> Finding {
    let Inverted { wait, hold, root, chain, between, from } = &group.value;
    let (name, holder, object) = (case.task(waiter).name, case.task(owner).name, case.object(lock));
    let with = |task: u32| {
        let priority =
            case.priorities.base(task, wait.start).map_or_else(|| "?".to_owned(), |number| number.to_string());
        format!("{} (priority {priority})", case.task(task).name)
    };
    let named = between.get(..NAMED).unwrap_or(between);
    let ran: Vec<String> =
        named.iter().map(|(task, cycles)| format!("{} ran {}", with(*task), case.duration(*cycles))).collect();
    let stuck = if *root == owner { String::new() } else { format!(", which itself waited for {}", with(*root)) };
    let text = format!(
        "{} waited {} for {}, which {} had{stuck}; {} of that, while {} was ready. {}",
        with(waiter),
        case.duration(wait.end - wait.start),
        object.name,
        with(owner),
        ran.join(", "),
        case.task(*root).name,
        remedy(case, lock)
    );
    let first = between.first().map(|(task, _)| case.task(*task).name).unwrap_or_default();
    let mut events = story(case, wait, hold);
    events.push(moment(*from, format!("{first} runs, and {} does not", case.task(*root).name)));
    events.sort_by_key(|event| event.time);
    let tasks = [waiter, owner].into_iter().chain((*root != owner).then_some(*root));
    let tasks = tasks.chain(named.iter().map(|(task, _)| *task)).map(|task| case.task(task)).collect();
    let objects = std::iter::once(lock).chain(chain.iter().copied()).map(|id| case.object(id)).collect();
    Finding {
        lint: Lint::PriorityInversion,
        severity: Severity::Error,
        title: format!("{name} waits for {holder}, which has {}, and {first} runs: nothing bounds that", object.name),
        text,
        occurrences: group.count,
        evidence: Evidence { window: wait.start..wait.end, tasks, objects, interrupts: Vec::new(), events },
    }
}

/// Why the owner was not raised, and what helps.
fn remedy(case: &Case<'_>, lock: u32) -> &'static str {
    match case.objects.get(lock).map(|object| object.kind) {
        Some(ObjectKind::Semaphore) => {
            "It is a semaphore, which does not know who has it: a Mutex raises its owner as far as who waits for it"
        }
        // Whoever writes is raised.
        Some(ObjectKind::RwLock) => {
            "Readers of a reader-writer lock are not raised: a Mutex raises its owner as far as who waits for it"
        }
        _ => "Its owner was not raised as far as who waits for it",
    }
}

fn with_bound(case: &Case<'_>, (waiter, owner, lock): Parties, group: &Group<(Wait, Hold)>) -> Finding {
    let (wait, hold) = &group.value;
    let (name, holder, object) = (case.task(waiter).name, case.task(owner).name, case.object(lock));
    let length = case.duration(group.worst);
    let title = format!("{name} waited {length} for {}, which the less important {holder} had", object.name);
    let text = format!(
        "nobody between them ran, so this ends with {holder}'s critical section; but that is long. Do the slow part \
         before or behind it, and do not wait for anything within"
    );
    Finding {
        lint: Lint::PriorityInversion,
        severity: Severity::Warning,
        title,
        text,
        occurrences: group.count,
        evidence: Evidence {
            window: wait.start..wait.end,
            tasks: vec![case.task(waiter), case.task(owner)],
            objects: vec![object],
            interrupts: Vec::new(),
            events: story(case, wait, hold),
        },
    }
}

/// What happened to the lock, in order of time.
fn story(case: &Case<'_>, wait: &Wait, hold: &Hold) -> Vec<Moment> {
    let (name, holder, object) = (case.task(wait.task).name, case.task(hold.task).name, case.object(wait.object).name);
    let mut events = vec![moment(wait.start, format!("{name} waits for {object}"))];
    if hold.start_known {
        events.push(moment(hold.start, format!("{holder} gets {object}")));
    }
    if hold.ending == Ending::Done {
        events.push(moment(hold.end, format!("{holder} gives {object} back")));
    }
    events.sort_by_key(|event| event.time);
    events
}
