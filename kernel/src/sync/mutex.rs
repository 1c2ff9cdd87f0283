//! The mutex with priority inheritance.
#![expect(unsafe_code, reason = "hands the value out to the one owner")]

use super::contend::{self, Lock};
use crate::asynch;
use crate::error::{Deadlock, LockError};
use crate::kernel;
use crate::lock::{self, Locked};
use crate::time::Duration;
use crate::{contexts, trace};
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::TaskId;
use bluekernel_core::mutex::Attempt;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

#[cfg(feature = "async")]
mod futures;

/// A value that one task at a time can reach.
///
/// While a more important task waits for it, its owner runs with that task's priority (and so on along a chain of
/// owners that wait themselves). Unlocking hands it to the most important task that waits, equals in the order they
/// came. It is not recursive. It is for tasks only: use a critical section to share with interrupt handlers.
///
/// ```standalone_crate
/// use bluekernel::Mutex;
///
/// static TOTAL: Mutex<u32> = Mutex::new(0);
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn adding() {
///     *TOTAL.lock() += 1;
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// A guard stays in the task that locked:
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// static TOTAL: bluekernel::Mutex<u32> = bluekernel::Mutex::new(0);
/// send(TOTAL.lock());
/// ```
#[repr(C)]
pub struct Mutex<T> {
    lock: Lock,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through a guard, and there is one guard at a time; it moves between tasks, so `T: Send`.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// A free mutex around `value`.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self { lock: Lock::new(), value: UnsafeCell::new(value) }
    }

    /// Locks the mutex; waits until it is free.
    ///
    /// # Panics
    /// If this could never end, because the task owns the mutex itself or owns one that the owner waits for
    /// ([`Mutex::checked_lock`] returns that instead). Outside of a task; and, if it must wait, inside a critical section.
    #[inline]
    pub fn lock(&'static self) -> MutexGuard<T> {
        self.lock_because(BlockReason::Mutex)
    }

    /// As [`Mutex::lock`], for an object that is made of this mutex: the trace tells what the task waits for.
    #[inline(always)]
    pub(super) fn lock_because(&'static self, reason: BlockReason) -> MutexGuard<T> {
        let _call = trace::call(ObjectOp::Lock, self);
        if !self.lock_at_once() {
            contend::lock(&self.lock.control, reason);
        }
        MutexGuard::new(self)
    }

    /// Locks the mutex; waits until it is free. As [`Mutex::lock`], with the deadlock as a value.
    ///
    /// # Errors
    /// [`Deadlock`] if waiting could never end. The task still owns what it owns.
    ///
    /// # Panics
    /// Outside of a task; and, if it must wait, inside a critical section.
    #[inline]
    pub fn checked_lock(&'static self) -> Result<MutexGuard<T>, Deadlock> {
        let _call = trace::call(ObjectOp::Lock, self);
        if !self.lock_at_once() {
            contend::lock_timeout(&self.lock.control, Duration::MAX, BlockReason::Mutex).map_err(|_| Deadlock)?;
        }
        Ok(MutexGuard::new(self))
    }

    /// Locks the mutex; waits until it is free, but not longer than `timeout`. No time does not wait.
    ///
    /// # Errors
    /// [`LockError::TimedOut`] if it was not free in time. [`LockError::Deadlock`], at once, if the task owns it itself; a
    /// longer ring ends with a time-out.
    ///
    /// # Panics
    /// Outside of a task; and, if it must wait, inside a critical section.
    #[inline]
    pub fn lock_timeout(&'static self, timeout: Duration) -> Result<MutexGuard<T>, LockError> {
        self.lock_for(timeout, BlockReason::Mutex)
    }

    /// As [`Mutex::lock_timeout`], for an object that is made of this mutex.
    #[inline(always)]
    pub(super) fn lock_for(&'static self, timeout: Duration, reason: BlockReason) -> Result<MutexGuard<T>, LockError> {
        let _call = trace::call(ObjectOp::Lock, self);
        if !self.lock_at_once() {
            contend::lock_timeout(&self.lock.control, timeout, reason)?;
        }
        Ok(MutexGuard::new(self))
    }

    /// Locks the mutex if it is free. From any context; does not block. `None` also outside of a task.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn try_lock(&'static self) -> Option<MutexGuard<T>> {
        lock::with(|locked| {
            let id = kernel::executing(locked)?;
            self.attempt(locked, id).ok()
        })?;
        Some(MutexGuard::new(self))
    }

    /// The value of a mutex that nobody else can reach. From any context; does not block.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value. From any context; does not block.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    #[inline(always)]
    fn attempt(&'static self, locked: Locked<'_>, id: TaskId) -> Result<(), TaskId> {
        match self.lock.control.get(locked).try_lock(id) {
            Attempt::Locked => {
                trace::object(locked, ObjectOp::Lock, self.address(), u32::from(id.number()) + 1);
                Ok(())
            }
            Attempt::Held(owner) => Err(owner),
        }
    }

    /// Who owns it.
    #[inline(always)]
    pub(super) fn owner(&self, locked: Locked<'_>) -> Option<TaskId> {
        self.lock.control.get(locked).owner()
    }

    /// Whether the mutex was free, and is the task's now.
    #[inline(always)]
    fn lock_at_once(&'static self) -> bool {
        if cfg!(feature = "small") {
            // Who contends looks for himself, in a function that is there once.
            return false;
        }
        lock::with(|locked| {
            let Some(id) = kernel::executing(locked) else { contexts::cannot_wait(BlockReason::Mutex) };
            self.attempt(locked, id).is_ok()
        })
    }
}

/// The right to reach a mutex' value. Unlocks when dropped. It stays with its task.
#[must_use = "the mutex is unlocked where this value is dropped"]
pub struct MutexGuard<T: 'static> {
    mutex: &'static Mutex<T>,
    /// Only the owner may unlock.
    not_send: PhantomData<*const ()>,
}

// SAFETY: sharing the guard shares the value, and nothing else can be done with `&MutexGuard`.
unsafe impl<T: Sync> Sync for MutexGuard<T> {}

impl<T> MutexGuard<T> {
    /// The guard of a mutex that the running task owns, and that has no other.
    #[inline(always)]
    pub(super) fn new(mutex: &'static Mutex<T>) -> Self {
        Self { mutex, not_send: PhantomData }
    }

    /// What it is the guard of.
    #[inline(always)]
    pub(super) fn mutex(&self) -> &'static Mutex<T> {
        self.mutex
    }

    /// As dropping it, for a task that has just begun to wait: it is unlocked when the lock is open again, before another
    /// task runs.
    pub(super) fn give_up(self, locked: Locked<'_>) {
        contend::give_up(&self.mutex.lock, locked);
        core::mem::forget(self);
    }
}

impl<T> Deref for MutexGuard<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the guard proves that this task owns the mutex, so nobody else makes a reference.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard itself is borrowed uniquely.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for MutexGuard<T> {
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    fn drop(&mut self) {
        asynch::with(|locked, told| contend::unlock(&self.mutex.lock, locked, told));
    }
}
