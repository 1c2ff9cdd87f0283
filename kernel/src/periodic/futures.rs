//! Futures that wait for the next release.

use super::Periodic;
use crate::asynch::until_tick;
use crate::clock;
use crate::lock;
use crate::time::Instant;
use crate::trace;
use bluekernel_core::periodic::release_from;

impl Periodic {
    /// Ends the work released last, and waits for the next release; the future is ready with its moment. The work ends when
    /// the future is polled first, and is counted when it is ready: if it is dropped before that, the work goes on. From any
    /// context; does not block. It is polled where [`sleep_async`](crate::sleep_async) is.
    ///
    /// ```standalone_crate
    /// use bluekernel::{Duration, Periodic, block_on};
    ///
    /// static CONTROL: Periodic = Periodic::new(Duration::from_millis(5));
    ///
    /// #[bluekernel::task(priority = 12, stack = 1024)]
    /// fn control() {
    ///     block_on(async {
    ///         let first = CONTROL.wait_async().await;
    ///         assert_eq!(CONTROL.wait_async().await, first + Duration::from_millis(5));
    ///     });
    /// }
    /// # #[bluekernel::main]
    /// # fn main() {}
    /// ```
    pub async fn wait_async(&self) -> Instant {
        let now = Instant::now().as_micros();
        let period = self.period.as_micros();
        let last = lock::with(|locked| self.control.get(locked).release());
        let first = match last {
            Some(release) => release.saturating_add(period),
            None => self.first.map_or(now, Instant::as_micros),
        };
        let (next, missed) = lock::ahead(release_from(first, period, now));
        if let Some(release) = last {
            trace::job_done(self.address(), now.saturating_sub(release), self.deadline);
        }
        trace::timing(&self.announced, self.address(), self.period, self.deadline);
        until_tick(clock::ticks_at(next)).await;
        lock::with(|locked| {
            let control = self.control.get(locked);
            if last.is_some() {
                control.end(now, self.deadline.as_micros(), missed);
            }
            control.begin(next);
        });
        trace::job_release(self.address(), next);
        Instant::from_micros(next)
    }
}
