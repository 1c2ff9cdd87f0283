//! `sync/events.rs`, the flags as the rules have them, and who is to get which.

use super::super::program::{Op, Want, Wrong};
use super::{Machine, place};
use crate::TaskId;
use crate::events::{EventWait, Step};
use core::cmp::Reverse;
use std::vec::Vec;

impl Machine<'_> {
    /// A lock section of `EventFlags::set`: the first one with `None`, each other with what the one before has returned. If
    /// waiters are still to be looked at: whether the flags are set.
    pub(super) fn set(&mut self, at: usize, flags: u32, walk: Option<bool>) -> Option<bool> {
        let mut set = walk == Some(true);
        if walk.is_some() && self.parts.events[at].is_walking() {
            self.look_at_next(at);
        } else if !set {
            set = self.try_set(at, flags);
        }
        let goes_on = !set || self.parts.events[at].is_walking();
        (goes_on && !self.is_wrong(Wrong::LooksAtNobody)).then_some(set)
    }

    /// Unless waiters are still to be looked at. By the rules all get their flags now whom they satisfy.
    fn try_set(&mut self, at: usize, flags: u32) -> bool {
        let control = &self.parts.events[at];
        if control.is_walking() {
            return false;
        }
        control.set(flags);
        self.flags[at] |= flags;
        for number in control.list().numbers(self.table()) {
            let number = usize::from(number);
            if let Some(want) = self.want_of(number) {
                self.parts.told[number].owed.set(want.found_in(self.flags[at]));
            }
        }
        true
    }

    /// Finds the next waiter that gets its flags, or wakes it.
    fn look_at_next(&mut self, at: usize) {
        let control = &self.parts.events[at];
        let tasks = &self.tasks;
        let found = |number: usize| tasks[number].wait.as_ref().map_or(0, EventWait::found);
        let before: Vec<u32> = (0..tasks.len()).map(found).collect();
        let wait_of = |id| tasks[place(id)].wait.as_ref().expect("a task in the list waits");
        let step = control.step(self.table(), wait_of);
        if let Some(number) = (0..tasks.len()).find(|number| found(*number) != before[*number]) {
            let (found, owed) = (found(number), self.parts.told[number].owed.take());
            assert_eq!(Some(found), owed, "the flags that {number} was to get");
            let rank =
                |number: usize| (Reverse(self.parts.tasks[number].priority()), self.parts.told[number].came.get());
            let others = control.list().numbers(self.table()).into_iter().map(usize::from);
            let mut later = others.filter(|other| self.parts.told[*other].owed.get().is_some());
            assert!(later.all(|other| rank(number) <= rank(other)), "the most important one first");
            self.take_back(at, number);
        }
        if let Step::Wake(id) = step {
            self.wake_any(control.list(), id);
        }
    }

    /// A wait for flags begins. Returns whether they are there.
    pub(super) fn take_flags(&mut self, id: TaskId, at: usize, want: Want) -> bool {
        let (control, number) = (&self.parts.events[at], place(id));
        let found = control.take(&want.wanted());
        assert_eq!(found, want.found_in(self.flags[at]), "the flags that are there");
        if found.is_some() {
            self.take_back(at, number);
        } else {
            let wait = EventWait::new(want.wanted());
            control.begin(&wait);
            self.tasks[number].wait = Some(wait);
        }
        found.is_some()
    }

    pub(super) fn clear(&mut self, at: usize, flags: u32) {
        self.parts.events[at].clear(flags);
        self.flags[at] &= !flags;
    }

    /// A task gets its flags, which are cleared if it wants that.
    fn take_back(&mut self, at: usize, number: usize) {
        if let Some(want) = self.want_of(number).filter(|want| want.clears) {
            self.flags[at] &= !want.flags;
        }
    }

    /// What the operation of a task waits for.
    pub(in super::super) fn want_of(&self, number: usize) -> Option<Want> {
        match self.case.tasks[number].1.get(self.tasks[number].done) {
            Some(Op::Await(_, want) | Op::AwaitFor(_, want, _)) => Some(*want),
            _ => None,
        }
    }
}
