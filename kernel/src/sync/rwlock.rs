//! The reader-writer lock.
#![expect(unsafe_code, reason = "hands the value out to readers, or to one writer")]

use super::mutex::{Mutex, MutexGuard};
use crate::asynch::{self, Waiters};
use crate::error::LockError;
use crate::kernel::{self, Mask};
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::{Duration, Instant};
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::{Outcome, ReaderControl, Table};
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

#[cfg(feature = "async")]
mod futures;

/// A value that many can read at once, or one task can change.
///
/// Whoever finds it taken waits: readers and writers together, the most important first, equals in the order they came. So
/// neither starves the other: behind a writer that waits, only readers wait that are not more important than it. A reader
/// that is more important than everyone who waits joins those who read at once.
///
/// ```text
///             read                    read: no writer waits, or a less important one
///           ┌────────┐  ┌─────────┐ ──┐
///           │        ▼  │         │ ◀─┘
///   ┌──────┐│       ┌───┴─────┐   │ write                 ┌─────────────────┐
///   │ free ├┘       │ readers ├───┴─────────────────────▶ │ readers, and a  │
///   │      │◀───────┤         │                           │ writer waits    │
///   └┬─▲───┘ last   └─────────┘                           └───────┬─────────┘
///    │ │     leaves                 ┌────────┐  last leaves       │
///    │ └─────────────────────────── │ writer │ ◀──────────────────┘
///    └────────────── write ───────▶ └────────┘
/// ```
/// A writer runs with the priority of the most important task that it keeps waiting, as a mutex' owner does, and so does one
/// that waits for readers to leave. Readers are not raised. A task that reads must not lock again: if a writer came in
/// between, each would wait for the other for ever ([`RwLock::try_read`] is fine).
///
/// ```standalone_crate
/// use bluekernel::RwLock;
///
/// static LIMITS: RwLock<(u32, u32)> = RwLock::new((0, 10));
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn checking() {
///     let limits = LIMITS.read();
///     assert!(limits.0 <= limits.1);
/// }
///
/// #[bluekernel::task(priority = 4, stack = 512)]
/// fn setting() {
///     *LIMITS.write() = (5, 6);
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// A guard stays in the task that locked, and who only reads cannot write:
/// ```compile_fail,E0277
/// fn send<T: Send>(_: T) {}
/// static LIMITS: bluekernel::RwLock<u32> = bluekernel::RwLock::new(0);
/// send(LIMITS.read());
/// ```
/// ```compile_fail,E0594
/// static LIMITS: bluekernel::RwLock<u32> = bluekernel::RwLock::new(0);
/// *LIMITS.read() = 1;
/// ```
#[repr(C)]
pub struct RwLock<T> {
    gate: Mutex<()>,
    readers: Protected<ReaderControl>,
    /// The future that has the gate, and waits for the readers to leave.
    writer: Waiters,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through guards: many that give `&T` to several tasks, so `T: Sync`, or one that gives `&mut
// T` to one task after another, so `T: Send`.
unsafe impl<T: Send + Sync> Sync for RwLock<T> {}

impl<T> RwLock<T> {
    /// A free lock around `value`.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self {
            gate: Mutex::new(()),
            readers: Protected::new(ReaderControl::new()),
            writer: Waiters::new(),
            value: UnsafeCell::new(value),
        }
    }

    /// Locks for reading; waits while somebody writes, or a task waits that is at least as important.
    ///
    /// # Panics
    /// As [`Mutex::lock`](crate::Mutex::lock), where the writer is the owner: also if this task writes. And as
    /// [`RwLock::try_read`].
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn read(&'static self) -> ReadGuard<T> {
        self.try_read().unwrap_or_else(|| self.read_behind(self.gate.lock_because(BlockReason::ReadLock)))
    }

    /// As [`RwLock::read`], but waits not longer than `timeout`. No time does not wait.
    ///
    /// # Errors
    /// [`LockError::TimedOut`] if it could not be locked in time. [`LockError::Deadlock`], at once, if the task itself writes.
    ///
    /// # Panics
    /// As [`RwLock::read`].
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn read_timeout(&'static self, timeout: Duration) -> Result<ReadGuard<T>, LockError> {
        match self.try_read() {
            Some(guard) => Ok(guard),
            None => Ok(self.read_behind(self.gate.lock_for(timeout, BlockReason::ReadLock)?)),
        }
    }

    /// Locks for reading if that is possible now. From any context; does not block.
    ///
    /// # Panics
    /// If there are 2^32 - 1 readers already.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn try_read(&'static self) -> Option<ReadGuard<T>> {
        lock::with(|locked| self.attempt(locked))
    }

    /// Locks for writing; waits while somebody reads or writes.
    ///
    /// # Panics
    /// As [`Mutex::lock`](crate::Mutex::lock), where the writer is the owner.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn write(&'static self) -> WriteGuard<T> {
        let gate = self.gate.lock_because(BlockReason::WriteLock);
        if lock::with_mask(|locked, mask| self.wait_for_readers(locked, mask, Duration::MAX)) {
            kernel::settle();
        }
        WriteGuard { lock: self, _gate: gate }
    }

    /// As [`RwLock::write`], but waits not longer than `timeout`. No time does not wait.
    ///
    /// # Errors
    /// [`LockError::TimedOut`] if it could not be locked in time. [`LockError::Deadlock`], at once, if the task itself writes.
    ///
    /// # Panics
    /// As [`RwLock::write`].
    pub fn write_timeout(&'static self, timeout: Duration) -> Result<WriteGuard<T>, LockError> {
        let end = Instant::now() + timeout;
        let gate = self.gate.lock_for(timeout, BlockReason::WriteLock)?;
        let left = end - Instant::now();
        let waits = lock::with_mask(|locked, mask| self.wait_for_readers(locked, mask, left));
        // The gate opens again if this gives up.
        if waits && (left.is_zero() || kernel::outcome() == Outcome::TimedOut) {
            return Err(LockError::TimedOut);
        }
        Ok(WriteGuard { lock: self, _gate: gate })
    }

    /// Locks for writing if that is possible now. From any context; does not block. `None` also outside of a task.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn try_write(&'static self) -> Option<WriteGuard<T>> {
        let gate = self.gate.try_lock()?;
        if lock::with(|locked| self.readers.get(locked).readers() > 0) {
            return None;
        }
        Some(WriteGuard { lock: self, _gate: gate })
    }

    /// The value of a lock that nobody else can reach. From any context; does not block.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value. From any context; does not block.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }

    #[inline(always)]
    fn attempt(&'static self, locked: Locked<'_>) -> Option<ReadGuard<T>> {
        let gate = self.gate.owner(locked).map(|id| Tasks(locked).task(id).priority());
        let me = kernel::executing(locked).map(|id| Tasks(locked).task(id).priority());
        if self.readers.get(locked).may_read(me, gate) { Some(self.begin_read(locked)) } else { None }
    }

    /// A reader that had to wait has the gate now: nobody writes. It leaves it to the next one.
    fn read_behind(&'static self, gate: MutexGuard<()>) -> ReadGuard<T> {
        let guard = lock::with(|locked| self.begin_read(locked));
        drop(gate);
        guard
    }

    /// Makes the writer, which has the gate, wait until nobody reads. Returns whether it must; if it must and there is no
    /// time, it does not.
    fn wait_for_readers(&'static self, locked: Locked<'_>, mask: Mask, left: Duration) -> bool {
        let readers = self.readers.get_static(locked);
        let must = readers.readers() > 0;
        if must && !left.is_zero() {
            kernel::block(locked, mask, Some(readers.list()), left, BlockReason::WriteLock);
        }
        must
    }

    /// One more reads. Nobody writes.
    #[inline(always)]
    fn begin_read(&'static self, locked: Locked<'_>) -> ReadGuard<T> {
        let readers = self.readers.get(locked);
        if !readers.begin() {
            too_many();
        }
        trace::object(locked, ObjectOp::Lock, core::ptr::from_ref(self).addr(), readers.readers());
        ReadGuard { lock: self, not_send: PhantomData }
    }
}

#[cold]
#[inline(never)]
fn too_many() -> ! {
    panic!("more readers than can be counted")
}

/// The right to read a lock's value. Unlocks when dropped. It stays with its task.
#[must_use = "the lock is unlocked where this value is dropped"]
pub struct ReadGuard<T: 'static> {
    lock: &'static RwLock<T>,
    not_send: PhantomData<*const ()>,
}

// SAFETY: sharing the guard shares the value, and nothing else can be done with `&ReadGuard`.
unsafe impl<T: Sync> Sync for ReadGuard<T> {}

impl<T> Deref for ReadGuard<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: as long as somebody reads, no writer begins.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> Drop for ReadGuard<T> {
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    fn drop(&mut self) {
        asynch::with(|locked, told| {
            let readers = self.lock.readers.get(locked);
            let writer = readers.end();
            trace::object(locked, ObjectOp::Unlock, core::ptr::from_ref(self.lock).addr(), readers.readers());
            if writer {
                kernel::wake_first(locked, readers.list());
            } else if readers.readers() == 0 {
                self.lock.writer.tell(locked, told);
            }
        });
    }
}

/// The right to change a lock's value. Unlocks when dropped. It stays with its task.
#[must_use = "the lock is unlocked where this value is dropped"]
pub struct WriteGuard<T: 'static> {
    lock: &'static RwLock<T>,
    /// Opens the gate when dropped. Not `Send`, so neither is this guard.
    _gate: MutexGuard<()>,
}

impl<T> Deref for WriteGuard<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: this task has the gate and saw no readers since; so nobody else makes a reference.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for WriteGuard<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the guard itself is borrowed uniquely.
        unsafe { &mut *self.lock.value.get() }
    }
}
