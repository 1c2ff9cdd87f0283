//! When the more important waiter gives up, the owner loses the priority it inherited at once.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Mutex, sleep};
use bluekernel_suite::{behaviour, compute, event, event_if};

static SHARED: Mutex<()> = Mutex::new(());

#[bluekernel::task(priority = 1, stack = 1024)]
fn low() {
    let guard = SHARED.lock();
    compute(Duration::from_millis(20));
    event("low unlocks");
    drop(guard);
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn middle() {
    sleep(Duration::from_millis(8));
    event("middle runs");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(5));
    event_if(SHARED.lock_timeout(Duration::from_millis(5)).is_err(), "high gives up", "high got it");
}

// At 8 ms middle is ready, but low runs with high's priority until high gives up at 10 ms.
behaviour!["high gives up", "middle runs", "low unlocks"];
