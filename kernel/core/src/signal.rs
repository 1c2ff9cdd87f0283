//! The signal: the latest value, until somebody takes it.
//!
//! ```text
//!            put, nobody waits                 put, somebody waits: wake the first
//!   full ◀───────────────────── empty ──────────────────────────────▶ promised
//!   │ ▲       take                ▲             claim                   │  ▲ │
//!   │ └── put ──┐                 │                                     │  └─┘ put
//!   └───────────┴─────────────────┴─────────────────────────────────────┘
//! ```
//!
//! A value that a task was woken for is promised to it: nobody takes it in between. But a newer one replaces it, so the
//! task gets the latest when it runs.
//!
//! Values never pass through here: the caller moves them where it is told.

use crate::wait::WaitList;
use core::cell::Cell;

/// A signal. All bytes 0 is one without a value.
#[repr(C)]
pub struct SignalControl {
    list: WaitList,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum State {
    Empty = 0,
    /// There is a value for whoever takes it. Nobody waits.
    Full = 1,
    /// There is a value for a task that was woken.
    Promised = 2,
}

impl SignalControl {
    /// Without a value.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: WaitList::new(), state: Cell::new(State::Empty) }
    }

    /// The list to wait in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// A value comes, in place of the one that may be there. Whether the first task of the list is to be woken.
    #[inline(always)]
    #[must_use]
    pub fn put(&self) -> bool {
        let wakes = self.state.get() == State::Empty && !self.list.is_empty();
        if wakes {
            self.state.set(State::Promised);
        } else if self.state.get() == State::Empty {
            self.state.set(State::Full);
        }
        wakes
    }

    /// Whether there is a value that is promised to nobody; it goes now.
    #[inline(always)]
    #[must_use]
    pub fn take(&self) -> bool {
        let full = self.state.get() == State::Full;
        if full {
            self.state.set(State::Empty);
        }
        full
    }

    /// The task that was woken takes the value that was promised to it.
    #[inline(always)]
    pub fn claim(&self) {
        self.state.set(State::Empty);
    }
}

impl Default for SignalControl {
    fn default() -> Self {
        Self::new()
    }
}
