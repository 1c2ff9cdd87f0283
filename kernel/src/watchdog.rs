//! The watchdog's watchdog: the hardware is fed from one place, and only while every task that matters is alive.
//!
//! A hardware watchdog that any task feeds says no more than that some task runs. Here each task checks in within a limit
//! of its own, one task looks whether all did, feeds the hardware, and is told who did not. No hardware is known here:
//! feeding it is the caller's.
//!
//! ```no_run,standalone_crate
//! use bluekernel::watchdog::{Checkpoint, Watchdog};
//! use bluekernel::{Duration, println, sleep};
//!
//! static SENSOR: Checkpoint = Checkpoint::new("sensor", Duration::from_millis(50));
//! static MOTOR: Checkpoint = Checkpoint::new("motor", Duration::from_millis(5));
//! static WATCHDOG: Watchdog<2> = Watchdog::new([&SENSOR, &MOTOR]);
//!
//! #[bluekernel::task(priority = 5, stack = 1024)]
//! fn sensor() {
//!     loop {
//!         sleep(Duration::from_millis(20));
//!         // read_the_sensor();
//!         SENSOR.check_in();
//!     }
//! }
//!
//! #[bluekernel::task(priority = 31, stack = 1024)]
//! fn supervisor() {
//!     // Returns if a task is late; the hardware, which nobody feeds any more, then resets the chip.
//!     let late = WATCHDOG.watch(Duration::from_millis(10), || { /* feed the hardware */ });
//!     println!("{} is late", late.name());
//! }
//! # #[bluekernel::main]
//! # fn main() {}
//! ```

use crate::clock;
use crate::lock::{self, Protected};
use crate::time::{Duration, sleep};
use core::cell::Cell;

/// What a task must reach again and again, each time within a limit.
///
/// It is watched from the kernel's start on: the first time, too, must come within the limit. One that was late stays
/// late, also if it comes afterwards, so whoever looks later still sees it.
pub struct Checkpoint {
    name: &'static str,
    limit: Duration,
    /// The tick by which it must be reached again: 0 before the first time, [`NEVER`] while nobody watches it.
    deadline: Protected<Cell<u64>>,
}

/// The end of time.
const NEVER: u64 = u64::MAX;

impl Checkpoint {
    /// A checkpoint that must be reached at least every `limit`, which is exact to a tick of the kernel's clock.
    #[must_use]
    pub const fn new(name: &'static str, limit: Duration) -> Self {
        Self { name, limit, deadline: Protected::new(Cell::new(0)) }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The task is alive: it has another `limit` of time. From any context; does not block.
    pub fn check_in(&self) {
        self.renew(|now, limit| now.saturating_add(limit));
    }

    /// The task may be away for as long as it likes, until it checks in the next time. From any context; does not block.
    pub fn pause(&self) {
        self.renew(|_, _| NEVER);
    }

    /// Whether it was not reached in time, now or ever before. From any context; does not block.
    #[must_use]
    pub fn is_late(&self) -> bool {
        let limit = self.limit_in_ticks();
        lock::with(|locked| self.deadline(locked, limit) < clock::now(locked))
    }

    /// Sets the next deadline, unless the one there is has passed: out of the tick now, and the limit.
    fn renew(&self, next: impl FnOnce(u64, u64) -> u64) {
        let limit = self.limit_in_ticks();
        lock::with(|locked| {
            let now = clock::now(locked);
            if self.deadline(locked, limit) >= now {
                self.deadline.get(locked).set(next(now, limit));
            }
        });
    }

    /// A division, so not under the lock.
    fn limit_in_ticks(&self) -> u64 {
        lock::ahead(clock::ticks_for(self.limit))
    }

    fn deadline(&self, locked: lock::Locked<'_>, limit: u64) -> u64 {
        match self.deadline.get(locked).get() {
            0 => limit,
            deadline => deadline,
        }
    }
}

/// `N` checkpoints, and one place that looks at them.
pub struct Watchdog<const N: usize> {
    checkpoints: [&'static Checkpoint; N],
}

impl<const N: usize> Watchdog<N> {
    /// A watchdog that looks at these checkpoints.
    #[must_use]
    pub const fn new(checkpoints: [&'static Checkpoint; N]) -> Self {
        Self { checkpoints }
    }

    /// Feeds the hardware by `feed` if every checkpoint was reached in time. From any context; does not block, as long as
    /// `feed` does not. The checkpoints are looked at one by one, with the mask open in between.
    ///
    /// # Errors
    /// The first checkpoint that is late; then `feed` is not called.
    pub fn feed_if_alive(&self, feed: impl FnOnce()) -> Result<(), &'static Checkpoint> {
        match self.checkpoints.iter().find(|checkpoint| checkpoint.is_late()) {
            Some(late) => Err(late),
            None => {
                feed();
                Ok(())
            }
        }
    }

    /// Feeds the hardware by `feed` now and every `period`, and waits in between, until a checkpoint is late, which it
    /// returns. The period must be shorter than the hardware's; who is late is known a period later at most.
    ///
    /// # Panics
    /// Outside of a task, and inside a critical section.
    pub fn watch(&self, period: Duration, mut feed: impl FnMut()) -> &'static Checkpoint {
        loop {
            if let Err(late) = self.feed_if_alive(&mut feed) {
                return late;
            }
            sleep(period);
        }
    }
}
