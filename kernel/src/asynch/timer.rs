//! Futures that wait for a time.
//!
//! The task that polls a future is also the one that wakes it: it waits in the kernel no longer than until the first time
//! that one of its futures asked for. So there is no queue beside the kernel's own, nothing is searched under the lock,
//! and no handler calls a waker.

use super::block_on;
use super::runner::Runner;
use crate::clock;
use crate::kernel;
use crate::lock::{self, Locked};
use crate::time::{Duration, Instant};
use core::future::{Future, poll_fn};
use core::task::{Poll, Waker};

/// A future that is ready when at least `duration` has gone by since this call. From any context; does not block. It is
/// polled in [`block_on`](crate::block_on) or an [executor](crate::executor); anything else polls it again and again
/// until the time has come.
///
/// ```standalone_crate
/// use bluekernel::{Duration, Instant, block_on, sleep_async};
///
/// #[bluekernel::task(priority = 5, stack = 1024)]
/// fn sleeping() {
///     let start = Instant::now();
///     block_on(sleep_async(Duration::from_millis(2)));
///     assert!(start.elapsed() >= Duration::from_millis(2));
/// }
/// # #[bluekernel::main]
/// # fn main() {}
/// ```
pub fn sleep_async(duration: Duration) -> impl Future<Output = ()> + Send {
    until_tick(lock::with(clock::now).saturating_add(clock::ticks_for(duration)))
}

/// A future that is ready at `instant`, otherwise as [`sleep_async`]; for periodic work, add the period to the same instant
/// again and again, and nothing drifts. From any context; does not block.
pub fn sleep_until_async(instant: Instant) -> impl Future<Output = ()> + Send {
    until_tick(clock::ticks_at(instant.as_micros()))
}

/// A future that is ready at a tick.
pub(crate) fn until_tick(at: u64) -> impl Future<Output = ()> + Send {
    poll_fn(move |context| {
        if lock::with(clock::now) >= at {
            return Poll::Ready(());
        }
        wake_at(at, context.waker());
        Poll::Pending
    })
}

/// Wakes `waker` at tick `at`. If it is not known here who is to do that, then at once.
pub(super) fn wake_at(at: u64, waker: &Waker) {
    let kept = lock::with(|locked| {
        let Some(id) = kernel::executing(locked) else { return false };
        let Some(runner) = Runner::of(locked, id) else { return false };
        let kept = block_on::is_of(waker, id) || keep(locked, runner, at, waker);
        if kept {
            runner.limit(locked, at);
        }
        kept
    });
    if !kept {
        waker.wake_by_ref();
    }
}

#[cfg(feature = "executor")]
fn keep(locked: Locked<'_>, runner: &Runner, at: u64, waker: &Waker) -> bool {
    runner.items.insert(locked, at, waker)
}

/// No other waker has room for a time.
#[cfg(not(feature = "executor"))]
fn keep(_: Locked<'_>, _: &Runner, _: u64, _: &Waker) -> bool {
    false
}
