//! What the host does not want to hear: groups of events, and single tasks, objects and marks (feature `trace-filter`).
//!
//! Events of a group of which nothing is held back go the short way, for the price of one test ([`Filter::suspects`]). All
//! others are refused there, and [`Filter::holds_back`] is asked.

use bluekernel_abi::Named;
use bluekernel_abi::control::MOST_MUTED;
use bluekernel_abi::wire::{self, group};

/// What a task that runs can cause, and not wait for.
const BY_A_TASK: u32 = group::OBJECTS | group::USER | group::JOBS | group::POLLS | group::MEMORY | group::CALLS;
/// Whose events have an object's number as their first one.
const OF_AN_OBJECT: u32 = group::OBJECTS | group::JOBS | group::POLLS;

/// Where a group stands in an event's prefix: its number, in the upper bits.
const SHIFT: u32 = 28;

/// Where tags are.
pub(super) const TAGS: u32 = !0 << SHIFT;

/// The group of a head, where it stands in an event's prefix: its bit's number and one, or 0 for none.
pub(super) const fn tag(head: u8) -> u32 {
    (u32::BITS - wire::group_of(head).leading_zeros()) << SHIFT
}

/// The group of a tag.
const fn group_of(tag: u32) -> u32 {
    (1 << (tag >> SHIFT)) >> 1
}

const _: () = assert!(group::ALL.ilog2() + 1 < 1 << (u32::BITS - SHIFT), "every group has a tag");

/// One that is muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Muted {
    /// What it is.
    pub(crate) of: Named,
    /// Its number.
    pub(crate) id: u32,
}

/// What is held back. All zero is nothing.
pub(crate) struct Filter {
    /// The groups of which something is: bit n + 1 for group n, which is where a tag points.
    suspect: u32,
    /// The groups of which everything is.
    off: u32,
    muted: [Option<Muted>; MOST_MUTED],
}

impl Filter {
    /// Nothing.
    pub(crate) const fn new() -> Self {
        Self { suspect: 0, off: 0, muted: [None; MOST_MUTED] }
    }

    /// Whether events of a tag are to be asked for.
    #[inline(always)]
    pub(super) fn suspects(&self, tag: u32) -> bool {
        self.suspect >> (tag >> SHIFT) & 1 != 0
    }

    /// Whether an event of a tag, with this first number, is held back while `task` runs, if one does and no handler.
    pub(super) fn holds_back(&self, tag: u32, first: Option<u64>, task: Option<u8>) -> bool {
        if !self.suspects(tag) {
            return false;
        }
        let group = group_of(tag);
        self.off & group != 0
            || self.muted.iter().flatten().any(|muted| match muted.of {
                Named::Task => group & BY_A_TASK != 0 && task.is_some_and(|task| u32::from(task) == muted.id),
                Named::Object => group & OF_AN_OBJECT != 0 && first == Some(muted.id.into()),
                Named::Mark => group & group::USER != 0 && first == Some(muted.id.into()),
            })
    }

    /// Only these groups are to be told.
    pub(crate) fn set_groups(&mut self, groups: u32) {
        self.off = group::ALL & !groups;
        self.update();
    }

    /// Nothing is to be told of `one`; or it is, again.
    pub(crate) fn set_muted(&mut self, one: Muted, is_muted: bool) {
        let place = self.muted.iter().position(|muted| *muted == Some(one));
        let (place, value) = match is_muted {
            true => (place.or_else(|| self.muted.iter().position(Option::is_none)), Some(one)),
            false => (place, None),
        };
        if let Some(place) = place.and_then(|place| self.muted.get_mut(place)) {
            *place = value;
        }
        self.update();
    }

    /// Everything is to be told.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }

    /// The groups that are not off.
    pub(crate) fn groups(&self) -> u32 {
        group::ALL & !self.off
    }

    /// How many tasks, objects and marks are muted.
    pub(crate) fn muted(&self) -> u32 {
        self.muted.iter().flatten().count() as u32
    }

    fn update(&mut self) {
        let by_mutes = self.muted.iter().flatten().fold(0, |groups, muted| {
            groups
                | match muted.of {
                    Named::Task => BY_A_TASK,
                    Named::Object => OF_AN_OBJECT,
                    Named::Mark => group::USER,
                }
        });
        self.suspect = (self.off | by_mutes) << 1;
    }
}

#[cfg(test)]
mod tests;
