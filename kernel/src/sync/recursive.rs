//! The mutex that its owner may lock again.
#![expect(unsafe_code, reason = "hands the value out to the one owner")]

use super::mutex::{Mutex, MutexGuard};
use crate::error::TimedOut;
use crate::kernel;
use crate::lock::{self, Protected};
use crate::time::Duration;
use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::ops::Deref;

/// A value that one task at a time can reach, and that this task may lock again: it is free once every guard is gone.
///
/// Otherwise it is as [`Mutex`]. Since there may be several guards, they give `&T` only; put a [`Cell`] or a
/// [`RefCell`](core::cell::RefCell) inside to change the value.
///
/// ```text
///            lock                  lock by the owner
///   free ───────────▶ owned, once ──────────────────▶ owned, n times
///     ▲                 │     ▲                          │ last but one
///     └─────────────────┘     └──────────────────────────┘ guard is dropped
///       last guard is dropped: handed to the most important task that waits
/// ```
///
/// ```standalone_crate
/// use bluekernel::RecursiveMutex;
/// use core::cell::Cell;
///
/// static DEPTH: RecursiveMutex<Cell<u32>> = RecursiveMutex::new(Cell::new(0));
///
/// fn descend(levels: u32) {
///     let depth = DEPTH.lock();
///     depth.set(depth.get() + 1);
///     if levels > 0 {
///         descend(levels - 1);
///     }
/// }
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn descending() {
///     descend(3);
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// A guard gives no unique reference, and stays in the task that locked:
/// ```compile_fail,E0594
/// static DEPTH: bluekernel::RecursiveMutex<u32> = bluekernel::RecursiveMutex::new(0);
/// *DEPTH.lock() += 1;
/// ```
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// static DEPTH: bluekernel::RecursiveMutex<u32> = bluekernel::RecursiveMutex::new(0);
/// send(DEPTH.lock());
/// ```
#[repr(C)]
pub struct RecursiveMutex<T> {
    mutex: Mutex<()>,
    /// How often the owner has locked it again.
    again: Protected<Cell<u32>>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through guards, and all guards are one task's; it moves between tasks, so `T: Send`. It is
// not shared by them, so `T` need not be `Sync`.
unsafe impl<T: Send> Sync for RecursiveMutex<T> {}

impl<T> RecursiveMutex<T> {
    /// A free mutex around `value`.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self { mutex: Mutex::new(()), again: Protected::new(Cell::new(0)), value: UnsafeCell::new(value) }
    }

    /// Locks the mutex; waits until it is free or this task's.
    ///
    /// # Panics
    /// As [`Mutex::lock`], but not if the task owns it. If it was locked again more than 2^32 - 1 times.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn lock(&'static self) -> RecursiveGuard<T> {
        self.try_lock().unwrap_or_else(|| self.adopt(self.mutex.lock()))
    }

    /// Locks the mutex; waits until it is free or this task's, but not longer than `timeout`. No time does not wait.
    ///
    /// # Errors
    /// [`TimedOut`] if it was not free in time.
    ///
    /// # Panics
    /// As [`Mutex::lock_timeout`]. If it was locked again more than 2^32 - 1 times.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn lock_timeout(&'static self, timeout: Duration) -> Result<RecursiveGuard<T>, TimedOut> {
        match self.try_lock() {
            Some(guard) => Ok(guard),
            // It is not this task's, so the time is what was not enough.
            None => self.mutex.lock_timeout(timeout).map(|guard| self.adopt(guard)).map_err(|_| TimedOut),
        }
    }

    /// Locks the mutex if it is free or this task's. From any context; does not block. `None` also outside of a task.
    ///
    /// # Panics
    /// If it was locked again more than 2^32 - 1 times.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn try_lock(&'static self) -> Option<RecursiveGuard<T>> {
        if let Some(guard) = self.mutex.try_lock() {
            return Some(self.adopt(guard));
        }
        let mine = lock::with(|locked| {
            let owner = kernel::executing(locked).filter(|id| self.mutex.owner(locked) == Some(*id));
            if owner.is_some() {
                let again = self.again.get(locked);
                match again.get().checked_add(1) {
                    Some(count) => again.set(count),
                    None => too_often(),
                }
            }
            owner.is_some()
        });
        if mine { Some(RecursiveGuard { mutex: self, not_send: PhantomData }) } else { None }
    }

    /// The value of a mutex that nobody else can reach. From any context; does not block.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value. From any context; does not block.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    /// The first guard.
    #[inline(always)]
    fn adopt(&'static self, guard: MutexGuard<()>) -> RecursiveGuard<T> {
        // The last of these guards makes it anew, and drops it.
        core::mem::forget(guard);
        RecursiveGuard { mutex: self, not_send: PhantomData }
    }
}

#[cold]
#[inline(never)]
fn too_often() -> ! {
    panic!("a recursive mutex was locked more often than can be counted")
}

/// The right to reach a recursive mutex' value. Unlocks when dropped. It stays with its task.
#[must_use = "the mutex is unlocked where this value is dropped"]
pub struct RecursiveGuard<T: 'static> {
    mutex: &'static RecursiveMutex<T>,
    /// Only the owner may unlock.
    not_send: PhantomData<*const ()>,
}

// SAFETY: sharing the guard shares the value, and nothing else can be done with `&RecursiveGuard`.
unsafe impl<T: Sync> Sync for RecursiveGuard<T> {}

impl<T> Deref for RecursiveGuard<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the guard proves that this task owns the mutex, and no guard gives a unique reference.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> Drop for RecursiveGuard<T> {
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    fn drop(&mut self) {
        let last = lock::with(|locked| {
            let again = self.mutex.again.get(locked);
            let count = again.get();
            again.set(count.saturating_sub(1));
            count == 0
        });
        if last {
            drop(MutexGuard::new(&self.mutex.mutex));
        }
    }
}
