//! Thread-Metric's cooperative scheduling: five tasks of one priority; each counts and yields.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use bluekernel::yield_now;
use common::Counter;

static COUNTERS: [Counter; 5] = [const { Counter::new() }; 5];

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &COUNTERS.each_ref());
}

macro_rules! tasks {
    ($($name:ident: $place:literal)*) => {$(
        #[bluekernel::task(priority = 28, stack = 512)]
        fn $name() {
            loop {
                COUNTERS[$place].count();
                yield_now();
            }
        }
    )*};
}

tasks! { first: 0 second: 1 third: 2 fourth: 3 fifth: 4 }
