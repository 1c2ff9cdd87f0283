//! What one task can do with another.

use crate::error::TimedOut;
use crate::kernel::{self, HOLD_BACK, KERNEL, act, reschedule};
use crate::lock::{self, Locked};
use crate::sync::contend;
use crate::table::Tasks;
use crate::time::Duration;
use bluekernel_abi::{BlockReason, TaskState};
use bluekernel_core::{Outcome, Priority, Table, TaskId};
use core::fmt;

/// A task. `name::task()` is that of the function `name` with `#[bluekernel::task]`.
///
/// ```standalone_crate
/// use bluekernel::{Duration, sleep, task::Task};
///
/// #[bluekernel::task(priority = 4, stack = 1024)]
/// fn worker() {
///     sleep(Duration::from_millis(10));
/// }
///
/// #[bluekernel::task(priority = 5, stack = 1024)]
/// fn supervisor() {
///     worker::task().set_priority(6).unwrap();
///     worker::task().join().unwrap();
///     assert!(worker::task().is_finished());
///     assert_eq!(Task::current(), Some(supervisor::task()));
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task(pub(super) TaskId);

/// The task is not dormant: it runs already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy;

/// A priority is 0 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchPriority;

/// Why a task's end was not waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// The time was over before the task was.
    TimedOut,
    /// A task cannot wait for its own end.
    Itself,
}

impl Task {
    /// The running task; `None` while the processor idles, and in `main`. In a handler it is the task that was interrupted.
    /// From any context; does not block.
    #[must_use]
    pub fn current() -> Option<Self> {
        lock::with(|locked| KERNEL.get(locked).scheduler.current()).map(Self)
    }

    /// Its number, by which traces and tools call it. From any context; does not block.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0.number()
    }

    /// What it is doing. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn state(self) -> TaskState {
        lock::with(|locked| match self.control(locked).state() {
            TaskState::Ready if KERNEL.get(locked).scheduler.current() == Some(self.0) => TaskState::Running,
            state => state,
        })
    }

    /// Whether it has returned, or was never started. From any context; does not block.
    #[must_use]
    pub fn is_finished(self) -> bool {
        self.state() == TaskState::Dormant
    }

    /// Its effective priority: its own, or that of the most important task that waits for a mutex it owns. From any context;
    /// does not block.
    #[must_use]
    pub fn priority(self) -> u8 {
        lock::with(|locked| self.control(locked).priority())
    }

    /// Its own priority. From any context; does not block.
    #[must_use]
    pub fn base_priority(self) -> u8 {
        lock::with(|locked| self.control(locked).base_priority())
    }

    /// Gives it another priority of its own: 0 to 31. It keeps what it inherits. A task that is raised goes behind its new
    /// equals, one that is lowered before them. From any context; does not block, but a more important task may run.
    ///
    /// # Errors
    /// [`NoSuchPriority`]; nothing changes.
    #[cfg_attr(feature = "small", inline(never))]
    pub fn set_priority(self, priority: u8) -> Result<(), NoSuchPriority> {
        let priority = Priority::new(priority).ok_or(NoSuchPriority)?;
        lock::with(|locked| {
            let kernel = KERNEL.get(locked);
            kernel.settle.set(Some(contend::settle));
            act(locked, kernel.scheduler.set_base_priority(Tasks(locked), self.0, priority));
        });
        Ok(())
    }

    /// Takes it out of scheduling until [`Task::resume`]: at once if it is ready or runs, when its wait ends if it waits. It
    /// keeps the mutexes it owns. Suspending twice is the same as once; a dormant task stays as it is. From any context;
    /// does not block, unless a task suspends itself.
    ///
    /// # Panics
    /// If a task suspends itself inside a critical section.
    #[cfg_attr(feature = "small", inline(never))]
    pub fn suspend(self) {
        lock::with_mask(|locked, mask| {
            if kernel::executing(locked) == Some(self.0) {
                kernel::waiting_task(locked, mask, BlockReason::Suspend);
                kernel::tell(locked, None, Duration::MAX, BlockReason::Suspend);
            }
            HOLD_BACK.get(locked).set(Some(hold_back));
            KERNEL.get(locked).scheduler.suspend(Tasks(locked), self.0);
            reschedule(locked);
        });
        kernel::settle();
    }

    /// Takes a suspension back. Returns whether there was one. From any context; does not block, but a more important task
    /// may run.
    #[cfg_attr(feature = "small", inline(never))]
    pub fn resume(self) -> bool {
        lock::with(|locked| {
            let released = KERNEL.get(locked).scheduler.release(Tasks(locked), self.0);
            reschedule(locked);
            released
        })
    }

    /// Waits until it has returned; returns at once if it has, or was never started.
    ///
    /// # Errors
    /// [`JoinError::Itself`].
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn join(self) -> Result<(), JoinError> {
        self.join_timeout(Duration::MAX)
    }

    /// As [`Task::join`], but does not wait longer than `timeout`. No time does not wait, and is for any context.
    ///
    /// # Errors
    /// [`JoinError`].
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(feature = "small", inline(never))]
    pub fn join_timeout(self, timeout: Duration) -> Result<(), JoinError> {
        let waits = lock::with_mask(|locked, mask| {
            let control = Tasks(locked).task(self.0);
            if control.state() == TaskState::Dormant {
                return Ok(false);
            }
            if timeout.is_zero() {
                return Err(JoinError::TimedOut);
            }
            if kernel::executing(locked) == Some(self.0) {
                return Err(JoinError::Itself);
            }
            kernel::block(locked, mask, Some(control.joiners()), timeout, BlockReason::Join);
            Ok(true)
        })?;
        if waits && kernel::outcome() == Outcome::TimedOut {
            return Err(JoinError::TimedOut);
        }
        Ok(())
    }

    /// The number that the kernel's tables know it by.
    #[cfg(feature = "cpu-time")]
    pub(crate) fn id(self) -> TaskId {
        self.0
    }

    fn control(self, locked: Locked<'_>) -> &'static bluekernel_core::TaskControl<'static> {
        Tasks(locked).task(self.0)
    }
}

/// Suspends a task whose wait has ended, if that is what it is to do then.
fn hold_back(locked: Locked<'_>, id: TaskId) {
    KERNEL.get(locked).scheduler.hold_back(Tasks(locked), id);
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task runs already")
    }
}

impl fmt::Display for NoSuchPriority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a priority is 0 to 31")
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => TimedOut.fmt(f),
            Self::Itself => f.write_str("a task cannot wait for its own end"),
        }
    }
}

impl core::error::Error for Busy {}
impl core::error::Error for NoSuchPriority {}
impl core::error::Error for JoinError {}
