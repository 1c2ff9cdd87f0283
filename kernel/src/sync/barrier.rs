//! The barrier.

use super::generation::{wake_all, wake_one};
use crate::asynch::Listeners;
use crate::error::TimedOut;
use crate::kernel::{self, Mask};
use crate::lock::{self, Locked, Protected};
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::{BarrierControl, Outcome};

#[cfg(feature = "async")]
mod futures;

/// A place where a number of tasks wait for each other: when the last one has come all go on, the most important first.
/// Then it is as new; a task may come again while others are still on their way.
///
/// ```standalone_crate
/// static READY: bluekernel::Barrier = bluekernel::Barrier::new(2);
///
/// #[bluekernel::task(priority = 5, stack = 512)]
/// fn left() {
///     READY.wait();
/// }
///
/// #[bluekernel::task(priority = 4, stack = 512)]
/// fn right() {
///     if READY.wait().is_leader() {
///         // only one of the two
///     }
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// A barrier for no task does not compile:
/// ```compile_fail,E0080
/// static READY: bluekernel::Barrier = bluekernel::Barrier::new(0);
/// ```
#[repr(C)]
pub struct Barrier {
    control: Protected<BarrierControl>,
    futures: Listeners,
}

/// What a task has behind a [`Barrier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BarrierWaitResult {
    leader: bool,
}

impl BarrierWaitResult {
    /// Whether this is the task that came last: exactly one of those that went on together.
    #[must_use]
    pub const fn is_leader(self) -> bool {
        self.leader
    }
}

/// What came of coming.
enum Arrival {
    /// Others are to be woken first, on account of the generation before.
    Later,
    /// The task is the last one.
    Last,
    /// It waits, in this generation.
    Waits(u64),
    /// It would have to wait, and there is no time.
    NoTime,
}

impl Barrier {
    /// A barrier for `tasks` tasks.
    ///
    /// # Panics
    /// If `tasks` is 0; at compile time for a static.
    #[must_use]
    pub const fn new(tasks: u32) -> Self {
        Self { control: Protected::new(BarrierControl::new(tasks)), futures: Listeners::new() }
    }

    /// Waits until as many tasks have come as the barrier is for.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(feature = "small", inline(never))]
    pub fn wait(&'static self) -> BarrierWaitResult {
        let arrival = self.arrive(Duration::MAX);
        if let Arrival::Waits(_) = arrival {
            kernel::settle();
        }
        BarrierWaitResult { leader: matches!(arrival, Arrival::Last) }
    }

    /// Waits until as many tasks have come as the barrier is for, but not longer than `timeout`. No time does not wait, and
    /// is for any context: it goes on only if everyone else has come.
    ///
    /// # Errors
    /// [`TimedOut`] if not enough came in time; then this task has not come, either.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(feature = "small", inline(never))]
    pub fn wait_timeout(&'static self, timeout: Duration) -> Result<BarrierWaitResult, TimedOut> {
        match self.arrive(timeout) {
            Arrival::Last => Ok(BarrierWaitResult { leader: true }),
            Arrival::Waits(generation) => {
                let timed_out = kernel::outcome() == Outcome::TimedOut;
                // It may be too late to give up: the last one counted on this task.
                if timed_out && lock::with(|locked| self.control.get(locked).withdraw(generation)) {
                    return Err(TimedOut);
                }
                Ok(BarrierWaitResult { leader: false })
            }
            Arrival::NoTime | Arrival::Later => Err(TimedOut),
        }
    }

    /// How many have come and wait for the others. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        lock::with(|locked| self.control.get(locked).come())
    }

    #[inline(never)]
    fn arrive(&'static self, timeout: Duration) -> Arrival {
        loop {
            match lock::with_mask(|locked, mask| self.arrive_once(locked, mask, timeout)) {
                Arrival::Later => {}
                Arrival::Last => {
                    self.let_go();
                    return Arrival::Last;
                }
                arrival => return arrival,
            }
        }
    }

    /// The last one has come: the others go on, one by one.
    fn let_go(&self) {
        wake_all(&self.control, BarrierControl::generations);
        self.futures.tell_all(|_, _| true);
    }

    #[inline(always)]
    fn arrive_once(&'static self, locked: Locked<'_>, mask: Mask, timeout: Duration) -> Arrival {
        let control = self.control.get_static(locked);
        let generations = control.generations();
        if wake_one(locked, generations) {
            return Arrival::Later;
        }
        if !control.awaits_one() {
            if timeout.is_zero() {
                return Arrival::NoTime;
            }
            // Whoever cannot wait has not come.
            kernel::block(locked, mask, Some(generations.list()), timeout, BlockReason::Barrier);
        }
        if self.come(locked) {
            return Arrival::Last;
        }
        Arrival::Waits(generations.present())
    }

    /// One comes; nobody is still to be woken on account of the generation before. Returns whether it is the last one.
    fn come(&self, locked: Locked<'_>) -> bool {
        let control = self.control.get(locked);
        let last = control.arrive();
        if last {
            self.futures.begin(locked);
            let present = control.generations().present();
            trace::object(locked, ObjectOp::Notify, core::ptr::from_ref(self).addr(), present as u32);
        }
        last
    }
}
