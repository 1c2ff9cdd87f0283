//! The watch.

use super::generation::{wake_all, wake_one};
use crate::asynch::Listeners;
use crate::error::TimedOut;
use crate::kernel;
use crate::lock::{self, Locked, Protected};
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::Generations;
use core::cell::RefCell;

#[cfg(feature = "async")]
mod futures;

/// A value that changes, and any number of [receivers](Receiver), each of which is told of every change at least once: of
/// several changes since it last looked it sees the latest.
///
/// The value is copied and read with interrupts masked, so it should be small.
///
/// ```
/// use bluekernel::Watch;
///
/// static LEVEL: Watch<u32> = Watch::new(0);
/// let mut receiver = LEVEL.receiver();
/// LEVEL.send(1);
/// LEVEL.send(2);
/// assert_eq!(receiver.changed(), 2);
/// assert_eq!(receiver.try_changed(), None);
/// assert_eq!(LEVEL.read(|level| level + 1), 3);
/// ```
/// A value that cannot leave its task does not compile:
/// ```compile_fail,E0277
/// static NOTE: bluekernel::Watch<*const u8> = bluekernel::Watch::new(core::ptr::null());
/// ```
#[repr(C)]
pub struct Watch<T: Send> {
    /// A change ends a generation.
    generations: Protected<Generations>,
    futures: Listeners,
    // Handed out by value and by reference, under the lock, hence `T: Send`. A cell that knows that it is borrowed, because
    // what `read` calls may send.
    value: Protected<RefCell<T>>,
}

impl<T: Send> Watch<T> {
    /// With a first value.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self {
            generations: Protected::new(Generations::new()),
            futures: Listeners::new(),
            value: Protected::new(RefCell::new(value)),
        }
    }

    /// Changes the value. More important tasks that were waiting for that run before this call returns (after the handler,
    /// in one). From any context; does not block.
    ///
    /// Interrupts are only masked while one waiting task is woken, or future told.
    ///
    /// # Panics
    /// Inside of [`Watch::read`] of the same watch.
    pub fn send(&self, value: T) {
        let mut value = Some(value);
        // Those who wait since the change before are still to be woken, if this call came in the midst of that one.
        while lock::with(|locked| {
            let generations = self.generations.get(locked);
            if wake_one(locked, generations) {
                return true;
            }
            let Ok(mut place) = self.value.get(locked).try_borrow_mut() else { is_read() };
            if let Some(new) = value.take() {
                // The old one is dropped with `value`, not under the lock.
                value = Some(core::mem::replace(&mut *place, new));
            }
            generations.end();
            self.futures.begin(locked);
            trace::object(locked, ObjectOp::Notify, core::ptr::from_ref(self).addr(), generations.present() as u32);
            false
        }) {}
        wake_all(&self.generations, |generations| generations);
        self.futures.tell_all(|_, _| true);
    }

    /// Reads the value where it is. `f` runs with interrupts masked, and must not wait. From any context; does not block.
    pub fn read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        lock::with(|locked| {
            let Ok(value) = self.value.get(locked).try_borrow() else { is_read() };
            f(&value)
        })
    }

    /// A receiver to which the present value is not new. From any context; does not block.
    #[must_use]
    pub fn receiver(&'static self) -> Receiver<T> {
        Receiver { watch: self, seen: lock::with(|locked| self.generations.get(locked).present()) }
    }
}

impl<T: Send + Clone> Watch<T> {
    /// The value. From any context; does not block.
    #[must_use]
    pub fn get(&self) -> T {
        self.read(T::clone)
    }
}

#[cold]
#[inline(never)]
fn is_read() -> ! {
    panic!("a watch cannot change while it is read")
}

/// One who is told of the changes of a [`Watch`].
#[derive(Clone)]
pub struct Receiver<T: Send + 'static> {
    watch: &'static Watch<T>,
    /// The generation whose value it knows.
    seen: u64,
}

impl<T: Send + Clone> Receiver<T> {
    /// The value, if it has changed; waits until it does.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn changed(&mut self) -> T {
        loop {
            if let Some(value) = self.look_or_wait(Duration::MAX) {
                return value;
            }
            kernel::settle();
        }
    }

    /// The value, if it has changed; waits until it does, but not longer than `timeout`. No time does not wait, and is for
    /// any context.
    ///
    /// # Errors
    /// [`TimedOut`] if it did not change in time.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn changed_timeout(&mut self, timeout: Duration) -> Result<T, TimedOut> {
        if timeout.is_zero() {
            return self.try_changed().ok_or(TimedOut);
        }
        if let Some(value) = self.look_or_wait(timeout) {
            return Ok(value);
        }
        let _ = kernel::outcome();
        // Whatever ended the wait: only a change can have made it new.
        self.try_changed().ok_or(TimedOut)
    }

    /// The value, if it has changed. From any context; does not block.
    pub fn try_changed(&mut self) -> Option<T> {
        lock::with(|locked| self.look(locked))
    }

    #[inline(always)]
    fn look(&mut self, locked: Locked<'_>) -> Option<T> {
        let present = self.watch.generations.get(locked).present();
        if present == self.seen {
            return None;
        }
        self.seen = present;
        Some(self.watch.get())
    }

    /// Not inlined, so that what it keeps is kept before the lock.
    #[inline(never)]
    fn look_or_wait(&mut self, timeout: Duration) -> Option<T> {
        lock::with_mask(|locked, mask| {
            let value = self.look(locked);
            if value.is_none() {
                let list = self.watch.generations.get_static(locked).list();
                kernel::block(locked, mask, Some(list), timeout, BlockReason::Watch);
            }
            value
        })
    }
}
