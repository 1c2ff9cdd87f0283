//! Objects with more than one list of waiting tasks: a wait names the list, which has a number of its own.
//!
//! Condition variables, barriers and watches have two lists of a word each that take turns, and reader-writer locks one behind
//! their gate, for the writer whose turn it is. Operations name the object by its first word.

use std::collections::BTreeMap;

use bluekernel_abi::BlockReason;

use super::kind::ObjectKind;

/// The list behind a gate begins within so many words of the reader-writer lock.
const GATE_WORDS: u32 = 6;

/// How many words behind its own number a number still means an object of `kind`.
pub(super) const fn words(kind: ObjectKind) -> u32 {
    match kind {
        ObjectKind::Condvar | ObjectKind::Barrier | ObjectKind::Watch => 1,
        ObjectKind::RwLock => GATE_WORDS,
        _ => 0,
    }
}

/// The object of the list `id` that a task waits in because of `reason`. `known` has the objects that something was done to, as
/// what their first operations show them.
pub(crate) fn whole(known: &BTreeMap<u32, ObjectKind>, reason: BlockReason, id: u32) -> u32 {
    let shown = match ObjectKind::of_reason(reason) {
        ObjectKind::RwLock => ObjectKind::Mutex,
        _ => ObjectKind::Notice,
    };
    let reach = match reason {
        // Who wants to read waits at the gate.
        BlockReason::ReadLock => 0,
        _ => words(ObjectKind::of_reason(reason)),
    };
    let nearest = known.range(id.saturating_sub(reach)..=id).next_back();
    nearest.filter(|(nearest, kind)| **nearest == id || **kind == shown).map_or(id, |(nearest, _)| *nearest)
}
