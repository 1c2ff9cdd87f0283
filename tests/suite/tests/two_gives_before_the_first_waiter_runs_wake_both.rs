//! Two permits given before the first waiter runs wake two waiters.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, sleep};
use bluekernel_suite::{behaviour, event};

static PERMITS: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 2, stack = 1024)]
fn one() {
    PERMITS.take();
    event("one");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn two() {
    PERMITS.take();
    event("two");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn giver() {
    sleep(Duration::from_millis(1));
    let _ = PERMITS.give();
    let _ = PERMITS.give();
    event("both given");
}

behaviour!["both given", "one", "two"];
