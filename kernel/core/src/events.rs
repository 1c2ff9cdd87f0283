//! Event flags: 32 bits, and tasks that wait until any or all of some of them are set.
//!
//! Setting flags wakes every task whose wait they satisfy, the most important first. Each waiter is looked at under a
//! lock of its own, and woken under another, so others come in between. Five rules keep that as exact as if it happened at
//! once:
//!
//! 1. Waiters are compared with the flags as they were when they were set (`seen`), not with what a task that was woken
//!    has left of them since. Only `flags` itself is cleared meanwhile.
//! 2. Nobody sets flags while another's walk is under way: who wants to, from a handler or a more important task, first
//!    steps that walk to its end. So one `seen` is enough, and the two happen one after the other.
//! 3. Who comes to wait during a walk has compared the flags itself. It is not looked at: its wait carries the walk's
//!    `turn` already, as those do that were looked at. Every walk turns the bit.
//! 4. The walk goes on at a cursor. Whoever takes a waiter out of the list meanwhile, because its time is over or its
//!    priority changes, sets the cursor back to the head, and the walk passes by those it has looked at.
//! 5. Who was found satisfied has got the flags then, also if its time is over before it is woken; and before anybody else
//!    is looked at, it is woken, if it still waits.
//!
//! ```text
//!           set, nobody waits
//!             ┌──┐     set      ┌──────┐ step: look at one waiter, or wake it
//!             ▼  │ ───────────▶ │      │ ──┐
//!          ┌────────┐           │ walk │   │
//!          │ at rest│ ◀──────── │      │ ◀─┘
//!          └────────┘ last step └──────┘
//! ```

use crate::task::{Link, Table, TaskId};
use crate::wait::WaitList;
use core::cell::Cell;

/// The flags and who waits for them. All bytes 0 has none set.
#[repr(C)]
pub struct EventControl {
    list: WaitList,
    /// Bit 0: a walk is under way. Bit 1: its turn, or that of the last one.
    walk: Cell<u8>,
    /// Who is to be woken next.
    satisfied: Cell<Link>,
    flags: Cell<u32>,
    /// The flags that the walk compares with.
    seen: Cell<u32>,
}

const UNDER_WAY: u8 = 1;
const TURN: u8 = 2;

/// Which flags a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    flags: u32,
    all: bool,
    clears: bool,
}

impl Wanted {
    /// Any of `flags`.
    ///
    /// # Panics
    /// If `flags` is 0; at compile time for a constant.
    #[must_use]
    pub const fn any(flags: u32) -> Self {
        assert!(flags != 0, "waiting for no flag would never end");
        Self { flags, all: false, clears: false }
    }

    /// All of `flags`, whether they come together or one by one.
    ///
    /// # Panics
    /// If `flags` is 0; at compile time for a constant.
    #[must_use]
    pub const fn all(flags: u32) -> Self {
        Self { all: true, ..Self::any(flags) }
    }

    /// The same; and the awaited flags are cleared when the wait ends by them. All of them: also those that `any` did not
    /// need.
    #[must_use]
    pub const fn clear(self) -> Self {
        Self { clears: true, ..self }
    }

    /// The awaited flags.
    #[inline(always)]
    #[must_use]
    pub const fn flags(&self) -> u32 {
        self.flags
    }

    /// Whether the awaited flags are cleared when the wait ends by them.
    #[inline(always)]
    #[must_use]
    pub const fn clears(&self) -> bool {
        self.clears
    }

    /// Those of the awaited flags that are set in `flags`, if that is enough.
    #[inline(always)]
    const fn found_in(&self, flags: u32) -> Option<u32> {
        let found = flags & self.flags;
        if if self.all { found == self.flags } else { found != 0 } { Some(found) } else { None }
    }
}

/// A task's wait. It lives as long as the task waits.
#[derive(Debug)]
pub struct EventWait {
    wanted: Wanted,
    /// The turn of the last walk that has looked at this wait, or need not.
    turn: Cell<u8>,
    found: Cell<u32>,
}

impl EventWait {
    /// A wait that has yet to begin.
    #[must_use]
    pub const fn new(wanted: Wanted) -> Self {
        Self { wanted, turn: Cell::new(0), found: Cell::new(0) }
    }

    /// Which flags it is for.
    #[inline(always)]
    #[must_use]
    pub const fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// The flags that ended the wait, if flags did.
    #[must_use]
    pub fn found(&self) -> u32 {
        self.found.get()
    }

    /// The turn of the last walk that has looked at it.
    #[cfg(test)]
    pub(crate) fn turn(&self) -> u8 {
        self.turn.get()
    }
}

/// What came of a look at a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// This task has got its flags: wake it, under the same lock.
    Wake(TaskId),
    /// Nothing is to be done for it.
    Passed,
}

impl EventControl {
    /// No flag is set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            list: WaitList::new(),
            walk: Cell::new(0),
            satisfied: Cell::new(Link::NONE),
            flags: Cell::new(0),
            seen: Cell::new(0),
        }
    }

    /// The list to wait in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// The flags that are set.
    #[inline(always)]
    #[must_use]
    pub fn flags(&self) -> u32 {
        self.flags.get()
    }

    /// The walk's state, the lowest eight of each kind of flags, and the tasks where it stands.
    #[cfg(test)]
    pub(crate) fn insides(&self) -> [u8; 5] {
        let number = |link: &Cell<Link>| link.get().get().map_or(0xff, TaskId::number);
        let (cursor, satisfied) = (number(&self.list.cursor), number(&self.satisfied));
        [self.walk.get(), self.flags.get() as u8, self.seen.get() as u8, cursor, satisfied]
    }

    /// Clears `flags`. Whoever they satisfied is woken all the same.
    #[inline(always)]
    pub fn clear(&self, flags: u32) {
        self.flags.set(self.flags.get() & !flags);
    }

    /// Whether waiters are still to be looked at: call [`EventControl::step`].
    #[inline(always)]
    #[must_use]
    pub fn is_walking(&self) -> bool {
        self.walk.get() & UNDER_WAY != 0 || !self.satisfied.get().is_none()
    }

    /// Sets `flags`; not while [`EventControl::is_walking`]. If anybody waits a walk begins.
    #[inline(always)]
    pub fn set(&self, flags: u32) {
        debug_assert!(!self.is_walking());
        let flags = self.flags.get() | flags;
        self.flags.set(flags);
        if !self.list.is_empty() {
            self.seen.set(flags);
            self.walk.set(self.walk.get() ^ (UNDER_WAY | TURN));
            self.list.cursor.set(Link::NONE);
        }
    }

    /// The flags that `wanted` is satisfied with, if it is. Clears them if it says so.
    #[inline(always)]
    #[must_use]
    pub fn take(&self, wanted: &Wanted) -> Option<u32> {
        let found = wanted.found_in(self.flags.get())?;
        if wanted.clears {
            self.clear(wanted.flags);
        }
        Some(found)
    }

    /// `wait` begins: its task goes into the list now.
    #[inline(always)]
    pub fn begin(&self, wait: &EventWait) {
        wait.turn.set(self.walk.get() & TURN);
    }

    /// Looks at the next waiter of the walk that is under way, or says that the last one is to be woken; `wait_of` gives the
    /// wait of a task in the list.
    pub fn step<'a, 'w>(&self, table: impl Table<'a>, wait_of: impl FnOnce(TaskId) -> &'w EventWait) -> Step {
        if let Some(id) = self.satisfied.replace(Link::NONE).get() {
            // Unless its time is over; it may even be back already, with another wait.
            let waits = table.task(id).waits_in(&self.list) && wait_of(id).found.get() != 0;
            return if waits { Step::Wake(id) } else { Step::Passed };
        }
        // The last waiters' time may have been over.
        let Some(id) = self.list.cursor.get().get().or(self.list.first()) else {
            self.walk.set(self.walk.get() & !UNDER_WAY);
            return Step::Passed;
        };
        match self.list.behind(table, id) {
            Some(behind) => self.list.cursor.set(Link::to(behind)),
            None => self.walk.set(self.walk.get() & !UNDER_WAY),
        }
        let wait = wait_of(id);
        let turn = self.walk.get() & TURN;
        if wait.turn.replace(turn) == turn {
            return Step::Passed;
        }
        if let Some(found) = wait.wanted.found_in(self.seen.get()) {
            wait.found.set(found);
            self.satisfied.set(Link::to(id));
            if wait.wanted.clears {
                self.clear(wait.wanted.flags);
            }
        }
        Step::Passed
    }
}

impl Default for EventControl {
    fn default() -> Self {
        Self::new()
    }
}
