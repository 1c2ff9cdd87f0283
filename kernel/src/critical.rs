//! The port's mask behind the `critical-section` crate, so that the crates of the embedded world share it.
//!
//! It masks everything. The kernel's own lock does not where the feature `zero-latency` is on: it lets handlers through that
//! are bound `unmasked`. So they may share what a critical section guards, and are delayed by each.
#![expect(unsafe_code, reason = "implements an unsafe trait")]

use bluekernel_arch::{Current, Port};
use critical_section::{Impl, RawRestoreState, set_impl};

struct Mask;
set_impl!(Mask);

// SAFETY: between `acquire` and the matching `release` the port's mask is closed for everything: no handler and no other task
// runs. It nests: the restore state says whether this is the outermost one, and only then is the mask opened.
unsafe impl Impl for Mask {
    #[inline]
    unsafe fn acquire() -> RawRestoreState {
        Current::mask_all()
    }

    #[inline]
    unsafe fn release(is_outermost: RawRestoreState) {
        if is_outermost {
            // SAFETY: the result of the matching `acquire`.
            unsafe { Current::unmask_all() }
        }
    }
}
