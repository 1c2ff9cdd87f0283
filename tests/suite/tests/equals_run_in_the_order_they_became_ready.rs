//! Tasks of equal priority run in the order in which they became ready: at the start that of the source, later that of
//! their waking; each runs until it waits.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, sleep};
use bluekernel_suite::{behaviour, event};

static FIRST: Semaphore = Semaphore::new(0, 1);
static SECOND: Semaphore = Semaphore::new(0, 1);
static THIRD: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 4, stack = 1024)]
fn first() {
    event("first starts");
    FIRST.take();
    event("first wakes");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn second() {
    event("second starts");
    SECOND.take();
    event("second wakes");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn third() {
    event("third starts");
    THIRD.take();
    event("third wakes");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn waker() {
    sleep(Duration::from_millis(1));
    let _ = THIRD.give();
    let _ = FIRST.give();
    let _ = SECOND.give();
    event("all are ready");
}

behaviour![
    "first starts",
    "second starts",
    "third starts",
    "all are ready",
    "third wakes",
    "first wakes",
    "second wakes",
];
