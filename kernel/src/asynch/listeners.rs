//! The futures that wait for something that happens to all of them.

use super::told::{Told, in_switch, with};
use super::until::{List, importance};
use crate::lock::{self, Locked, Protected};
use bluekernel_core::listeners;
use bluekernel_core::waiter::Waiter;
use core::task::Waker;

/// The futures that wait for an object which tells all of them, the most important first.
pub(crate) struct Listeners(Protected<listeners::Listeners<'static>>);

impl Listeners {
    pub(crate) const fn new() -> Self {
        Self(Protected::new(listeners::Listeners::new()))
    }

    /// The object has changed. Behind this lock, those who wait are told: [`Listeners::tell_all`].
    #[inline(always)]
    pub(crate) fn begin(&self, locked: Locked<'_>) {
        let listeners = self.0.get(locked);
        if !listeners.is_empty() {
            listeners.begin();
        }
    }

    /// Whether somebody is still to be told.
    #[inline(always)]
    pub(crate) fn is_calling(&self, locked: Locked<'_>) -> bool {
        self.0.get(locked).is_calling()
    }

    /// Tells those who wait, and whom the change concerns by what they are interested in, one by one, each under a lock of
    /// its own.
    #[inline]
    pub(crate) fn tell_all(&self, concerned: impl Fn(Locked<'_>, u32) -> bool) {
        while with(|locked, told| self.step(locked, told, |interest| concerned(locked, interest))) {}
    }

    /// As [`Listeners::tell_all`] inside of `__bk_select`, under the mask.
    #[inline]
    pub(crate) fn tell_all_in_switch(&self, locked: Locked<'_>, concerned: impl Fn(u32) -> bool) {
        while in_switch(|told| self.step(locked, told, &concerned)) {}
    }

    /// Tells the first one alone, if anybody waits.
    pub(crate) fn tell(&self, locked: Locked<'_>, told: &Told) {
        let listeners = self.0.get(locked);
        if !listeners.is_empty() {
            told.set(listeners.tell());
        }
    }

    /// As [`Listeners::begin`] and [`Listeners::tell_all`].
    pub(crate) fn call_all(&self) {
        lock::with(|locked| self.begin(locked));
        self.tell_all(|_, _| true);
    }

    /// Looks at the next one, and tells it if `concerned` says so. `false`: nobody is still to be told.
    pub(crate) fn step(&self, locked: Locked<'_>, told: &Told, concerned: impl FnOnce(u32) -> bool) -> bool {
        let listeners = self.0.get(locked);
        let calls = listeners.is_calling();
        if calls {
            told.set(listeners.step(concerned));
        }
        calls
    }
}

impl List for Listeners {
    fn wait(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>, waker: Waker) -> Option<Waker> {
        self.0.get_static(locked).wait(waiter, importance(locked), waker)
    }

    fn leave(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>) -> bool {
        self.0.get_static(locked).leave(waiter)
    }

    /// All the others were told, too.
    fn pass_on(&'static self, _: Locked<'_>, _: &Told) {}
}
