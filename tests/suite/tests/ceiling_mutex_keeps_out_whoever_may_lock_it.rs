//! The owner of a mutex with a ceiling runs with its priority from the lock on: no task that may lock it runs meanwhile. A
//! task above the ceiling runs, but may not lock it.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{CeilingError, CeilingMutex, Duration, sleep};
use bluekernel_suite::{behaviour, compute, event, event_if};

static SHARED: CeilingMutex<u32> = CeilingMutex::new(4, 0);

#[bluekernel::task(priority = 1, stack = 1024)]
fn low() {
    let shared = SHARED.lock();
    event_if(shared.is_ok(), "low locks", "low may not");
    compute(Duration::from_millis(10));
    event("low unlocks");
    drop(shared);
    event("low goes on");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn user() {
    sleep(Duration::from_millis(2));
    event_if(SHARED.try_lock().is_ok(), "user never waits", "user finds it locked");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn above() {
    sleep(Duration::from_millis(3));
    event_if(SHARED.lock().err() == Some(CeilingError::AboveCeiling), "above may not", "above locks");
}

behaviour!["low locks", "above may not", "low unlocks", "user never waits", "low goes on"];
