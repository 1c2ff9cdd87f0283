//! Without feature `async`: there are no futures, and nobody to tell. Gone after inlining.

use crate::kernel::Mask;
use crate::lock::{self, Locked};

/// The futures that wait for something that one of them gets.
pub(crate) struct Waiters;

#[expect(clippy::unused_self, reason = "as with the feature")]
impl Waiters {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn tell(&self, _: Locked<'_>, _: &Told) {}
}

/// The futures that wait for something that happens to all of them.
pub(crate) struct Listeners;

#[expect(clippy::unused_self, reason = "as with the feature")]
impl Listeners {
    pub(crate) const fn new() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn begin(&self, _: Locked<'_>) {}

    #[inline(always)]
    pub(crate) fn is_calling(&self, _: Locked<'_>) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn tell_all(&self, _: impl Fn(Locked<'_>, u32) -> bool) {}

    #[inline(always)]
    pub(crate) fn tell(&self, _: Locked<'_>, _: &Told) {}

    #[inline(always)]
    pub(crate) fn call_all(&self) {}

    #[inline(always)]
    pub(crate) fn step(&self, _: Locked<'_>, _: &Told, _: impl FnOnce(u32) -> bool) -> bool {
        false
    }
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

/// Runs `f`.
#[inline(always)]
pub(crate) fn in_switch<R>(f: impl FnOnce(&Told) -> R) -> R {
    f(&Told)
}
