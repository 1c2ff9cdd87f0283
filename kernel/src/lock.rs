//! The kernel's one lock: interrupts masked (target), a real lock (host).
//!
//! Kernel state is only reachable with a [`Locked`], and a `Locked` only exists inside [`with`]. The state itself is
//! made of cells: locks nest, so a token proves that nobody else looks, and never that a reference is unique.
#![expect(unsafe_code, reason = "opens and closes the interrupt mask; makes cells shareable that the token guards")]

use bluekernel_arch::{Current, Port};
use core::marker::PhantomData;

/// Proof that the kernel's lock is held: no interrupt handler and no other task runs until it is closed, but handlers that
/// may not call the kernel.
///
/// It does not prove that this is the outermost lock. It cannot leave the closure it was handed to, nor the thread.
#[derive(Clone, Copy)]
pub(crate) struct Locked<'a>(PhantomData<(&'a (), *const ())>);

/// Runs `f` under the kernel's lock. Nests. From any context; never blocks on the target.
#[inline(always)]
pub(crate) fn with<R>(f: impl FnOnce(Locked<'_>) -> R) -> R {
    let _guard = Guard(close());
    f(Locked(PhantomData))
}

/// As [`with`]; `f` also learns the mask's state before: whether this is the outermost lock.
#[inline(always)]
pub(crate) fn with_mask<R>(f: impl FnOnce(Locked<'_>, <Current as Port>::Mask) -> R) -> R {
    let guard = Guard(close());
    f(Locked(PhantomData), guard.0)
}

/// Closes the mask; returns its state before.
#[inline(always)]
pub(crate) fn close() -> <Current as Port>::Mask {
    #[cfg(zero_latency)]
    crate::unmasked::refuse();
    Current::mask()
}

/// `value`, worked out here: in front of the next lock. A compiler takes the mask for no reason not to work it out where it
/// is used, and if that is a division, interrupts would wait for it.
#[inline(always)]
pub(crate) fn ahead<T>(value: T) -> T {
    core::hint::black_box(value)
}

impl Locked<'_> {
    /// A token out of nothing.
    ///
    /// # Safety
    /// The mask is closed, and stays so for as long as the token, or what was reached with it, is used.
    #[inline(always)]
    pub(crate) unsafe fn assume() -> Self {
        Self(PhantomData)
    }
}

/// Closes the lock also when `f` unwinds, which only the host can.
struct Guard(<Current as Port>::Mask);

impl Drop for Guard {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the state comes from the `mask` call that opened this very guard, and guards close in reverse order.
        unsafe { Current::unmask(self.0) }
    }
}

/// A value that is reachable under the lock only.
#[repr(transparent)]
pub struct Protected<T>(T);

// SAFETY: the value is reachable through `get` alone, whose token proves that no other context reaches it meanwhile.
// `T` need not be `Send`: no `T` is handed out by value.
unsafe impl<T> Sync for Protected<T> {}

impl<T> Protected<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for as long as the lock is held.
    #[inline(always)]
    pub(crate) fn get<'a>(&'a self, _: Locked<'a>) -> &'a T {
        &self.0
    }

    /// The value of a static, to be kept in lists. What is kept is followed under the lock only: it leaves this crate's
    /// tables and lists nowhere.
    #[inline(always)]
    pub(crate) fn get_static(&'static self, _: Locked<'_>) -> &'static T {
        &self.0
    }
}
