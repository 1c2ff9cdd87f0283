//! The counting semaphore: permits up to a maximum.
//!
//! A permit that is given while somebody waits goes to that task at once and never shows in the count. So two permits
//! given before the first waiter runs wake two, and no running task can snatch one from a waiter.

use crate::task::TaskId;
use crate::wait::WaitList;
use core::cell::Cell;

/// A semaphore. Invariant: if anybody waits, the count is 0.
#[repr(C)]
pub struct SemaphoreControl {
    list: WaitList,
    count: Cell<u32>,
    maximum: u32,
}

/// Where a permit went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Given {
    /// Into the count.
    Counted,
    /// To this task, the first of the list, which must be woken before anything else happens to the semaphore.
    ToWaiter(TaskId),
}

/// The count stands at its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl SemaphoreControl {
    /// A semaphore with `initial` permits, at most `maximum`.
    ///
    /// # Panics
    /// If `maximum` is 0 or less than `initial`.
    #[must_use]
    pub const fn new(initial: u32, maximum: u32) -> Self {
        assert!(maximum > 0, "a semaphore needs a maximum of at least 1");
        assert!(initial <= maximum, "a semaphore cannot start above its maximum");
        Self { list: WaitList::new(), count: Cell::new(initial), maximum }
    }

    /// The permits that nobody has taken.
    #[inline(always)]
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// The list to wait in.
    #[inline(always)]
    #[must_use]
    pub fn list(&self) -> &WaitList {
        &self.list
    }

    /// Gives a permit.
    ///
    /// # Errors
    /// [`Full`] if the count stands at its maximum; nothing happened.
    #[inline(always)]
    pub fn give(&self) -> Result<Given, Full> {
        if let Some(waiter) = self.list.first() {
            return Ok(Given::ToWaiter(waiter));
        }
        let count = self.count.get();
        if count >= self.maximum {
            return Err(Full);
        }
        self.count.set(count + 1);
        Ok(Given::Counted)
    }

    /// Takes a permit, if there is one.
    #[inline(always)]
    #[must_use]
    pub fn try_take(&self) -> bool {
        let count = self.count.get();
        if count == 0 {
            return false;
        }
        self.count.set(count - 1);
        true
    }
}
