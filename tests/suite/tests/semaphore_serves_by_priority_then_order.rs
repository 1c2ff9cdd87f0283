//! Permits go to the most important waiter, and to equals in the order they came. A running task cannot take a permit
//! that was given to a waiter.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static PERMITS: Semaphore = Semaphore::new(0, 8);

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_first() {
    PERMITS.take();
    event("low, first");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_second() {
    PERMITS.take();
    event("low, second");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(1));
    PERMITS.take();
    event("high");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn giver() {
    sleep(Duration::from_millis(2));
    for _ in 0..3 {
        let _ = PERMITS.give();
        event_if(PERMITS.try_take(), "snatched", "given");
    }
}

behaviour!["given", "given", "given", "high", "low, first", "low, second"];
