//! What was done to one object, in order of time.

use std::collections::BTreeMap;

use bluekernel_abi::ObjectOp;

use crate::model::{Actor, Operation, Trace};

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

impl Step {
    /// What `operation` was to its object.
    pub(crate) const fn of(operation: &Operation) -> Self {
        Self { time: operation.time, op: operation.op, value: operation.value, by: operation.by() }
    }

    /// Whether somebody locks without becoming the owner: then the object has readers, and its values count them.
    pub(crate) fn is_reader(&self) -> bool {
        match (self.op, self.by) {
            (ObjectOp::Lock, Actor::Task(task)) => u64::from(self.value) != u64::from(task) + 1,
            (ObjectOp::Lock, Actor::Handler(_)) => true,
            _ => false,
        }
    }
}

/// The operations of `trace` from `since` on, by object.
pub(super) fn by_object(trace: &Trace, since: u64) -> BTreeMap<u32, Vec<Step>> {
    let mut all: BTreeMap<u32, Vec<Step>> = BTreeMap::new();
    let operations = trace.operations();
    let first = operations.partition_point(|operation| operation.time < since);
    for operation in operations.iter().skip(first) {
        all.entry(operation.object).or_default().push(Step::of(operation));
    }
    all
}
