//! The futures that wait for something that one of them gets.

use super::told::Told;
use super::until::{List, importance};
use crate::lock::{Locked, Protected};
use bluekernel_core::waiter::{self, Waiter};
use core::task::Waker;

/// The futures that wait for one thing, the most important first.
pub(crate) struct Waiters(Protected<waiter::Waiters<'static>>);

impl Waiters {
    pub(crate) const fn new() -> Self {
        Self(Protected::new(waiter::Waiters::new()))
    }

    /// Something was left over: the first future, if there is one, is woken behind the lock, and tries again. Once for
    /// each [`with`](super::with).
    #[inline(always)]
    pub(crate) fn tell(&self, locked: Locked<'_>, told: &Told) {
        let waiters = self.0.get(locked);
        if !waiters.is_empty() {
            told.set(waiters.tell());
        }
    }
}

impl List for Waiters {
    fn wait(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>, waker: Waker) -> Option<Waker> {
        self.0.get_static(locked).wait(waiter, importance(locked), waker)
    }

    fn leave(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>) -> bool {
        self.0.get_static(locked).leave(waiter)
    }

    /// What was left over is the next one's.
    fn pass_on(&'static self, locked: Locked<'_>, told: &Told) {
        self.tell(locked, told);
    }
}
