//! A lock made of a semaphore, as it is often written, and wrong: whoever has a semaphore's permit is known to nobody, so
//! the kernel cannot let that task run on when a more important one waits for the permit. See `main.rs`.

use bluekernel::Semaphore;
use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};

/// A value that one task at a time can reach.
#[repr(C)]
pub struct Lock<T> {
    permit: Semaphore,
    value: UnsafeCell<T>,
}

// SAFETY: there is one permit, so one guard at a time; the value moves between tasks, so `T: Send`.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A free lock around `value`.
    pub const fn new(value: T) -> Self {
        Self { permit: Semaphore::new(1, 1), value: UnsafeCell::new(value) }
    }

    /// Waits until the lock is free, and takes it.
    pub fn lock(&'static self) -> Guard<T> {
        self.permit.take();
        Guard(self)
    }
}

/// The right to reach the value. Gives the permit back when dropped.
pub struct Guard<T: 'static>(&'static Lock<T>);

impl<T> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this guard has the one permit.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Guard<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard itself is borrowed uniquely.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Guard<T> {
    fn drop(&mut self) {
        self.0.permit.give().ok();
    }
}
