//! The kernel's clock behind `embassy-time`, so that its timers, and what is built on them, work. Feature `embassy-time`.
//!
//! A tick of `embassy-time` is a microsecond. Its timers are for [`block_on`](crate::block_on) and
//! [executors](super::executor), as [`sleep_async`](crate::sleep_async) is.

use super::timer;
use crate::clock;
use crate::time::Instant;
use core::task::Waker;
use embassy_time_driver::{Driver, TICK_HZ, time_driver_impl};

const _: () = assert!(TICK_HZ == 1_000_000, "another crate sets embassy-time's tick rate: bluekernel's is 1 MHz");

struct Clock;

impl Driver for Clock {
    fn now(&self) -> u64 {
        Instant::now().as_micros()
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        timer::wake_at(clock::ticks_at(at), waker);
    }
}

time_driver_impl!(static CLOCK: Clock = Clock);
