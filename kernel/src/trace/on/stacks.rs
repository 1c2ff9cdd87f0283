//! The least free stack of each task: a few words are looked at whenever nothing is ready, so no task's time is spent on it.
//!
//! Where something is ready all the time, nothing is told. Of a stack's blind spots tells [`crate::stack`]. A task that was
//! spawned in a slot is not looked at.

use super::{numbers, tells};
use crate::lock::{Locked, Protected};
use crate::{stack, table};
use bluekernel_abi::TaskState;
use bluekernel_abi::wire::{group, head};
use core::cell::Cell;
use core::ops::ControlFlow;

/// Words that are looked at in one go, under the mask: five instructions each.
const WORDS: usize = 4;
/// Words that nobody looks at in front of each stack, so that small stacks are not told all the time.
const REST: isize = 64;

/// What is to be looked at next.
struct Place {
    /// The task's place among the definitions.
    definition: Cell<u8>,
    /// The word in its stack; below 0 there is none.
    word: Cell<isize>,
}

static PLACE: Protected<Place> = Protected::new(Place { definition: Cell::new(0), word: Cell::new(0) });

/// Looks at the next words, and tells of a task whose stack is done with. Nothing is ready.
#[inline(always)]
pub(super) fn look(locked: Locked<'_>) {
    if !tells(group::MEMORY) {
        return;
    }
    let place = PLACE.get(locked);
    let word = place.word.get();
    let Ok(from) = usize::try_from(word) else { return place.word.set(word + WORDS as isize) };
    let Some(definition) = table::definition_at(place.definition.get()) else { return place.definition.set(0) };
    let (start, bytes) = definition.stack();
    match stack::look(start, bytes, from, WORDS) {
        ControlFlow::Continue(word) => place.word.set(word as isize),
        ControlFlow::Break(free) => {
            place.definition.set(place.definition.get().wrapping_add(1));
            place.word.set(-REST);
            // The stack of one that was never started is not painted.
            if definition.control.get(locked).state() != TaskState::Dormant {
                let task = table::control_number(definition.control).into();
                numbers(locked, head::STACK, task, free as u32);
            }
        }
    }
}
