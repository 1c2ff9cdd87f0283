//! Tasks that are let go together: all that wait now, and nobody who comes later.
//!
//! Who waits belongs to the present generation. When it ends, everyone of it is let go, and is then woken one by one,
//! each under a lock of its own. Two lists are enough, because a generation only ends once nobody of the one before is
//! still to be woken; whoever wants to end it, a handler or a more important task, wakes those first. So a task that was
//! woken and waits again is in the other list, and is not woken twice.
//!
//! ```text
//!            wait                    end                  wake_first, one by one
//!   running ──────▶ list(): waits ────────▶ leaving(): let go ────────▶ ready
//!                     └────────────────────────┴──── time-out ────────────▲
//! ```
//!
//! A time-out can also come between the second and the third: that task compares the number of the present generation
//! with the one it waited in, and so knows that it was let go.

use crate::wait::WaitList;
use core::cell::Cell;

/// The two lists. All bytes 0 is generation 0, in which nobody waits.
#[repr(C)]
pub struct Generations {
    lists: [WaitList; 2],
    /// At a million in a second, these last 584,542 years.
    present: Cell<u64>,
}

impl Generations {
    /// Nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self { lists: [const { WaitList::new() }; 2], present: Cell::new(0) }
    }

    /// The number of the present generation.
    #[inline(always)]
    #[must_use]
    pub fn present(&self) -> u64 {
        self.present.get()
    }

    /// The list to wait in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        let [even, odd] = &self.lists;
        if self.present.get() & 1 == 0 { even } else { odd }
    }

    /// Those of the generation before who are still to be woken.
    #[inline(always)]
    #[must_use]
    pub fn leaving(&self) -> &WaitList {
        let [even, odd] = &self.lists;
        if self.present.get() & 1 == 0 { odd } else { even }
    }

    /// Ends the generation; not while anybody is in [`Generations::leaving`]. Everyone who waited is there then.
    #[inline(always)]
    pub fn end(&self) {
        debug_assert!(self.leaving().is_empty());
        self.present.set(self.present.get() + 1);
    }
}

impl Default for Generations {
    fn default() -> Self {
        Self::new()
    }
}
