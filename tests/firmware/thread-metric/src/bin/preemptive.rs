//! Thread-Metric's pre-emptive scheduling: five tasks, of which all but the least important are suspended. Each resumes
//! the one above it, which runs at once; then counts, and suspends itself.
//!
//! A task is suspended by waiting for its semaphore, and resumed by a give.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use bluekernel::Semaphore;
use common::{Counter, check};

static COUNTERS: [Counter; 5] = [const { Counter::new() }; 5];
static RESUMED: [Semaphore; 5] = [const { Semaphore::new(0, 1) }; 5];

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &COUNTERS.each_ref());
}

/// Also shows that the other one ran before this goes on: it has counted.
fn resume(place: usize) {
    let before = COUNTERS[place].get();
    check(RESUMED[place].give().is_ok());
    check(COUNTERS[place].get() != before);
}

#[bluekernel::task(priority = 21, stack = 512)]
fn first() {
    loop {
        resume(1);
        COUNTERS[0].count();
    }
}

macro_rules! tasks {
    ($($name:ident: $place:literal, $priority:literal)*) => {$(
        #[bluekernel::task(priority = $priority, stack = 512)]
        fn $name() {
            loop {
                RESUMED[$place].take();
                resume($place + 1);
                COUNTERS[$place].count();
            }
        }
    )*};
}

tasks! { second: 1, 22 third: 2, 23 fourth: 3, 24 }

#[bluekernel::task(priority = 25, stack = 512)]
fn fifth() {
    loop {
        RESUMED[4].take();
        COUNTERS[4].count();
    }
}
