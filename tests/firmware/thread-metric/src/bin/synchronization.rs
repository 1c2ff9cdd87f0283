//! Thread-Metric's synchronization: a task takes a semaphore, gives it and counts.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use bluekernel::Semaphore;
use common::{Counter, check};

static COUNTERS: [Counter; 1] = [Counter::new()];
static SEMAPHORE: Semaphore = Semaphore::new(1, 1);

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &COUNTERS.each_ref());
}

#[bluekernel::task(priority = 28, stack = 512)]
fn task() {
    loop {
        SEMAPHORE.take();
        check(SEMAPHORE.give().is_ok());
        COUNTERS[0].count();
    }
}
