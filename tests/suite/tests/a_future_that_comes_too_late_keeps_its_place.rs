//! A permit that no task waits for is anybody's until the future that was told is polled. The future that finds it gone
//! waits on, before its equals.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static PERMITS: Semaphore = Semaphore::new(0, 9);

#[bluekernel::task(priority = 3, stack = 1024)]
fn first() {
    block_on(PERMITS.take_async());
    event("first");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn second() {
    block_on(PERMITS.take_async());
    event("second");
}

#[bluekernel::task(priority = 8, stack = 1024)]
fn snatching() {
    sleep(Duration::from_millis(1));
    let _ = PERMITS.give();
    event_if(PERMITS.try_take(), "snatched", "gone");
    sleep(Duration::from_millis(1));
    let _ = PERMITS.give();
    sleep(Duration::from_millis(1));
    let _ = PERMITS.give();
}

behaviour!["snatched", "first", "second"];
