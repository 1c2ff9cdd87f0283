//! Futures that wait for the same object: the most important first, equals in the order they came.
//!
//! A future is as important as the task that polls it. It is not handed what it waits for, it is *told* to try again:
//! so an object does not know of its futures but for the moment when something is left over that no waiting task got,
//! and a future that is dropped has nothing to give back but its turn, which [`Waiters::leave`] reports.
//!
//! ```text
//!            wait                    tell
//!   idle ──────────────▶ waiting ──────────────▶ told
//!    ▲                    │   ▲                   │ │
//!    ├────────────────────┘   └───────────────────┘ │
//!    │       leave                 wait: in front   │
//!    └──────────────────────────────────────────────┘
//!                          leave
//! ```
//!
//! Finding a place takes time with the number of *priorities* that wait, 32 at most; everything else is constant.

use core::cell::Cell;
use core::task::Waker;

/// A waiter or none.
pub(crate) type Link<'a> = Cell<Option<&'a Waiter<'a>>>;

/// What a future is to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not in it.
    Idle,
    /// In it.
    Waiting,
    /// It was, until it was told, and has not tried since.
    Told,
}

/// A future's place in a list.
pub struct Waiter<'a> {
    next: Link<'a>,
    prev: Link<'a>,
    /// The first of its equals knows the last one, and the last one the first. Without meaning in those between them.
    other_end: Link<'a>,
    waker: Cell<Option<Waker>>,
    priority: Cell<u8>,
    state: Cell<State>,
    /// In a list of [`Listeners`](crate::Listeners): the last call that has looked at it, or need not.
    pub(crate) call: Cell<u16>,
    interest: u32,
}

impl<'a> Waiter<'a> {
    /// One that is in no list.
    #[must_use]
    pub const fn new() -> Self {
        Self::interested_in(0)
    }

    /// One that is in no list. `interest` is what the caller tells by whether something concerns it.
    #[must_use]
    pub const fn interested_in(interest: u32) -> Self {
        Self {
            next: Cell::new(None),
            prev: Cell::new(None),
            other_end: Cell::new(None),
            waker: Cell::new(None),
            priority: Cell::new(0),
            state: Cell::new(State::Idle),
            call: Cell::new(0),
            interest,
        }
    }

    /// What it is interested in.
    #[must_use]
    pub fn interest(&self) -> u32 {
        self.interest
    }

    /// Whether it was told, and has not tried since.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.state.get() == State::Told
    }

    /// The one behind it in the list it is in.
    pub(crate) fn behind(&self) -> Option<&'a Self> {
        self.next.get()
    }

    /// Whether `neighbour` is one of its equals.
    fn equals(&self, neighbour: Option<&Self>) -> bool {
        neighbour.is_some_and(|neighbour| neighbour.priority.get() == self.priority.get())
    }
}

impl Default for Waiter<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// The futures that wait for an object, or for one thing of it.
pub struct Waiters<'a> {
    first: Link<'a>,
}

impl<'a> Waiters<'a> {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { first: Cell::new(None) }
    }

    /// Whether nobody waits.
    #[inline(always)]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.get().is_none()
    }

    /// `waiter`, which belongs to this list alone, could not go on: it waits, or goes on waiting, until `waker` is woken.
    /// One that was told, but came too late, keeps its place before its equals. Returns the waker that it had.
    pub fn wait(&self, waiter: &'a Waiter<'a>, priority: u8, waker: Waker) -> Option<Waker> {
        let state = waiter.state.replace(State::Waiting);
        if state != State::Waiting {
            waiter.priority.set(priority);
            self.insert(waiter, state == State::Told);
        }
        waiter.waker.replace(Some(waker))
    }

    /// Tells the first one that it may try again: the caller wakes what this returns.
    #[inline]
    #[must_use]
    pub fn tell(&self) -> Option<Waker> {
        self.tell_any(self.first.get()?)
    }

    /// As [`Waiters::tell`], wherever in the list `waiter` is.
    pub(crate) fn tell_any(&self, waiter: &'a Waiter<'a>) -> Option<Waker> {
        self.remove(waiter);
        waiter.state.set(State::Told);
        waiter.waker.take()
    }

    /// Who is told next.
    pub(crate) fn first(&self) -> Option<&'a Waiter<'a>> {
        self.first.get()
    }

    /// `waiter` does not wait any more. Returns whether it was told and had not tried since.
    #[must_use = "one that gives up must let the next one be told in its place"]
    pub fn leave(&self, waiter: &'a Waiter<'a>) -> bool {
        let state = waiter.state.replace(State::Idle);
        if state == State::Waiting {
            self.remove(waiter);
        }
        state == State::Told
    }

    /// Puts a waiter behind its equals, or before them.
    fn insert(&self, waiter: &'a Waiter<'a>, before: bool) {
        // The last of the more important ones, and the first of the others.
        let (mut more, mut head) = (None, self.first.get());
        while let Some(at) = head
            && at.priority.get() > waiter.priority.get()
        {
            more = at.other_end.get();
            head = more.and_then(|last| last.next.get());
        }
        match head {
            Some(head) if waiter.equals(Some(head)) => {
                let last = head.other_end.get();
                if before {
                    waiter.other_end.set(last);
                    if let Some(last) = last {
                        last.other_end.set(Some(waiter));
                    }
                    self.link(more, waiter, Some(head));
                } else {
                    waiter.other_end.set(Some(head));
                    head.other_end.set(Some(waiter));
                    self.link(last, waiter, last.and_then(|last| last.next.get()));
                }
            }
            _ => {
                waiter.other_end.set(Some(waiter));
                self.link(more, waiter, head);
            }
        }
    }

    fn link(&self, before: Option<&'a Waiter<'a>>, waiter: &'a Waiter<'a>, after: Option<&'a Waiter<'a>>) {
        waiter.prev.set(before);
        waiter.next.set(after);
        before.map_or(&self.first, |before| &before.next).set(Some(waiter));
        if let Some(after) = after {
            after.prev.set(Some(waiter));
        }
    }

    fn remove(&self, waiter: &'a Waiter<'a>) {
        let (before, after) = (waiter.prev.get(), waiter.next.get());
        // An end of its equals leaves its part to the neighbour.
        let heir = match (waiter.equals(before), waiter.equals(after)) {
            (false, true) => after,
            (true, false) => before,
            _ => None,
        };
        if let (Some(heir), Some(other)) = (heir, waiter.other_end.get()) {
            heir.other_end.set(Some(other));
            other.other_end.set(Some(heir));
        }
        before.map_or(&self.first, |before| &before.next).set(after);
        if let Some(after) = after {
            after.prev.set(before);
        }
    }
}

impl Default for Waiters<'_> {
    fn default() -> Self {
        Self::new()
    }
}
