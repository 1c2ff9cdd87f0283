//! Who is woken behind the lock.

use crate::kernel::Mask;
use crate::lock::{self, Locked};
use core::cell::Cell;
use core::task::Waker;

/// Who is to be woken behind the lock: one future at most.
pub(crate) struct Told(Cell<Option<Waker>>);

impl Told {
    /// This one is.
    pub(super) fn set(&self, waker: Option<Waker>) {
        self.0.set(waker);
    }

    /// Nobody is any more.
    pub(super) fn take(&self) -> Option<Waker> {
        self.0.take()
    }

    #[inline(always)]
    fn wake(self) {
        if let Some(waker) = self.0.into_inner() {
            wake(waker);
        }
    }
}

#[cold]
#[inline(never)]
fn wake(waker: Waker) {
    waker.wake();
}

/// As [`lock::with`]; then wakes the future that `f` told.
#[inline(always)]
pub(crate) fn with<R>(f: impl FnOnce(Locked<'_>, &Told) -> R) -> R {
    let told = Told(Cell::new(None));
    let result = lock::with(|locked| f(locked, &told));
    told.wake();
    result
}

/// As [`lock::with_mask`]; then wakes the future that `f` told. If `f` made the task wait, it must have
/// [left](super::leave) that to the switch.
#[inline(always)]
pub(crate) fn with_mask<R>(f: impl FnOnce(Locked<'_>, Mask, &Told) -> R) -> R {
    let told = Told(Cell::new(None));
    let result = lock::with_mask(|locked, mask| f(locked, mask, &told));
    told.wake();
    result
}
