//! The counting semaphore.

use crate::asynch::{self, Waiters};
use crate::error::{Full, TimedOut};
use crate::kernel;
use crate::lock::{self, Locked, Protected};
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::semaphore::Given;
use bluekernel_core::{Outcome, SemaphoreControl};

#[cfg(feature = "async")]
mod futures;

/// Permits up to a maximum. Tasks that wait for one get it in the order of their priority, equals in the order they
/// came; a permit that is given while a task waits is that task's at once.
///
/// ```
/// use bluekernel::{Full, Semaphore};
///
/// static READY: Semaphore = Semaphore::new(0, 1);
/// assert_eq!(READY.give(), Ok(()));
/// assert_eq!(READY.give(), Err(Full));
/// READY.take();
/// assert!(!READY.try_take());
/// ```
/// A maximum below the initial count does not compile:
/// ```compile_fail,E0080
/// static READY: bluekernel::Semaphore = bluekernel::Semaphore::new(2, 1);
/// ```
#[repr(C)]
pub struct Semaphore {
    control: Protected<SemaphoreControl>,
    futures: Waiters,
}

impl Semaphore {
    /// A semaphore with `initial` permits, at most `maximum`.
    ///
    /// # Panics
    /// If `maximum` is 0 or less than `initial`; at compile time for a static.
    #[must_use]
    pub const fn new(initial: u32, maximum: u32) -> Self {
        Self { control: Protected::new(SemaphoreControl::new(initial, maximum)), futures: Waiters::new() }
    }

    /// Gives a permit. If a more important task was waiting for it, that task runs before this call returns (after the
    /// handler, in one). From any context; does not block.
    ///
    /// # Errors
    /// [`Full`] if there are as many permits as there may be; nothing changes.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn give(&self) -> Result<(), Full> {
        asynch::with(|locked, told| {
            let control = self.control.get(locked);
            let given = control.give().map_err(|_| Full)?;
            trace::object(locked, ObjectOp::Give, core::ptr::from_ref(self).addr(), control.count());
            match given {
                Given::ToWaiter(id) => kernel::wake(locked, control.list(), id),
                Given::Counted => self.futures.tell(locked, told),
            }
            Ok(())
        })
    }

    /// Takes a permit; waits for one if there is none.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn take(&'static self) {
        let _call = trace::call(ObjectOp::Take, self);
        if self.take_or_wait(Duration::MAX) {
            kernel::settle();
        }
    }

    /// Takes a permit; waits for one, but not longer than `timeout`. No time does not wait, and is for any context.
    ///
    /// # Errors
    /// [`TimedOut`] if none came in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn take_timeout(&'static self, timeout: Duration) -> Result<(), TimedOut> {
        if timeout.is_zero() {
            return if self.try_take() { Ok(()) } else { Err(TimedOut) };
        }
        let _call = trace::call(ObjectOp::Take, self);
        if self.take_or_wait(timeout) && kernel::outcome() == Outcome::TimedOut {
            return Err(TimedOut);
        }
        Ok(())
    }

    /// Takes a permit if there is one. From any context; does not block.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    #[must_use]
    pub fn try_take(&self) -> bool {
        lock::with(|locked| self.attempt(locked))
    }

    /// The permits there are. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn count(&self) -> u32 {
        lock::with(|locked| self.control.get(locked).count())
    }

    #[inline(always)]
    fn attempt(&self, locked: Locked<'_>) -> bool {
        let control = self.control.get(locked);
        let taken = control.try_take();
        if taken {
            trace::object(locked, ObjectOp::Take, core::ptr::from_ref(self).addr(), control.count());
        }
        taken
    }

    /// Takes a permit, or makes the task wait. Returns whether it waits.
    #[inline(always)]
    fn take_or_wait(&'static self, timeout: Duration) -> bool {
        lock::with_mask(|locked, mask| {
            if self.attempt(locked) {
                return false;
            }
            let list = self.control.get_static(locked).list();
            kernel::block(locked, mask, Some(list), timeout, BlockReason::Semaphore);
            true
        })
    }
}
