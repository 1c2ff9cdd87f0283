//! Names of tasks, interrupts and objects, looked up in a recording.

use std::collections::BTreeSet;

use bluekernel_abi::BlockReason;

use crate::model::{LaneKind, Trace};
use crate::stats::Statistics;

use super::expression::Part;
use super::mistake::Mistake;
use super::stretch::Cause;

/// What `part` says that a task waits for: a reason, an object, or the last part of an object's path.
pub(super) fn cause_of(trace: &Trace, statistics: &Statistics, part: &Part) -> Result<Cause, Mistake> {
    let reason = BlockReason::ALL.into_iter().find(|reason| reason.name() == part.text);
    if let (Some(reason), false) = (reason, part.quoted) {
        return Ok(Cause::Reason(reason));
    }
    let mut known: BTreeSet<String> = trace.header().objects.values().cloned().collect();
    let waited = statistics.tasks.iter().flat_map(|row| &row.blocked);
    known.extend(waited.filter_map(|wait| wait.object.clone()));
    if known.contains(&part.text) {
        return Ok(Cause::Object(part.text.clone()));
    }
    // The last part of a path, if only one has it.
    let mut short = known.iter().filter(|name| name.rsplit("::").next() == Some(&part.text));
    if let (Some(name), None) = (short.next(), short.next()) {
        return Ok(Cause::Object(name.clone()));
    }
    let known: Vec<String> = known.into_iter().chain(BlockReason::ALL.map(|reason| reason.name().to_owned())).collect();
    Err(Mistake::unknown("object", &part.text, part.span.clone(), &known))
}

/// Names with numbers.
pub(super) type Names = Vec<(String, u32)>;

pub(super) fn tasks(trace: &Trace) -> Names {
    let of_lanes = trace.lanes().iter().filter_map(|lane| match lane.kind() {
        LaneKind::Task { number } => Some(number),
        _ => None,
    });
    let numbers: BTreeSet<u32> = trace.header().tasks.iter().map(|task| task.number).chain(of_lanes).collect();
    numbers.into_iter().map(|number| (trace.header().task(number), number)).collect()
}

pub(super) fn interrupts(trace: &Trace) -> Names {
    let of_lanes = trace.lanes().iter().filter_map(|lane| match lane.kind() {
        LaneKind::Interrupt { exception } => Some(exception),
        _ => None,
    });
    let numbers: BTreeSet<u32> = trace.header().exceptions.keys().copied().chain(of_lanes).collect();
    numbers.into_iter().map(|number| (trace.header().exception(number), number)).collect()
}

/// What is called `part`; all that spoke, if it is `*`.
pub(super) fn named(
    trace: &Trace,
    known: Names,
    kind: &str,
    part: &Part,
) -> Result<Vec<(Option<String>, u32)>, Mistake> {
    if part.text == "*" && !part.quoted {
        let spoke = |number: u32| {
            let lane =
                if kind == "task" { LaneKind::Task { number } } else { LaneKind::Interrupt { exception: number } };
            trace.lane(lane).is_some()
        };
        let all = known.into_iter().filter(|(_, number)| spoke(*number));
        return Ok(all.map(|(name, number)| (Some(name), number)).collect());
    }
    let found: Vec<u32> = known.iter().filter(|(name, _)| *name == part.text).map(|(_, number)| *number).collect();
    match found.as_slice() {
        [] => {
            let names: Vec<String> = known.into_iter().map(|(name, _)| name).collect();
            Err(Mistake::unknown(kind, &part.text, part.span.clone(), &names))
        }
        [one] => Ok(vec![(None, *one)]),
        many => Ok(many.iter().map(|number| (Some(format!("{} #{number}", part.text)), *number)).collect()),
    }
}

/// The object that `part` names, as the statistics name it.
pub(super) fn object(statistics: &Statistics, part: &Part) -> Result<u32, Mistake> {
    let whole = statistics.objects.iter().find(|row| row.name == part.text);
    // The last part of a path, if only one has it.
    let mut short = statistics.objects.iter().filter(|row| row.name.rsplit("::").next() == Some(&part.text));
    let short = short.next().filter(|_| short.next().is_none());
    whole.or(short).map(|row| row.id).ok_or_else(|| {
        let known: Vec<String> = statistics.objects.iter().map(|row| row.name.clone()).collect();
        Mistake::unknown("object", &part.text, part.span.clone(), &known)
    })
}
