//! Periodic work.

use crate::lock::{self, Protected};
use crate::time::{self, Duration, Instant};
use crate::{clock, kernel, trace};
use bluekernel_abi::BlockReason;
use bluekernel_core::PeriodicControl;
use bluekernel_core::periodic::release_from;

#[cfg(feature = "async")]
mod futures;

/// The releases of a task's periodic work.
///
/// They come every period, exactly: neither the time that the work takes nor that by which it begins late adds up. A
/// release that comes while the work is not done yet is left out and counted; the next one comes when it would have come
/// anyway. As a static, it can be asked from another task how things go.
///
/// ```no_run,standalone_crate
/// use bluekernel::{Duration, Periodic};
///
/// static CONTROL: Periodic = Periodic::new(Duration::from_millis(5)).with_deadline(Duration::from_millis(2));
///
/// #[bluekernel::task(priority = 12, stack = 1024)]
/// fn control() {
///     loop {
///         CONTROL.wait();
///         // 5 ms after the last time, and to be done in 2 ms
///     }
/// }
///
/// #[bluekernel::task(priority = 1, stack = 1024)]
/// fn watch() {
///     let every_second = Periodic::new(Duration::from_secs(1));
///     loop {
///         every_second.wait();
///         assert_eq!(CONTROL.statistics().misses, 0);
///     }
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
/// A period of no time does not compile in a static:
/// ```compile_fail,E0080
/// static CONTROL: bluekernel::Periodic = bluekernel::Periodic::new(bluekernel::Duration::ZERO);
/// ```
pub struct Periodic {
    control: Protected<PeriodicControl>,
    period: Duration,
    deadline: Duration,
    first: Option<Instant>,
    announced: trace::Announced,
}

/// How periodic work went. Counts stop at `u32::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodicStatistics {
    /// How often the work was released.
    pub releases: u32,
    /// How many releases were left out, since the work was not done with an earlier one.
    pub overruns: u32,
    /// How often the work was done later than its deadline.
    pub misses: u32,
    /// The longest time from a release to the end of its work.
    pub longest: Duration,
}

impl Periodic {
    /// Releases every `period`, from the first [`Periodic::wait`] on, which does not wait. The deadline is the next
    /// release.
    ///
    /// # Panics
    /// If `period` is no time; at compile time for a static.
    #[must_use]
    pub const fn new(period: Duration) -> Self {
        assert!(!period.is_zero(), "a period cannot be no time");
        let (control, announced) = (Protected::new(PeriodicControl::new()), trace::Announced::new());
        Self { control, period, deadline: period, first: None, announced }
    }

    /// The work is to be done `deadline` after its release.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The first release is at `first`, or, if that has passed by then, whole periods later. So several tasks can have
    /// their releases at fixed distances from each other.
    #[must_use]
    pub const fn starting_at(mut self, first: Instant) -> Self {
        self.first = Some(first);
        self
    }

    /// Ends the work released last, and waits for the next release. Returns its moment. Does not wait if that is now.
    ///
    /// # Panics
    /// If it must wait, outside of a task or inside a critical section.
    pub fn wait(&self) -> Instant {
        let now = Instant::now().as_micros();
        let period = self.period.as_micros();
        let next = match lock::with(|locked| self.control.get(locked).release()) {
            Some(release) => {
                let (next, missed) = lock::ahead(release_from(release.saturating_add(period), period, now));
                lock::with(|locked| self.control.get(locked).end(now, self.deadline.as_micros(), missed));
                trace::job_done(self.address(), now.saturating_sub(release), self.deadline);
                next
            }
            None => release_from(self.first.map_or(now, Instant::as_micros), period, now).0,
        };
        trace::timing(&self.announced, self.address(), self.period, self.deadline);
        if time::wait_until(clock::ticks_at(next), BlockReason::Period, &|_| Some((None, self.address()))) {
            kernel::settle();
        }
        lock::with(|locked| self.control.get(locked).begin(next));
        trace::job_release(self.address(), next);
        Instant::from_micros(next)
    }

    /// What the trace knows it by.
    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    /// How the work went until now. From any context; does not block.
    #[must_use]
    pub fn statistics(&self) -> PeriodicStatistics {
        lock::with(|locked| {
            let control = self.control.get(locked);
            PeriodicStatistics {
                releases: control.releases(),
                overruns: control.overruns(),
                misses: control.misses(),
                longest: Duration::from_micros(control.longest()),
            }
        })
    }
}
