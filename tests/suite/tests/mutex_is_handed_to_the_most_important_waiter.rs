//! Unlocking hands the mutex to the most important waiter, equals in the order they came; the former owner cannot take
//! it back in between. The value stays whole.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Mutex, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static SHARED: Mutex<u32> = Mutex::new(0);

#[bluekernel::task(priority = 5, stack = 1024)]
fn owner() {
    let mut guard = SHARED.lock();
    sleep(Duration::from_millis(10));
    *guard += 1;
    drop(guard);
    event_if(SHARED.try_lock().is_none(), "it is another's now", "taken back");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_first() {
    sleep(Duration::from_millis(1));
    *SHARED.lock() += 1;
    event("low, first");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_second() {
    sleep(Duration::from_millis(2));
    let mut guard = SHARED.lock();
    *guard += 1;
    event_if(*guard == 4, "low, second: all four", "low, second: lost one");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(3));
    *SHARED.lock() += 1;
    event("high");
}

behaviour!["it is another's now", "high", "low, first", "low, second: all four"];
