//! The mutex with a priority ceiling.
#![expect(unsafe_code, reason = "hands the value out to the one owner")]

use super::contend;
use crate::error::CeilingError;
use crate::kernel::{self, KERNEL};
use crate::lock::{self, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::{contexts, trace};
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::mutex::{self, Attempt};
use bluekernel_core::{MutexControl, Table};
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
/// ```standalone_crate
/// use bluekernel::{CeilingError, CeilingMutex};
///
/// /// Locked by tasks of priority 5 and less.
/// static TOTAL: CeilingMutex<u32> = CeilingMutex::new(5, 0);
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn adding() {
///     if let Ok(mut total) = TOTAL.lock() {
///         *total += 1;
///     }
/// }
///
/// #[bluekernel::task(priority = 6, stack = 512)]
/// fn intruding() {
///     assert_eq!(TOTAL.lock().err(), Some(CeilingError::AboveCeiling));
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
    /// [`CeilingError::AboveCeiling`] if the task's own priority is above the ceiling. [`CeilingError::Deadlock`] if waiting
    /// could never end.
    ///
    /// # Panics
    /// Outside of a task; and, if it must wait, inside a critical section.
    #[inline]
    pub fn lock(&'static self) -> Result<CeilingGuard<T>, CeilingError> {
        self.lock_timeout(Duration::MAX)
    }

    /// Locks the mutex; waits until it is free, but not longer than `timeout`. No time does not wait.
    ///
    /// # Errors
    /// [`CeilingError::AboveCeiling`] if the task's own priority is above the ceiling, [`CeilingError::TimedOut`] if it was
    /// not free in time. [`CeilingError::Deadlock`], at once, if the task owns it itself; a longer ring ends with a
    /// time-out.
    ///
    /// # Panics
    /// Outside of a task; and, if it must wait, inside a critical section.
    pub fn lock_timeout(&'static self, timeout: Duration) -> Result<CeilingGuard<T>, CeilingError> {
        if !self.lock_at_once()? {
            contend::lock_timeout(&self.control, timeout, BlockReason::Mutex)?;
            lock::with(|locked| self.control.get_static(locked).raise(&KERNEL.get(locked).scheduler, Tasks(locked)));
        }
        Ok(CeilingGuard::new(self))
    }

    /// Locks the mutex if it is free. In a task; does not block.
    ///
    /// # Errors
    /// [`CeilingError::AboveCeiling`] if the task's own priority is above the ceiling, [`CeilingError::TimedOut`] if it is
    /// not free.
    ///
    /// # Panics
    /// Outside of a task.
    pub fn try_lock(&'static self) -> Result<CeilingGuard<T>, CeilingError> {
        if self.lock_at_once()? { Ok(CeilingGuard::new(self)) } else { Err(CeilingError::TimedOut) }
    }

    /// The ceiling. From any context; does not block.
    #[must_use]
    pub fn ceiling(&self) -> u8 {
        lock::with(|locked| self.control.get(locked).ceiling())
    }

    /// The value of a mutex that nobody else can reach. From any context; does not block.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value. From any context; does not block.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    /// Whether the mutex was free, and is the task's now.
    #[cfg_attr(feature = "small", inline(never))]
    fn lock_at_once(&'static self) -> Result<bool, CeilingError> {
        lock::with(|locked| {
            let Some(id) = kernel::executing(locked) else { contexts::cannot_wait(BlockReason::Mutex) };
            let kernel = KERNEL.get(locked);
            let control = self.control.get_static(locked);
            if Tasks(locked).task(id).base_priority() > control.ceiling() {
                return Err(CeilingError::AboveCeiling);
            }
            let free = control.try_lock(id) == Attempt::Locked;
            if free {
                // Unlocking may leave a priority to be worked out.
                kernel.settle.set(Some(contend::settle));
                control.raise(&kernel.scheduler, Tasks(locked));
                let owner = u32::from(id.number()) + 1;
                trace::object(locked, ObjectOp::Lock, core::ptr::from_ref(self).addr(), owner);
            }
            Ok(free)
        })
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
        let freed = lock::with(|locked| {
            let control = self.mutex.control.get_static(locked);
            let owner = control.owner();
            if let Some(next) = control.list().first() {
                contend::hand_over(control, locked, next);
                return None;
            }
            control.drop_ceiling(Tasks(locked));
            let _ = control.release();
            contend::tell_unlock(control, locked, 0);
            owner
        });
        // Under a lock of its own: until then this task is as important as if it had not begun to unlock.
        if let Some(owner) = freed {
            lock::with(|locked| {
                mutex::lower(&KERNEL.get(locked).scheduler, Tasks(locked), owner);
                kernel::reschedule(locked);
            });
        }
    }
}
