//! Deadline misses: work that was done too late, or is not done yet.
//!
//! The kernel says when work was late; work that is still to do when the trace ends is late once its deadline has passed,
//! unless events were lost since it began.

use std::collections::HashMap;
use std::ops::Range;

use crate::model::{Class, JobStep};

use super::case::{Case, Occurrences, moment};
use super::finding::{Evidence, Finding, Lint, Moment, Severity};

/// A job that was released.
#[derive(Clone, Copy, Debug)]
struct Released {
    release: u64,
    begun: u64,
    done: Option<u64>,
}

/// A job that came too late.
struct Late {
    window: Range<u64>,
    object: u32,
    deadline: u64,
    begun: u64,
    done: Option<u64>,
}

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut jobs: HashMap<(u32, u32), Released> = HashMap::new();
    let mut late: Occurrences<u32, Late> = Occurrences::new();
    let limit = case.limits.deadline_late_us;
    let is_tolerated = |over: u64| limit > 0 && over <= case.cycles(limit);
    for job in case.trace.jobs() {
        let Some(task) = job.task else { continue };
        let key = (task, job.object);
        match job.step {
            JobStep::Release(release) => {
                jobs.insert(key, Released { release, begun: job.time, done: None });
            }
            JobStep::Done => {
                if let Some(released) = jobs.get_mut(&key) {
                    released.done = Some(job.time);
                }
            }
            JobStep::Miss(deadline) => {
                let over = job.time.saturating_sub(deadline);
                if is_tolerated(over) {
                    continue;
                }
                let released = jobs.get(&key).copied();
                let (release, begun) = released.map_or((deadline, deadline), |job| (job.release, job.begun));
                late.add(task, over, || Late {
                    window: release..job.time,
                    object: job.object,
                    deadline,
                    begun,
                    done: Some(released.and_then(|job| job.done).unwrap_or(job.time)),
                });
            }
        }
    }
    let end = case.trace.end();
    let mut open: Vec<_> = jobs.into_iter().filter(|(_, job)| job.done.is_none()).collect();
    open.sort_by_key(|(key, _)| *key);
    for ((task, object), job) in open {
        let Some(timing) = case.trace.task(task).timing.filter(|timing| timing.object == object) else { continue };
        let deadline = job.release.saturating_add(timing.deadline);
        if deadline < end && !is_tolerated(end - deadline) && case.trace.gaps_in(job.begun..end).is_empty() {
            let late_job = || Late { window: job.release..end, object, deadline, begun: job.begun, done: None };
            late.add(task, end - deadline, late_job);
        }
    }
    findings.extend(late.into_groups().map(|(task, group)| finding(case, task, group.count, &group.value)));
}

fn finding(case: &Case<'_>, task: u32, occurrences: u64, late: &Late) -> Finding {
    let name = case.task(task).name;
    let over = case.duration(late.window.end.saturating_sub(late.deadline));
    let title = match late.done {
        Some(_) => format!("{name} was done {over} after its deadline"),
        None => format!("{name} is not done {over} after its deadline"),
    };
    let took = case.duration(late.window.end - late.window.start);
    let spent = case.lane_of(task).map(|lane| lane.occupancy(late.window.clone())).unwrap_or_default();
    let part = |class| case.duration(spent.of(class));
    let text = format!(
        "{took} since its release: ran {}, was ready {}, waited for objects {}, slept {}, was interrupted {}",
        part(Class::Running),
        part(Class::Ready),
        part(Class::Waiting),
        part(Class::Sleeping),
        part(Class::Interrupted)
    );
    let mut events: Vec<Moment> = vec![
        moment(late.window.start, format!("{name} is released")),
        moment(late.begun, format!("{name} begins")),
        moment(late.deadline, format!("{name}'s deadline")),
    ];
    events.extend(late.done.map(|time| moment(time, format!("{name} is done"))));
    events.sort_by_key(|event| event.time);
    let (tasks, objects) = (vec![case.task(task)], vec![case.object(late.object)]);
    let evidence = Evidence { window: late.window.clone(), tasks, objects, interrupts: Vec::new(), events };
    Finding { lint: Lint::DeadlineMiss, severity: Severity::Error, title, text, occurrences, evidence }
}
