//! Futures that wait for something that happens to all of them at once: each one whom it concerns is told.
//!
//! They are told one at a time, each under a lock of its own, so others come in between. Three rules keep that as exact
//! as if it happened at once:
//!
//! 1. A call is for those who wait when it begins. Who comes to wait meanwhile has tried since: its waiter carries the
//!    call's number, as those do that were looked at, and it is passed by.
//! 2. The call goes on at a cursor. Whoever takes that waiter out of the list moves the cursor to the one behind.
//! 3. A call that begins while another is under way, from a handler or a more important task, takes over: it begins at the
//!    head, so it comes to all that the other one has left, and that one finds nothing more to do. Whom it concerns is
//!    told by the object's state, not by the call: so it need not know what the other one was about.
//!
//! ```text
//!         begin, nobody waits
//!             ┌──┐    begin     ┌──────┐ step: look at one waiter, tell it if it is concerned
//!             ▼  │ ───────────▶ │      │ ──┐
//!          ┌────────┐           │ call │   │
//!          │ at rest│ ◀──────── │      │ ◀─┘ begin: from the head again
//!          └────────┘ last step └──────┘
//! ```

use crate::waiter::{Link, Waiter, Waiters};
use core::cell::Cell;
use core::task::Waker;

/// The futures that wait for an object that tells all of them.
pub struct Listeners<'a> {
    waiters: Waiters<'a>,
    /// The next one to be looked at.
    cursor: Link<'a>,
    /// The number of the last call. Only those that are not over, each of another task or handler, must be told apart.
    call: Cell<u16>,
}

impl<'a> Listeners<'a> {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { waiters: Waiters::new(), cursor: Cell::new(None), call: Cell::new(0) }
    }

    /// As if there had been this many calls.
    #[cfg(test)]
    pub(crate) fn set_call(&self, call: u16) {
        self.call.set(call);
    }

    /// Whether nobody waits.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// As [`Waiters::wait`]. A call that is under way does not concern it.
    pub fn wait(&self, waiter: &'a Waiter<'a>, priority: u8, waker: Waker) -> Option<Waker> {
        waiter.call.set(self.call.get());
        self.waiters.wait(waiter, priority, waker)
    }

    /// As [`Waiters::leave`].
    #[must_use = "it may have been told alone"]
    pub fn leave(&self, waiter: &'a Waiter<'a>) -> bool {
        self.pass(waiter);
        self.waiters.leave(waiter)
    }

    /// As [`Waiters::tell`]: tells the first one alone.
    #[must_use]
    pub fn tell(&self) -> Option<Waker> {
        self.pass(self.waiters.first()?);
        self.waiters.tell()
    }

    /// Something happened: call [`Listeners::step`] as long as [`Listeners::is_calling`].
    #[inline]
    pub fn begin(&self) {
        self.call.set(self.call.get().wrapping_add(1));
        self.cursor.set(self.waiters.first());
    }

    /// Whether somebody is still to be looked at.
    #[inline(always)]
    #[must_use]
    pub fn is_calling(&self) -> bool {
        self.cursor.get().is_some()
    }

    /// Looks at the next one of the call that is under way. If `concerned` says so of what it is
    /// [interested in](Waiter::interested_in), it may try again: the caller wakes what this returns.
    pub fn step(&self, concerned: impl FnOnce(u32) -> bool) -> Option<Waker> {
        let waiter = self.cursor.get()?;
        self.pass(waiter);
        let call = self.call.get();
        if waiter.call.replace(call) == call || !concerned(waiter.interest()) {
            return None;
        }
        self.waiters.tell_any(waiter)
    }

    /// The cursor is not on `waiter` any more.
    fn pass(&self, waiter: &'a Waiter<'a>) {
        if self.cursor.get().is_some_and(|at| core::ptr::eq(at, waiter)) {
            self.cursor.set(waiter.behind());
        }
    }
}

impl Default for Listeners<'_> {
    fn default() -> Self {
        Self::new()
    }
}
