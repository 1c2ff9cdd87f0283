//! Who is woken behind the lock.

use crate::kernel::Mask;
use crate::lock::{self, Locked};
use bluekernel_arch::{Current, Port};
use core::cell::Cell;
use core::task::Waker;

/// Who is to be woken behind the lock: one future at most.
pub(crate) struct Told(Cell<Option<Waker>>);

impl Told {
    /// This one is.
    pub(super) fn set(&self, waker: Option<Waker>) {
        self.0.set(waker);
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

/// As [`lock::with_mask`]; then wakes the future that `f` told. `f` tells nobody if it makes the task wait: that one would
/// be woken when the task goes on.
#[inline(always)]
pub(crate) fn with_mask<R>(f: impl FnOnce(Locked<'_>, Mask, &Told) -> R) -> R {
    let told = Told(Cell::new(None));
    let result = lock::with_mask(|locked, mask| f(locked, mask, &told));
    told.wake();
    result
}

/// Runs `f` inside of `__bk_select`, under the mask; then wakes the future that `f` told, as a handler would: handlers are
/// let in meanwhile.
#[inline(always)]
pub(crate) fn in_switch<R>(f: impl FnOnce(&Told) -> R) -> R {
    let told = Told(Cell::new(None));
    let result = f(&told);
    Current::with_handlers(|| told.wake());
    result
}
