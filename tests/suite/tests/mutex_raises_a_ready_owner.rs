//! A mutex' owner that is ready, not running, when a more important task comes to wait moves up in the ready queue: it
//! runs before tasks of middle priority, until it unlocks.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Mutex, sleep};
use bluekernel_suite::{behaviour, compute, event};

static SHARED: Mutex<u32> = Mutex::new(0);

#[bluekernel::task(priority = 1, stack = 1024)]
fn low() {
    let guard = SHARED.lock();
    event("low locks");
    compute(Duration::from_millis(10));
    event("low unlocks");
    drop(guard);
    event("low goes on");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn middle() {
    sleep(Duration::from_millis(4));
    event("middle begins");
    compute(Duration::from_millis(20));
    event("middle ends");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(5));
    event("high wants it");
    let guard = SHARED.lock();
    event("high has it");
    drop(guard);
}

behaviour!["low locks", "middle begins", "high wants it", "low unlocks", "high has it", "middle ends", "low goes on",];
