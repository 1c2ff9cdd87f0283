//! Thread-Metric's interrupt processing with pre-emption: a task causes an interrupt, whose handler counts and resumes a
//! more important task, which runs at once, counts and suspends itself; then the first task goes on and counts.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use common::{Counter, check};

static COUNTERS: [Counter; 3] = [const { Counter::new() }; 3];

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &[&COUNTERS[0]]);
}

#[bluekernel::interrupt]
fn UART1_RX() {
    COUNTERS[0].count();
    check(important::task().resume());
}

#[bluekernel::task(priority = 28, stack = 512)]
fn important() {
    loop {
        important::task().suspend();
        COUNTERS[1].count();
    }
}

#[bluekernel::task(priority = 21, stack = 512)]
fn task() {
    loop {
        let before = COUNTERS[1].get();
        common::interrupt();
        // The other one ran, before this one went on.
        check(COUNTERS[1].get() != before);
        COUNTERS[2].count();
    }
}
