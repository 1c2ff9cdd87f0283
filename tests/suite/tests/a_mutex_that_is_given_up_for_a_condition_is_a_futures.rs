//! A task that gives a mutex up and waits for a condition, in one step, lets the future that waits for the mutex go on: also
//! a less important one, which makes the condition hold.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Condvar, Duration, Mutex, TimedOut, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static LEVEL: Mutex<u32> = Mutex::new(0);
static RISEN: Condvar = Condvar::new();

#[bluekernel::task(priority = 4, stack = 1024)]
fn waiting() {
    let level = LEVEL.lock();
    // The future waits for the mutex then.
    sleep(Duration::from_millis(1));
    event("gives up");
    let level = RISEN.wait(level);
    event_if(*level == 1, "the future was faster", "another level");
    let (level, result) = RISEN.wait_timeout(level, Duration::from_millis(1));
    event_if(result == Err(TimedOut) && *level == 1, "nobody else", "notified");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn future() {
    *block_on(LEVEL.lock_async()) += 1;
    event("future");
    RISEN.notify_one();
    event("behind");
}

behaviour!["gives up", "future", "the future was faster", "behind", "nobody else"];
