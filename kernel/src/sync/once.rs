//! Values that are made once, by the first task that needs them.
#![expect(unsafe_code, reason = "hands the value out once it is there")]

use super::mutex::{Mutex, MutexGuard};
use crate::asynch::Listeners;
use crate::error::LockError;
use crate::time::Duration;
use bluekernel_abi::BlockReason;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "async")]
mod futures;

/// A value that is made once. Until it is there, one task makes it and the others wait; then it is there for everyone, and
/// to get it is as cheap as a load.
///
/// ```text
///             get_or_init                    returns
///   nothing ──────────────▶ one task makes ──────────▶ the value
///      ▲                    others wait  │
///      └─────────────────────────────────┘ panics (on the host): the next one of those who wait makes it
/// ```
/// While a more important task waits for it, the one that makes it runs with that task's priority. A function that needs
/// the value it makes would wait for itself: see [`OnceCell::get_or_init`].
///
/// ```standalone_crate
/// use bluekernel::OnceCell;
///
/// static TABLE: OnceCell<[u32; 4]> = OnceCell::new();
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn squaring() {
///     let table = TABLE.get_or_init(|| [0, 1, 4, 9]);
///     assert_eq!(table[3], 9);
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// It is shared by all tasks, so a value that only one may look at does not compile:
/// ```compile_fail,E0277
/// static COUNT: bluekernel::OnceCell<core::cell::Cell<u32>> = bluekernel::OnceCell::new();
/// ```
#[repr(C)]
pub struct OnceCell<T> {
    /// Whoever makes the value has it locked.
    making: Mutex<()>,
    futures: Listeners,
    there: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value is written by the one task that has the mutex, and only if it is not there; once it is, it is only
// shared: by several tasks, so `T: Sync`. It may be dropped by another than made it, so `T: Send`.
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}

impl<T> OnceCell<T> {
    /// Without a value.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            making: Mutex::new(()),
            futures: Listeners::new(),
            there: AtomicBool::new(false),
            value: UnsafeCell::new(None),
        }
    }

    /// The value, if it is there. From any context; does not block.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if !self.there.load(Ordering::Acquire) {
            return None;
        }
        // SAFETY: it was written before it was said to be there, and is not written again.
        unsafe { &*self.value.get() }.as_ref()
    }

    /// The value; `make` makes it if it is not there. Waits while another task does.
    ///
    /// # Panics
    /// If it is not there, as [`Mutex::lock`](crate::Mutex::lock), where the task that makes the value is the owner: also
    /// if `make` itself asks for it.
    #[inline]
    pub fn get_or_init(&'static self, make: impl FnOnce() -> T) -> &'static T {
        match self.get() {
            Some(value) => value,
            None => self.make(self.making.lock_because(BlockReason::Once), make),
        }
    }

    /// As [`OnceCell::get_or_init`], but waits for another task not longer than `timeout`. No time does not wait.
    ///
    /// # Errors
    /// [`LockError::TimedOut`] if another task did not finish in time. [`LockError::Deadlock`], at once, if this task is
    /// making it.
    ///
    /// # Panics
    /// If it is not there, outside of a task; and, if it must wait, inside a critical section.
    #[inline]
    pub fn get_or_init_timeout(
        &'static self,
        timeout: Duration,
        make: impl FnOnce() -> T,
    ) -> Result<&'static T, LockError> {
        match self.get() {
            Some(value) => Ok(value),
            None => Ok(self.make(self.making.lock_for(timeout, BlockReason::Once)?, make)),
        }
    }

    /// Gives the value; waits while another task makes it.
    ///
    /// # Errors
    /// The value, if there is one already.
    ///
    /// # Panics
    /// As [`OnceCell::get_or_init`].
    pub fn set(&'static self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        if self.get().is_none() {
            let _making = self.making.lock_because(BlockReason::Once);
            if self.get().is_none() {
                // SAFETY: as in `make`.
                unsafe { *self.value.get() = value.take() };
                self.publish();
            }
        }
        value.map_or(Ok(()), Err)
    }

    /// The value of a cell that nobody else can reach. From any context; does not block.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// The value. From any context; does not block.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// The value is there.
    #[inline(always)]
    fn publish(&self) {
        self.there.store(true, Ordering::Release);
        self.futures.call_all();
    }

    #[cold]
    #[inline(never)]
    fn make(&'static self, _making: MutexGuard<()>, make: impl FnOnce() -> T) -> &'static T {
        if self.get().is_none() {
            let value = make();
            // SAFETY: the guard proves that nobody else writes, and nobody reads what is not said to be there.
            unsafe { *self.value.get() = Some(value) };
            self.publish();
        }
        // SAFETY: it is there, and is not written again.
        match unsafe { &*self.value.get() } {
            Some(value) => value,
            None => unreachable!(),
        }
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Something that is done once: an [`OnceCell`] without a value.
///
/// ```standalone_crate
/// use bluekernel::Once;
///
/// static CALIBRATED: Once = Once::new();
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn measuring() {
///     CALIBRATED.call_once(|| { /* only the first task comes here, the others wait */ });
///     assert!(CALIBRATED.is_completed());
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
#[repr(transparent)]
pub struct Once(OnceCell<()>);

impl Once {
    /// Nothing is done yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceCell::new())
    }

    /// Does it, if it is not done; waits while another task does.
    ///
    /// # Panics
    /// As [`OnceCell::get_or_init`].
    #[inline]
    pub fn call_once(&'static self, f: impl FnOnce()) {
        self.0.get_or_init(f);
    }

    /// As [`Once::call_once`], but waits for another task not longer than `timeout`. No time does not wait.
    ///
    /// # Errors
    /// [`LockError::TimedOut`] if another task did not finish in time. [`LockError::Deadlock`], at once, if this task is
    /// making it.
    ///
    /// # Panics
    /// As [`OnceCell::get_or_init_timeout`].
    #[inline]
    pub fn call_once_timeout(&'static self, timeout: Duration, f: impl FnOnce()) -> Result<(), LockError> {
        self.0.get_or_init_timeout(timeout, f).copied()
    }

    /// Whether it is done. From any context; does not block.
    #[inline]
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.0.get().is_some()
    }
}

impl Default for Once {
    fn default() -> Self {
        Self::new()
    }
}
