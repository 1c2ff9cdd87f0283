//! Handlers that the kernel's mask does not delay (feature `zero-latency`) may not call the kernel, since they may have
//! interrupted it anywhere. With the feature `checks`, and in builds with debug assertions, a call from one is a panic.

#[cfg(any(feature = "checks", debug_assertions))]
use core::sync::atomic::{AtomicBool, Ordering};

/// Nothing is refused any more: last words, which use the kernel, are on their way.
#[cfg(any(feature = "checks", debug_assertions))]
static ALLOWED: AtomicBool = AtomicBool::new(false);

/// Ends the program if such a handler executes. The report tells which.
#[cfg(any(feature = "checks", debug_assertions))]
#[inline(never)]
pub(crate) fn refuse() {
    if bluekernel_arch::in_unmasked_handler() && !ALLOWED.load(Ordering::Relaxed) {
        ALLOWED.store(true, Ordering::Relaxed);
        panic!("an unmasked handler may not call the kernel, but pend an interrupt whose handler may");
    }
}

/// Ends the program if such a handler executes: not checked in this build.
#[cfg(not(any(feature = "checks", debug_assertions)))]
#[inline(always)]
pub(crate) fn refuse() {}

/// Lets last words out, from wherever they come.
#[cfg(all(feature = "panic", target_os = "none"))]
pub(crate) fn allow() {
    #[cfg(any(feature = "checks", debug_assertions))]
    ALLOWED.store(true, Ordering::Relaxed);
}
