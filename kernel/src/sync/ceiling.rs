//! The mutex with a priority ceiling.
#![expect(unsafe_code, reason = "hands the value out to the one owner")]

use super::mutex::{Refused, wait};
use crate::error::{AboveCeiling, CeilingError, TimedOut};
use crate::kernel::{self, KERNEL, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::mutex::Attempt;
use bluekernel_core::{MutexControl, Outcome, Table};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// A value that one task at a time can reach, whose owner runs with a priority that is known beforehand: the ceiling, that
/// of the most important task that ever locks it (immediate ceiling protocol).
///
/// As long as the owner does not wait meanwhile, no other task that may lock it can run: so nobody ever waits for it, no
/// two such mutexes can deadlock, and a task is held up by less important ones at most once, before it starts. If the owner
/// does wait, it is as [`Mutex`](crate::Mutex): others wait, and hand their priority on.
///
/// ```text
///          lock: raised to the ceiling      locked by others while the owner waits
///   free ─────────────────────────────▶ owned ─────────────────────────▶ owned, others wait
///     ▲                                 │   ▲                                 │
///     └─────────────────────────────────┘   └─────────────────────────────────┘
///        guard is dropped: lowered            guard is dropped: lowered; the most important that
///                                             waits owns it and is raised
/// ```
///
/// ```
/// use bluekernel::{AboveCeiling, CeilingMutex};
///
/// /// Locked by tasks of priority 5 and less.
/// static TOTAL: CeilingMutex<u32> = CeilingMutex::new(5, 0);
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn adding() -> () {
///     if let Ok(mut total) = TOTAL.lock() {
///         *total += 1;
///     }
/// }
///
/// #[bluekernel::task(priority = 6, stack = 512)]
/// fn intruding() {
///     assert_eq!(TOTAL.lock().err(), Some(AboveCeiling));
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// A ceiling that no task can have does not compile, and a guard stays in the task that locked:
/// ```compile_fail,E0080
/// static TOTAL: bluekernel::CeilingMutex<u32> = bluekernel::CeilingMutex::new(32, 0);
/// ```
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// static TOTAL: bluekernel::CeilingMutex<u32> = bluekernel::CeilingMutex::new(5, 0);
/// send(TOTAL.lock());
/// ```
#[repr(C)]
pub struct CeilingMutex<T> {
    control: Protected<MutexControl<'static>>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard, and there is one guard at a time; it moves between tasks, so `T: Send`.
unsafe impl<T: Send> Sync for CeilingMutex<T> {}

impl<T> CeilingMutex<T> {
    /// A free mutex around `value`. `ceiling` is the priority of the most important task that locks it, 1 to 31. (With
    /// tasks of priority 0 alone a [`Mutex`](crate::Mutex) is the same.)
    ///
    /// # Panics
    /// If `ceiling` is anything else; at compile time for a static.
    #[must_use]
    pub const fn new(ceiling: u8, value: T) -> Self {
        Self { control: Protected::new(MutexControl::with_ceiling(ceiling)), value: UnsafeCell::new(value) }
    }

    /// Locks the mutex; waits until it is free.
    ///
    /// # Errors
    /// [`AboveCeiling`] if the task's own priority is above the ceiling.
    ///
    /// # Panics
    /// As [`Mutex::lock`](crate::Mutex::lock).
    #[inline]
    pub fn lock(&'static self) -> Result<CeilingGuard<T>, AboveCeiling> {
        match lock::with_mask(|locked, mask| self.lock_or_wait(locked, mask, Duration::MAX))? {
            Err(Refused::Waits) => kernel::settle(),
            Ok(()) | Err(Refused::Held) => {}
        }
        Ok(CeilingGuard::new(self))
    }

    /// Locks the mutex; waits until it is free, but not longer than `timeout`.
    ///
    /// # Errors
    /// [`CeilingError::AboveCeiling`] if the task's own priority is above the ceiling, [`CeilingError::TimedOut`] if it was
    /// not free in time.
    ///
    /// # Panics
    /// As [`Mutex::lock_timeout`](crate::Mutex::lock_timeout).
    #[inline]
    pub fn lock_timeout(&'static self, timeout: Duration) -> Result<CeilingGuard<T>, CeilingError> {
        match lock::with_mask(|locked, mask| self.lock_or_wait(locked, mask, timeout))? {
            Err(Refused::Held) => return Err(TimedOut.into()),
            Err(Refused::Waits) if kernel::outcome() == Outcome::TimedOut => return Err(TimedOut.into()),
            _ => {}
        }
        Ok(CeilingGuard::new(self))
    }

    /// Locks the mutex if it is free. `None` also outside of a task. Does not block.
    ///
    /// # Errors
    /// [`AboveCeiling`] if the task's own priority is above the ceiling.
    #[inline]
    pub fn try_lock(&'static self) -> Result<Option<CeilingGuard<T>>, AboveCeiling> {
        let locked =
            lock::with(|locked| if kernel::executing(locked).is_some() { self.attempt(locked) } else { Ok(false) })?;
        Ok(if locked { Some(CeilingGuard::new(self)) } else { None })
    }

    /// The ceiling.
    #[must_use]
    pub fn ceiling(&self) -> u8 {
        lock::with(|locked| self.control.get(locked).ceiling())
    }

    /// The value of a mutex that nobody else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    /// The running task takes the mutex, if it is free.
    fn attempt(&'static self, locked: Locked<'_>) -> Result<bool, AboveCeiling> {
        let Some(id) = kernel::executing(locked) else { kernel::cannot_wait() };
        let control = self.control.get_static(locked);
        if Tasks(locked).task(id).base_priority() > control.ceiling() {
            return Err(AboveCeiling);
        }
        let taken = control.try_raise(&KERNEL.get(locked).scheduler, Tasks(locked), id) == Attempt::Locked;
        if taken {
            trace::object(locked, ObjectOp::Lock, core::ptr::from_ref(self).addr(), u32::from(id.number()) + 1);
        }
        Ok(taken)
    }

    fn lock_or_wait(
        &'static self,
        locked: Locked<'_>,
        mask: Mask,
        timeout: Duration,
    ) -> Result<Result<(), Refused>, AboveCeiling> {
        if self.attempt(locked)? {
            return Ok(Ok(()));
        }
        Ok(wait(self.control.get_static(locked), locked, mask, timeout, BlockReason::Mutex))
    }
}

/// The right to reach a ceiling mutex' value. Unlocks when dropped. It stays with its task.
#[must_use = "the mutex is unlocked where this value is dropped"]
pub struct CeilingGuard<T: 'static> {
    mutex: &'static CeilingMutex<T>,
    /// Only the owner may unlock.
    not_send: PhantomData<*const ()>,
}

// SAFETY: sharing the guard shares the value, and nothing else can be done with `&CeilingGuard`.
unsafe impl<T: Sync> Sync for CeilingGuard<T> {}

impl<T> CeilingGuard<T> {
    #[inline(always)]
    fn new(mutex: &'static CeilingMutex<T>) -> Self {
        Self { mutex, not_send: PhantomData }
    }
}

impl<T> Deref for CeilingGuard<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the guard proves that this task owns the mutex, so nobody else makes a reference.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for CeilingGuard<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard itself is borrowed uniquely.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for CeilingGuard<T> {
    fn drop(&mut self) {
        lock::with(|locked| {
            let control = self.mutex.control.get_static(locked);
            let next = control.unlock_and_lower(&KERNEL.get(locked).scheduler, Tasks(locked));
            let value = next.map_or(0, |id| u32::from(id.number()) + 1);
            trace::object(locked, ObjectOp::Unlock, core::ptr::from_ref(self.mutex).addr(), value);
            // Also if nobody waited for it: this task may have become less important.
            kernel::reschedule(locked);
        });
    }
}
