//! The futures that wait for an object.
#![expect(unsafe_code, reason = "links a pinned future into an object's list")]

use crate::kernel::{self, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use bluekernel_abi::PRIORITIES;
use bluekernel_core::{Table, waiter};
use core::cell::Cell;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// The futures that wait for one thing, the most important first.
pub(crate) struct Waiters(Protected<waiter::Waiters<'static>>);

impl Waiters {
    pub(crate) const fn new() -> Self {
        Self(Protected::new(waiter::Waiters::new()))
    }

    /// Something was left over: the first future, if there is one, is woken behind the lock, and tries again. Once for
    /// each [`with`].
    #[inline(always)]
    pub(crate) fn tell(&self, locked: Locked<'_>, told: &Told) {
        let waiters = self.0.get(locked);
        if !waiters.is_empty() {
            told.0.set(waiters.tell());
        }
    }
}

/// Who is to be woken behind the lock.
pub(crate) struct Told(Cell<Option<Waker>>);

impl Told {
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

/// As [`lock::with_mask`]; then wakes the future that `f` told.
#[inline(always)]
pub(crate) fn with_mask<R>(f: impl FnOnce(Locked<'_>, Mask, &Told) -> R) -> R {
    let told = Told(Cell::new(None));
    let result = lock::with_mask(|locked, mask| f(locked, mask, &told));
    told.wake();
    result
}

/// A future that is ready when `attempt`, called under the lock, returns something. Between the attempts it waits in
/// `waiters`.
pub(crate) fn until<F, R>(waiters: &'static Waiters, attempt: F) -> Until<F>
where
    F: FnMut(Locked<'_>, &Told) -> Option<R>,
{
    Until { waiters, attempt, waiter: Protected::new(waiter::Waiter::new()), _pinned: PhantomPinned }
}

/// See [`until`].
pub(crate) struct Until<F> {
    waiters: &'static Waiters,
    attempt: F,
    waiter: Protected<waiter::Waiter<'static>>,
    /// The list keeps the waiter's address.
    _pinned: PhantomPinned,
}

// SAFETY: the waiter is touched under the lock only, and its waker may be anywhere; the rest is `Send` or is `F`.
unsafe impl<F: Send> Send for Until<F> {}

impl<F> Until<F> {
    /// The waiter, to be kept in the list.
    ///
    /// # Safety
    /// The future is pinned, and `drop` has not run to its end.
    unsafe fn waiter(&self, locked: Locked<'_>) -> &'static waiter::Waiter<'static> {
        let waiter: *const waiter::Waiter<'static> = self.waiter.get(locked);
        // SAFETY: the future is pinned, so the waiter stays where it is until `drop`, which takes it out of the list;
        // from then on nothing has its address. It is made of cells, and nobody makes a unique reference to it meanwhile.
        unsafe { &*waiter }
    }
}

impl<F, R> Future for Until<F>
where
    F: FnMut(Locked<'_>, &Told) -> Option<R>,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        // SAFETY: nothing is moved out: the attempt is called in place, and the waiter is only shared.
        let this = unsafe { self.get_unchecked_mut() };
        // Other people's code, so before the lock; and what it replaces is dropped behind it.
        let waker = context.waker().clone();
        let (result, _replaced) = with(|locked, told| {
            let result = (this.attempt)(locked, told);
            let waiters = this.waiters.0.get_static(locked);
            // SAFETY: the future is pinned, and not being dropped.
            let waiter = unsafe { this.waiter(locked) };
            if let Some(result) = result {
                // It has tried, so its turn is not to be passed on.
                let _ = waiters.leave(waiter);
                (Poll::Ready(result), Some(waker))
            } else {
                (Poll::Pending, waiters.wait(waiter, importance(locked), waker))
            }
        });
        result
    }
}

impl<F> Drop for Until<F> {
    fn drop(&mut self) {
        with(|locked, told| {
            // SAFETY: if the waiter is in the list, the future was polled, and so it is pinned.
            let waiter = unsafe { self.waiter(locked) };
            if self.waiters.0.get_static(locked).leave(waiter) {
                self.waiters.tell(locked, told);
            }
        });
    }
}

/// The priority of the task that polls; what polls outside of a task is more important than any.
fn importance(locked: Locked<'_>) -> u8 {
    kernel::executing(locked).map_or(PRIORITIES as u8, |id| Tasks(locked).task(id).base_priority())
}
