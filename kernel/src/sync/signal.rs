//! The signal.

use crate::asynch::{self, Waiters};
use crate::error::TimedOut;
use crate::kernel;
use crate::lock::{self, Locked, Protected};
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::{Outcome, SignalControl};
use core::cell::Cell;

#[cfg(feature = "async")]
mod futures;

/// The latest value, for whoever takes it: a new one replaces the one that nobody has taken yet.
///
/// It is made for one waiting task. If several wait, each value goes to the most important, equals in the order they
/// came. A value that a task was woken for is that task's; but until it runs, newer values still replace it.
///
/// ```
/// use bluekernel::Signal;
///
/// static SPEED: Signal<u32> = Signal::new();
/// SPEED.signal(10);
/// SPEED.signal(20);
/// assert_eq!(SPEED.wait(), 20);
/// assert_eq!(SPEED.try_take(), None);
/// ```
/// A value that cannot leave its task does not compile:
/// ```compile_fail,E0277
/// static NOTE: bluekernel::Signal<*const u8> = bluekernel::Signal::new();
/// ```
#[repr(C)]
// The smallest has a word, and the trace numbers objects in steps of two.
#[cfg_attr(any(feature = "trace", feature = "trace-flight"), repr(align(8)))]
pub struct Signal<T: Send> {
    control: Protected<SignalControl>,
    futures: Waiters,
    // Handed out by value, hence `T: Send`.
    value: Protected<Cell<Option<T>>>,
}

impl<T: Send> Signal<T> {
    /// Without a value.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            control: Protected::new(SignalControl::new()),
            futures: Waiters::new(),
            value: Protected::new(Cell::new(None)),
        }
    }

    /// Gives a value, in place of the one that is there. If a more important task was waiting for it, that task runs before
    /// this call returns (after the handler, in one). From any context; does not block.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn signal(&self, value: T) {
        let replaced = asynch::with(|locked, told| {
            let control = self.control.get(locked);
            let replaced = self.value.get(locked).replace(Some(value));
            let wakes = control.put();
            trace::object(locked, ObjectOp::Notify, core::ptr::from_ref(self).addr(), 1);
            if wakes {
                kernel::wake_first(locked, control.list());
            } else if replaced.is_none() {
                // Else a future was told of the value before, or a task was woken for it.
                self.futures.tell(locked, told);
            }
            replaced
        });
        // Its destructor may take long: not under the lock.
        drop(replaced);
    }

    /// Takes the value; waits while there is none.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn wait(&'static self) -> T {
        loop {
            if let Some(value) = self.take_or_wait(Duration::MAX) {
                return value;
            }
            kernel::settle();
            if let Some(value) = self.claim() {
                return value;
            }
        }
    }

    /// Takes the value; waits while there is none, but not longer than `timeout`. No time does not wait, and is for any
    /// context.
    ///
    /// # Errors
    /// [`TimedOut`] if none came in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn wait_timeout(&'static self, timeout: Duration) -> Result<T, TimedOut> {
        if timeout.is_zero() {
            return self.try_take().ok_or(TimedOut);
        }
        if let Some(value) = self.take_or_wait(timeout) {
            return Ok(value);
        }
        if kernel::outcome() == Outcome::TimedOut {
            return Err(TimedOut);
        }
        self.claim().ok_or(TimedOut)
    }

    /// Takes the value, if there is one that no task was woken for. From any context; does not block.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn try_take(&self) -> Option<T> {
        lock::with(|locked| self.take(locked))
    }

    #[inline(always)]
    fn take(&self, locked: Locked<'_>) -> Option<T> {
        if self.control.get(locked).take() { self.value.get(locked).take() } else { None }
    }

    /// Takes the value, or makes the task wait.
    #[inline(always)]
    fn take_or_wait(&'static self, timeout: Duration) -> Option<T> {
        lock::with_mask(|locked, mask| {
            let value = self.take(locked);
            if value.is_none() {
                let list = self.control.get_static(locked).list();
                kernel::block(locked, mask, Some(list), timeout, BlockReason::Notify);
            }
            value
        })
    }

    /// The value that this task was woken for: there is one.
    #[inline(always)]
    fn claim(&self) -> Option<T> {
        lock::with(|locked| {
            self.control.get(locked).claim();
            self.value.get(locked).take()
        })
    }
}

impl<T: Send> Default for Signal<T> {
    fn default() -> Self {
        Self::new()
    }
}
