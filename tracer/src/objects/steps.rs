//! What was done to one object, in order of time.

use std::collections::BTreeMap;

use bluekernel_abi::ObjectOp;

use crate::model::{Actor, Trace};

/// One operation on an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, in cycles.
    pub time: u64,
    /// What was done.
    pub op: ObjectOp,
    /// The object's value afterwards: count, depth, flags; of a lock the owner's number + 1, or how many read.
    pub value: u32,
    /// Who did it.
    pub by: Actor,
}

/// The operations of `trace` by object.
pub(super) fn by_object(trace: &Trace) -> BTreeMap<u32, Vec<Step>> {
    let mut all: BTreeMap<u32, Vec<Step>> = BTreeMap::new();
    for operation in trace.operations() {
        let step = Step { time: operation.time, op: operation.op, value: operation.value, by: operation.by() };
        all.entry(operation.object).or_default().push(step);
    }
    all
}

/// Whether somebody locked without becoming the owner: then the values count readers.
pub(super) fn has_readers(steps: &[Step]) -> bool {
    steps.iter().any(|step| match (step.op, step.by) {
        (ObjectOp::Lock, Actor::Task(task)) => u64::from(step.value) != u64::from(task) + 1,
        (ObjectOp::Lock, Actor::Handler(_)) => true,
        _ => false,
    })
}
