//! Queues that overflow: who sends must wait, because nobody has fetched what is in it.
//!
//! A `try_send` that is refused leaves no event: that the trace cannot tell.

use bluekernel_abi::{BlockReason, ObjectOp};

use crate::model::Actor;
use crate::objects::{Wait, WaitEnd};

use super::case::{Case, Group, Occurrences, moment};
use super::finding::{Evidence, Finding, Lint, Severity};

pub(super) fn find(case: &Case<'_>, findings: &mut Vec<Finding>) {
    let mut full: Occurrences<(u32, u32), Wait> = Occurrences::new();
    for (task, _) in case.tasks() {
        for wait in case.objects.waits_of(task).iter().filter(|wait| is_full(wait.reason)) {
            full.add((task, wait.object), wait.end - wait.start, || *wait);
        }
    }
    findings.extend(full.into_groups().map(|((task, object), group)| finding(case, task, object, &group)));
}

const fn is_full(reason: BlockReason) -> bool {
    matches!(reason, BlockReason::ChannelFull | BlockReason::QueueFull | BlockReason::PipeFull | BlockReason::Pool)
}

fn finding(case: &Case<'_>, task: u32, object: u32, group: &Group<Wait>) -> Finding {
    let wait = &group.value;
    let (sender, queue) = (case.task(task), case.object(object));
    let reader = reader(case, wait);
    let title = format!("{} waited {} because {} was full", sender.name, case.duration(group.worst), queue.name);
    let who = reader.map_or_else(
        || "nobody fetched anything meanwhile".to_owned(),
        |reader| format!("{} fetched the next item then", case.task(reader).name),
    );
    let text = format!(
        "{who}. If its reader is to keep up with bursts, it needs more room; if not, decide what to lose: try_send does not \
         wait"
    );
    let mut events = vec![moment(wait.start, format!("{} waits: {} is full", sender.name, queue.name))];
    match wait.ending {
        WaitEnd::Woken(_) => events.push(moment(wait.end, format!("{} goes on", sender.name))),
        WaitEnd::TimedOut => events.push(moment(wait.end, format!("{} gives up", sender.name))),
        WaitEnd::Stopped | WaitEnd::Lost | WaitEnd::Open => {}
    }
    let tasks = std::iter::once(task).chain(reader).map(|task| case.task(task)).collect();
    let (window, objects) = (wait.start..wait.end, vec![queue]);
    let evidence = Evidence { window, tasks, objects, interrupts: Vec::new(), events };
    let (lint, severity) = (Lint::QueueOverflow, Severity::Warning);
    Finding { lint, severity, title, text, occurrences: group.count, evidence }
}

/// The task that made room.
fn reader(case: &Case<'_>, wait: &Wait) -> Option<u32> {
    let steps = &case.objects.get(wait.object)?.steps;
    let from = steps.partition_point(|step| step.time < wait.start);
    let within = steps.get(from..)?.iter().take_while(|step| step.time <= wait.end);
    let mut fetched = within.filter(|step| matches!(step.op, ObjectOp::Receive | ObjectOp::Free));
    fetched.find_map(|step| match step.by {
        Actor::Task(task) if task != wait.task => Some(task),
        _ => None,
    })
}
