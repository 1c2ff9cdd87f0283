//! Timers: functions that a task of the program calls at their moments.
//!
//! The program says which task that is, and so how important the calls are:
//!
//! ```no_run,standalone_crate
//! use bluekernel::{Duration, Timer};
//!
//! static BLINK: Timer = Timer::new(|| {
//!     // toggle the light
//! });
//!
//! #[bluekernel::task(priority = 20, stack = 1024)]
//! fn timers() {
//!     bluekernel::timer::serve()
//! }
//!
//! #[bluekernel::main]
//! fn main() {
//!     BLINK.start_periodic(Duration::from_millis(500));
//! }
//! ```
//! Starting and stopping take constant time. The serving task finds the next call with interrupts open, in a time that
//! grows with the number of timers.

use crate::kernel;
use crate::lock::{self, Protected};
use crate::time::{self, Duration, Instant};
use crate::{clock, trace};
use bluekernel_abi::{BlockReason, ObjectOp};
use bluekernel_core::service::Call;
use bluekernel_core::{TimerControl, TimerService};

static SERVICE: Protected<TimerService<'static>> = Protected::new(TimerService::new());

/// A function that is called at a moment, or again and again with a period.
///
/// It is called in the task that [`serve`]s, never in an interrupt and never under a lock; so it may wait, but while it
/// does, no other timer is called. Calls that are due at the same moment come in the order in which their timers were
/// started. A timer may be started, stopped and started anew in its own callback.
///
/// A timer that is not a static does not compile:
/// ```compile_fail,E0597
/// let timer = bluekernel::Timer::new(|| {});
/// timer.start(bluekernel::Duration::from_millis(1));
/// ```
/// nor a callback that holds on to something:
/// ```compile_fail,E0308
/// let mut count = 0;
/// let timer = bluekernel::Timer::new(|| count += 1);
/// ```
pub struct Timer(Protected<TimerControl<'static>>);

impl Timer {
    /// A timer that does not run.
    #[must_use]
    pub const fn new(callback: fn()) -> Self {
        Self(Protected::new(TimerControl::new(callback)))
    }

    /// Calls once, `after` from now. If the timer runs, that is forgotten. From any context; does not block.
    pub fn start(&'static self, after: Duration) {
        self.start_as(Some((after.as_micros(), false)));
    }

    /// Calls `period` from now, and again and again with that period, which does not drift. If calls come so late that
    /// the next is due already, that one is left out. If the timer runs, that is forgotten. From any context; does not
    /// block.
    ///
    /// # Panics
    /// If `period` is no time.
    pub fn start_periodic(&'static self, period: Duration) {
        assert!(!period.is_zero(), "a timer's period cannot be no time");
        self.start_as(Some((period.as_micros(), true)));
    }

    /// Starts as it was started last, from now on; nothing if it never was. From any context; does not block.
    pub fn restart(&'static self) {
        self.start_as(None);
    }

    /// Does not call any more, until it is started again: when this has returned, no call begins. Returns whether one has
    /// begun and is not over, which cannot be seen otherwise by a task that is more important than the one that serves; in
    /// the timer's own callback that is so. From any context; does not block.
    pub fn stop(&self) -> bool {
        lock::with(|locked| self.0.get(locked).stop())
    }

    /// Whether a call is to come. From any context; does not block; may be outdated when it is looked at.
    #[must_use]
    pub fn is_running(&self) -> bool {
        lock::with(|locked| self.0.get(locked).is_running())
    }

    /// Starts the timer as `how` says: the period in microseconds, and whether it is periodic; or as it was started last.
    #[inline(never)]
    fn start_as(&'static self, how: Option<(u64, bool)>) {
        let now = lock::ahead(Instant::now().as_micros());
        let is_earlier = lock::with(|locked| {
            let timer = self.0.get_static(locked);
            let how = how.or_else(|| timer.last_start());
            how.is_some_and(|(period, is_periodic)| SERVICE.get(locked).start(timer, now, period, is_periodic))
        });
        if is_earlier {
            lock::with(|locked| kernel::wake_first(locked, SERVICE.get(locked).list()));
        }
    }
}

/// Calls the timers at their moments, for ever, and waits in between. The task that does it gives the calls its priority
/// and its stack.
///
/// # Panics
/// If another task serves already. Outside of a task, and inside a critical section.
pub fn serve() -> ! {
    assert!(lock::with(|locked| SERVICE.get(locked).claim()), "another task serves the timers");
    loop {
        match next_call() {
            Some(call) if call.due() <= Instant::now().as_micros() => carry_out(&call),
            _ => wait(),
        }
    }
}

/// The earliest call of all timers.
fn next_call() -> Option<Call<'static>> {
    let mut best = None;
    let mut at = lock::with(|locked| SERVICE.get_static(locked).first());
    while let Some(timer) = at {
        (best, at) = lock::with(|locked| SERVICE.get_static(locked).look(timer, best));
    }
    best
}

/// Makes a call that is due, unless its timer was stopped or started anew meanwhile.
fn carry_out(call: &Call<'static>) {
    let now = Instant::now().as_micros();
    let following = lock::ahead(call.following(now));
    let begins = lock::with(|locked| {
        let begins = SERVICE.get(locked).begin(call, following);
        if begins {
            trace::object(
                locked,
                ObjectOp::Notify,
                core::ptr::from_ref(call.timer()).addr(),
                (now - call.due()) as u32,
            );
        }
        begins
    });
    if begins {
        (call.timer().callback())();
        lock::with(|_| call.timer().end());
    }
}

/// Waits until the next call is due, or a timer was started for an earlier one.
fn wait() {
    let until = lock::with(|locked| SERVICE.get(locked).until());
    let deadline = clock::ticks_at(until);
    let waits = time::wait_until(deadline, BlockReason::Delay, &|locked| {
        let service = SERVICE.get_static(locked);
        // Not if one was started behind the line above.
        (service.until() == until).then_some((Some(service.list()), core::ptr::from_ref(service).addr()))
    });
    if waits {
        // Whether time ended the wait or a start: in both cases there is something to look for.
        let _ = kernel::outcome();
    }
}
