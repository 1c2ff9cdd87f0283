//! Thread-Metric's interrupt processing without pre-emption: a task causes an interrupt, whose handler counts and gives a
//! semaphore; then the task takes it and counts.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use bluekernel::Semaphore;
use common::{Counter, check};

static COUNTERS: [Counter; 2] = [const { Counter::new() }; 2];
static HANDLED: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &[&COUNTERS[0]]);
}

#[bluekernel::interrupt]
fn UART1_RX() {
    COUNTERS[0].count();
    check(HANDLED.give().is_ok());
}

#[bluekernel::task(priority = 28, stack = 512)]
fn task() {
    loop {
        common::interrupt();
        // It has been given: nothing waits here.
        check(HANDLED.try_take());
        COUNTERS[1].count();
    }
}
