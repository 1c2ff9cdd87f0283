//! A task that blocks on a future waits as for an object: less important tasks run, and it goes on when it is woken.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, block_on, sleep};
use bluekernel_suite::{behaviour, event};

static PERMITS: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 5, stack = 1024)]
fn blocking() {
    event("blocks");
    block_on(PERMITS.take_async());
    event("goes on");
    sleep(Duration::from_millis(5));
    // There is a permit by now: nothing to wait for.
    block_on(PERMITS.take_async());
    event("did not wait");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn giver() {
    event("gives");
    let _ = PERMITS.give();
    event("gives again");
    let _ = PERMITS.give();
    event("behind");
}

behaviour!["blocks", "gives", "goes on", "gives again", "behind", "did not wait"];
