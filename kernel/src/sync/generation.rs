//! Letting all go that wait now, one by one: what the objects on top of [`Generations`] share.

use crate::kernel;
use crate::lock::{self, Locked, Protected};
use bluekernel_core::Generations;

/// Wakes the first of those who were let go and are still to be woken. `false`: there is none.
#[cfg_attr(not(feature = "small"), inline)]
#[cfg_attr(feature = "small", inline(never))]
pub(super) fn wake_one(locked: Locked<'_>, generations: &Generations) -> bool {
    let leaving = generations.leaving();
    let any = !leaving.is_empty();
    if any {
        kernel::wake_first(locked, leaving);
    }
    any
}

/// Wakes all of them, each under a lock of its own. `of` finds the generations in an object's control.
#[inline]
pub(super) fn wake_all<C>(control: &Protected<C>, of: impl Fn(&C) -> &Generations) {
    while lock::with(|locked| wake_one(locked, of(control.get(locked)))) {}
}
