//! Without feature `async`: there are no futures, and nobody to tell. Gone after inlining.

use crate::kernel::Mask;
use crate::lock::{self, Locked};

/// The futures that wait for an object.
pub(crate) struct Waiters;

impl Waiters {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline(always)]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(crate) fn tell(&self, _: Locked<'_>, _: &Told) {}
}

/// Who is to be woken behind the lock.
pub(crate) struct Told;

/// As [`lock::with`].
#[inline(always)]
pub(crate) fn with<R>(f: impl FnOnce(Locked<'_>, &Told) -> R) -> R {
    lock::with(|locked| f(locked, &Told))
}

/// As [`lock::with_mask`].
#[inline(always)]
pub(crate) fn with_mask<R>(f: impl FnOnce(Locked<'_>, Mask, &Told) -> R) -> R {
    lock::with_mask(|locked, mask| f(locked, mask, &Told))
}
