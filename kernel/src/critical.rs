//! The kernel's lock behind the `critical-section` crate, so that the crates of the embedded world share it.
#![expect(unsafe_code, reason = "implements an unsafe trait")]

use bluekernel_arch::{Current, Port};
use critical_section::{Impl, RawRestoreState, set_impl};

struct KernelLock;
set_impl!(KernelLock);

// SAFETY: between `acquire` and the matching `release` the port's mask is closed: no handler and no other task runs. It
// nests: the restore state says whether the mask was open, and only then is it opened.
unsafe impl Impl for KernelLock {
    #[inline]
    unsafe fn acquire() -> RawRestoreState {
        Current::was_open(Current::mask())
    }

    #[inline]
    unsafe fn release(was_open: RawRestoreState) {
        if was_open {
            // SAFETY: the state of the matching `acquire`.
            unsafe { Current::unmask(Current::OPEN) }
        }
    }
}
