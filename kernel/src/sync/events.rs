//! Event flags.
#![expect(unsafe_code, reason = "reaches the waits on the stacks of tasks that wait")]

use crate::asynch::Listeners;
use crate::error::TimedOut;
use crate::kernel;
use crate::lock::{self, Locked, Protected};
use crate::table::Tasks;
use crate::time::Duration;
use crate::trace;
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::events::{EventWait, Step, Wanted};
use bluekernel_core::{EventControl, Outcome, Table};

#[cfg(feature = "async")]
mod futures;

/// 32 flags that any context sets and clears, and that tasks wait for: for [any](Wanted::any) or [all](Wanted::all) of
/// some of them.
///
/// Setting flags wakes every task whose wait they satisfy at that moment, the most important first, equals in the order
/// they came; also if one of those tasks clears them on its way. A flag stays set until it is cleared, by
/// [`EventFlags::clear`] or by a wait that [clears](Wanted::clear).
///
/// ```
/// use bluekernel::{EventFlags, Wanted};
///
/// const RECEIVED: u32 = 1 << 0;
/// const SENT: u32 = 1 << 1;
/// const BOTH: Wanted = Wanted::all(RECEIVED | SENT).clear();
///
/// static EVENTS: EventFlags = EventFlags::new();
/// EVENTS.set(RECEIVED);
/// assert_eq!(EVENTS.try_wait(BOTH), None);
/// EVENTS.set(SENT);
/// assert_eq!(EVENTS.wait(BOTH), RECEIVED | SENT);
/// assert_eq!(EVENTS.get(), 0);
/// ```
/// To wait for no flag at all does not compile, as a constant:
/// ```compile_fail,E0080
/// const NOTHING: bluekernel::Wanted = bluekernel::Wanted::any(0);
/// static EVENTS: bluekernel::EventFlags = bluekernel::EventFlags::new();
/// EVENTS.wait(NOTHING);
/// ```
#[repr(C)]
pub struct EventFlags {
    control: Protected<EventControl>,
    futures: Listeners,
}

impl EventFlags {
    /// No flag is set.
    #[must_use]
    pub const fn new() -> Self {
        Self { control: Protected::new(EventControl::new()), futures: Listeners::new() }
    }

    /// Sets `flags`; those that are set already stay set. A more important task that was waiting for them runs before this
    /// call returns (after the handler, in one). From any context; does not block.
    ///
    /// Interrupts are only masked while one waiter is looked at. A call that comes in between, from a handler or a more
    /// important task, first ends this one's work. Futures are told behind the tasks.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn set(&self, flags: u32) {
        let (set, walking) = lock::with(|locked| {
            let set = self.try_set(locked, flags);
            (set, self.control.get(locked).is_walking() || self.futures.is_calling(locked))
        });
        if walking {
            self.walk(flags, set);
        }
    }

    /// Clears `flags`. Returns the flags that were set before. From any context; does not block.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn clear(&self, flags: u32) -> u32 {
        lock::with(|locked| {
            let control = self.control.get(locked);
            let before = control.flags();
            control.clear(flags);
            self.tell(locked, ObjectOp::Clear);
            before
        })
    }

    /// The flags that are set. From any context; does not block; may be outdated when it is looked at.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u32 {
        lock::with(|locked| self.control.get(locked).flags())
    }

    /// Waits for flags. Returns those of the awaited ones that were set.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn wait(&'static self, wanted: Wanted) -> u32 {
        let wait = EventWait::new(wanted);
        self.take_or_wait(&wait, Duration::MAX).unwrap_or_else(|| {
            kernel::settle();
            wait.found()
        })
    }

    /// Waits for flags, but not longer than `timeout`. Returns those of the awaited ones that were set. No time does not
    /// wait, and is for any context.
    ///
    /// # Errors
    /// [`TimedOut`] if they were not set in time; none of them was cleared.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn wait_timeout(&'static self, wanted: Wanted, timeout: Duration) -> Result<u32, TimedOut> {
        if timeout.is_zero() {
            return self.try_wait(wanted).ok_or(TimedOut);
        }
        let wait = EventWait::new(wanted);
        match self.take_or_wait(&wait, timeout) {
            Some(found) => Ok(found),
            // It may have got its flags, and been called too late.
            None if kernel::outcome() == Outcome::TimedOut && wait.found() == 0 => Err(TimedOut),
            None => Ok(wait.found()),
        }
    }

    /// The awaited flags that are set, if those are enough. From any context; does not block.
    #[cfg_attr(not(feature = "small"), inline)]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn try_wait(&self, wanted: Wanted) -> Option<u32> {
        lock::with(|locked| self.take(locked, &wanted))
    }

    #[inline(always)]
    fn take(&self, locked: Locked<'_>, wanted: &Wanted) -> Option<u32> {
        let found = self.control.get(locked).take(wanted);
        if found.is_some() && wanted.clears() {
            self.tell(locked, ObjectOp::Clear);
        }
        found
    }

    /// Takes the flags, or makes the task wait: then there are none yet.
    #[inline(always)]
    fn take_or_wait(&'static self, wait: &EventWait, timeout: Duration) -> Option<u32> {
        lock::with_mask(|locked, mask| {
            let found = self.take(locked, wait.wanted());
            if found.is_none() {
                let control = self.control.get_static(locked);
                let id = kernel::block(locked, mask, Some(control.list()), timeout, BlockReason::Event);
                control.begin(wait);
                Tasks(locked).task(id).set_transfer(core::ptr::from_ref(wait).cast_mut().cast());
            }
            found
        })
    }

    /// Sets flags, unless waiters are still to be looked at on account of others.
    #[inline(always)]
    fn try_set(&self, locked: Locked<'_>, flags: u32) -> bool {
        let control = self.control.get(locked);
        let free = !control.is_walking();
        if free {
            control.set(flags);
            self.futures.begin(locked);
            self.tell(locked, ObjectOp::Set);
        }
        free
    }

    /// Looks at the waiters one by one, each under a lock of its own; sets `flags` in between, unless they are `set`, as
    /// soon as the waiters were looked at that others left.
    #[cold]
    #[inline(never)]
    fn walk(&self, flags: u32, mut set: bool) {
        let mut done = false;
        while !done {
            lock::with(|locked| {
                if self.control.get(locked).is_walking() {
                    self.step(locked);
                } else if !set {
                    set = self.try_set(locked, flags);
                }
                done = set && !self.control.get(locked).is_walking();
            });
        }
        self.futures.tell_all(|locked, interest| interest & self.control.get(locked).flags() != 0);
    }

    fn step(&self, locked: Locked<'_>) {
        let step = self.control.get(locked).step(Tasks(locked), |id| {
            let wait = Tasks(locked).task(id).transfer().cast::<EventWait>();
            // SAFETY: the task waits in the list of these flags, which is only entered by `take_or_wait`: its pointer is to
            // a wait on its stack that it leaves there until it runs again, and that cannot be while the lock is held.
            unsafe { &*wait }
        });
        if let Step::Wake(id) = step {
            kernel::wake_any(locked, self.control.get(locked).list(), id);
        }
    }

    #[inline(always)]
    fn tell(&self, locked: Locked<'_>, op: ObjectOp) {
        trace::object(locked, op, core::ptr::from_ref(self).addr(), self.control.get(locked).flags());
    }
}

impl Default for EventFlags {
    fn default() -> Self {
        Self::new()
    }
}
