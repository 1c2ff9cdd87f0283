//! The delays of `embedded-hal`, for its drivers. Features `embedded-hal` and `embedded-hal-async`.

use crate::clock;
use crate::lock;
use crate::time::Duration;

/// Delays of a task; never shorter than asked for.
///
/// The blocking ones ([`embedded_hal`]) wait in the kernel, so other tasks run; those below
/// [`Delay::SHORTEST_SLEEP`] keep the processor busy, since two switches would take as long. The others
/// ([`embedded_hal_async`]) are futures for [`block_on`](crate::block_on) and [executors](crate::executor).
///
/// # Panics
/// A blocking one that waits, outside of a task or inside a critical section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay;

impl Delay {
    /// The shortest blocking delay that lets other tasks run.
    pub const SHORTEST_SLEEP: Duration = Duration::from_micros(20);
}

/// The tick before which `nanos` have not gone by for certain: the running tick counts for nothing.
fn after(nanos: u64) -> u64 {
    lock::with(clock::now) + clock::ticks_for(Duration::from_micros(nanos.div_ceil(1_000))) + 1
}

#[cfg(feature = "embedded-hal")]
mod blocking {
    use super::{Delay, after};
    use crate::{clock, lock, time};
    use embedded_hal::delay::DelayNs;

    fn delay(nanos: u64) {
        if nanos == 0 {
            return;
        }
        let end = after(nanos);
        if nanos < 1_000 * Delay::SHORTEST_SLEEP.as_micros() {
            while lock::with(clock::now) < end {
                // Time passes by itself, but not on the host.
                #[cfg(not(target_os = "none"))]
                bluekernel_arch::host::advance(end - lock::with(clock::now));
            }
        } else {
            time::sleep_until_tick(end);
        }
    }

    impl DelayNs for Delay {
        fn delay_ns(&mut self, ns: u32) {
            delay(ns.into());
        }

        fn delay_us(&mut self, us: u32) {
            delay(u64::from(us) * 1_000);
        }

        fn delay_ms(&mut self, ms: u32) {
            delay(u64::from(ms) * 1_000_000);
        }
    }
}

#[cfg(feature = "embedded-hal-async")]
mod futures {
    use super::{Delay, after};
    use crate::asynch::until_tick;
    use embedded_hal_async::delay::DelayNs;

    impl DelayNs for Delay {
        async fn delay_ns(&mut self, ns: u32) {
            until_tick(after(ns.into())).await;
        }

        async fn delay_us(&mut self, us: u32) {
            until_tick(after(u64::from(us) * 1_000)).await;
        }

        async fn delay_ms(&mut self, ms: u32) {
            until_tick(after(u64::from(ms) * 1_000_000)).await;
        }
    }
}
