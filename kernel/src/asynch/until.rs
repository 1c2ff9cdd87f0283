//! The future that tries, and waits in a list until it is told to try again.
#![expect(unsafe_code, reason = "links a pinned future into an object's list")]

use super::told::{Told, with};
use crate::kernel;
use crate::lock::{Locked, Protected};
use crate::table::Tasks;
use bluekernel_abi::PRIORITIES;
use bluekernel_core::Table;
use bluekernel_core::waiter::Waiter;
use core::future::Future;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// A list of futures that wait.
pub(crate) trait List {
    /// `waiter`, which belongs to this list alone, waits, or goes on waiting, until `waker` is woken. Returns the waker that
    /// it had.
    fn wait(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>, waker: Waker) -> Option<Waker>;

    /// `waiter` does not wait any more. Returns whether it was told and had not tried since.
    fn leave(&'static self, locked: Locked<'_>, waiter: &'static Waiter<'static>) -> bool;

    /// One that was told has given up.
    fn pass_on(&'static self, locked: Locked<'_>, told: &Told);
}

/// A future that is ready when `attempt`, called under the lock, returns something. Between the attempts it waits in
/// `list`.
pub(crate) fn until<L, F, R>(list: &'static L, attempt: F) -> Until<L, F>
where
    L: List,
    F: FnMut(Locked<'_>, &Told) -> Option<R>,
{
    Until { list, attempt, waiter: Protected::new(Waiter::new()), tries_at_first: true, _pinned: PhantomPinned }
}

/// See [`until`].
pub(crate) struct Until<L: List + 'static, F> {
    list: &'static L,
    attempt: F,
    waiter: Protected<Waiter<'static>>,
    tries_at_first: bool,
    /// The list keeps the waiter's address.
    _pinned: PhantomPinned,
}

// SAFETY: the waiter is touched under the lock only, and its waker may be anywhere; the rest is `Send` or is `F`.
unsafe impl<L: List + Sync, F: Send> Send for Until<L, F> {}

impl<L: List, F> Until<L, F> {
    /// What the list tells by whether something concerns this future.
    pub(crate) fn interested_in(mut self, interest: u32) -> Self {
        self.waiter = Protected::new(Waiter::interested_in(interest));
        self
    }

    /// Waits first, and tries only when it was told: what is there already is nothing to it.
    pub(crate) fn when_told(mut self) -> Self {
        self.tries_at_first = false;
        self
    }

    /// The waiter, to be kept in the list.
    ///
    /// # Safety
    /// The future is pinned, and `drop` has not run to its end.
    unsafe fn waiter(&self, locked: Locked<'_>) -> &'static Waiter<'static> {
        let waiter: *const Waiter<'static> = self.waiter.get(locked);
        // SAFETY: the future is pinned, so the waiter stays where it is until `drop`, which takes it out of the list;
        // from then on nothing has its address. It is made of cells, and nobody makes a unique reference to it meanwhile.
        unsafe { &*waiter }
    }
}

impl<L, F, R> Future for Until<L, F>
where
    L: List,
    F: FnMut(Locked<'_>, &Told) -> Option<R>,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        // SAFETY: nothing is moved out: the attempt is called in place, and the waiter is only shared.
        let this = unsafe { self.get_unchecked_mut() };
        // Other people's code, so before the lock; and what it replaces is dropped behind it.
        let waker = context.waker().clone();
        let (result, _replaced) = with(|locked, told| {
            // SAFETY: the future is pinned, and not being dropped.
            let waiter = unsafe { this.waiter(locked) };
            let tries = this.tries_at_first || waiter.is_told();
            let result = if tries { (this.attempt)(locked, told) } else { None };
            if let Some(result) = result {
                // It has tried, so its turn is not to be passed on.
                let _ = this.list.leave(locked, waiter);
                (Poll::Ready(result), Some(waker))
            } else {
                (Poll::Pending, this.list.wait(locked, waiter, waker))
            }
        });
        result
    }
}

impl<L: List, F> Drop for Until<L, F> {
    fn drop(&mut self) {
        with(|locked, told| {
            // SAFETY: if the waiter is in the list, the future was polled, and so it is pinned.
            let waiter = unsafe { self.waiter(locked) };
            if self.list.leave(locked, waiter) {
                self.list.pass_on(locked, told);
            }
        });
    }
}

/// The priority of the task that polls; what polls outside of a task is more important than any.
pub(super) fn importance(locked: Locked<'_>) -> u8 {
    kernel::executing(locked).map_or(PRIORITIES as u8, |id| Tasks(locked).task(id).base_priority())
}
