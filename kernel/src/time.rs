//! Time as users see it: microseconds in 64 bits, which last 584,542 years.
//!
//! [`Instant`] counts from the start of the kernel. Adding durations to an instant is exact, so a period that is added
//! again and again does not drift, whatever the clock's rate.

use crate::kernel::{self, KERNEL};
use crate::lock::{self, Locked};
use crate::table::Tasks;
use crate::{clock, trace};
use bluekernel_abi::BlockReason;
use bluekernel_core::WaitList;
use core::ops::{Add, AddAssign, Sub};

/// A span of time in whole microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Duration {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// The longest span. A wait of it does not end.
    pub const MAX: Self = Self(u64::MAX);

    /// `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// `millis` milliseconds. Saturates at [`Duration::MAX`].
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// `secs` seconds. Saturates at [`Duration::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// In microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// In whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// In whole seconds, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whether it is no time.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `factor` times as long. Saturates at [`Duration::MAX`].
    #[must_use]
    pub const fn times(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor as u64))
    }
}

impl Add for Duration {
    type Output = Self;

    /// Saturates at [`Duration::MAX`].
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Duration {
    type Output = Self;

    /// Saturates at [`Duration::ZERO`].
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A moment: microseconds since the kernel's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The kernel's start: the end of `main`.
    pub const START: Self = Self(0);

    /// `micros` microseconds after the kernel's start.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Now, rounded down. Never goes back, never wraps. From any context; does not block.
    #[must_use]
    #[cfg_attr(feature = "small", inline(never))]
    pub fn now() -> Self {
        Self(clock::micros_at(lock::with(clock::now)))
    }

    /// Microseconds since the kernel's start.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this moment; [`Duration::ZERO`] if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }

    /// The time from this moment to now; [`Duration::ZERO`] if it is still to come. From any context; does
    /// not block.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        Self::now().since(self)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates at the end of time.
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// As [`Instant::since`].
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

/// Waits for at least `duration`. No time yields to nobody and returns at once.
///
/// # Panics
/// Outside of a task, and inside a critical section.
#[cfg_attr(not(feature = "small"), inline)]
#[cfg_attr(feature = "small", inline(never))]
pub fn sleep(duration: Duration) {
    if duration.is_zero() {
        return;
    }
    lock::with_mask(|locked, mask| {
        kernel::block(locked, mask, None, duration, BlockReason::Delay);
    });
    kernel::settle();
}

/// Waits until `instant`; returns at once if it has passed. For periodic work: add the period to the same instant again
/// and again, and nothing drifts.
///
/// # Panics
/// Outside of a task, and inside a critical section; but not if the instant has passed.
#[cfg_attr(feature = "small", inline(never))]
pub fn sleep_until(instant: Instant) {
    sleep_until_tick(clock::ticks_at(instant.0));
}

/// As [`sleep_until`].
pub(crate) fn sleep_until_tick(deadline: u64) {
    if wait_until(deadline, BlockReason::Delay, &|_| Some((None, 0))) {
        kernel::settle();
    }
}

/// The list that a task is to wait in, if in any, and the address of the object that the trace is told.
pub(crate) type WaitsIn = (Option<&'static WaitList>, usize);

/// Makes the running task wait until tick `deadline`, if that has not passed. `what` says in which list, if in any, and
/// the address of the object that the trace is told; `None` is not to wait after all. Returns whether it waits: then the
/// caller calls [`kernel::settle`], or, if it is in a list, [`kernel::outcome`].
#[inline(never)]
#[must_use]
pub(crate) fn wait_until(deadline: u64, reason: BlockReason, what: &dyn Fn(Locked<'_>) -> Option<WaitsIn>) -> bool {
    let now = lock::with(clock::now);
    if deadline <= now {
        return false;
    }
    // Worked out for the trace only, and not under the lock: it takes a division. Of a release nobody needs it: the trace
    // knows the period.
    let untold = deadline == u64::MAX || reason == BlockReason::Period;
    let left = if untold || !cfg!(any(feature = "trace", feature = "trace-flight")) {
        Duration::MAX
    } else {
        Duration(clock::micros_at(deadline - now))
    };
    lock::with_mask(|locked, mask| {
        let Some((list, object)) = what(locked) else { return false };
        let id = kernel::waiting_task(locked, mask, reason);
        trace::block(locked, reason, object, left);
        kernel::act(locked, KERNEL.get(locked).scheduler.block(Tasks(locked), id, list));
        if list.is_some() {
            kernel::let_leave(locked);
        }
        kernel::limit_until(locked, id, deadline);
        true
    })
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant};

    #[test]
    fn spans_end_at_the_ends_of_their_range() {
        assert_eq!(Duration::from_millis(u64::MAX), Duration::MAX);
        assert_eq!(Duration::from_millis(u64::MAX / 1_000).as_micros(), u64::MAX / 1_000 * 1_000);
        assert_eq!(Duration::from_secs(u64::MAX / 1_000_000 + 1), Duration::MAX);
        assert_eq!(Duration::MAX + Duration::from_micros(1), Duration::MAX);
        assert_eq!(Duration::ZERO - Duration::from_micros(1), Duration::ZERO);
        assert_eq!(Duration::from_micros(1 << 63).times(2), Duration::MAX);
        assert_eq!(Duration::from_micros(u64::MAX / 3).times(3).as_micros(), u64::MAX);
    }

    #[test]
    fn spans_are_told_rounded_down() {
        assert_eq!(Duration::from_micros(1_999_999).as_millis(), 1_999);
        assert_eq!(Duration::from_micros(1_999_999).as_secs(), 1);
    }

    #[test]
    fn moments_do_not_wrap() {
        // Nothing is special about 2^32.
        let wrap = Instant::from_micros(1 << 32);
        let before = Instant::from_micros((1 << 32) - 1);
        assert_eq!(before + Duration::from_micros(1), wrap);
        assert_eq!(wrap - before, Duration::from_micros(1));
        assert!(before < wrap);
        let end = Instant::from_micros(u64::MAX);
        assert_eq!(end + Duration::from_micros(1), end);
        assert_eq!(Instant::START + Duration::MAX, end);
        assert_eq!(end - Instant::START, Duration::MAX);
        assert_eq!(Instant::START.since(end), Duration::ZERO);
    }
}
