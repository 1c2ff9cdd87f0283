//! Two tasks that each wait for the other's mutex: the one that would close the ring is told, instead of both waiting
//! for ever. With a time-out it is not told but times out.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Mutex, sleep};
use bluekernel_suite::{event_if, happened, panics};

static LEFT: Mutex<()> = Mutex::new(());
static RIGHT: Mutex<()> = Mutex::new(());

#[bluekernel::task(priority = 2, stack = 1024)]
fn one() {
    let left = LEFT.lock();
    sleep(Duration::from_millis(2));
    drop(RIGHT.lock());
    drop(left);
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn two() {
    sleep(Duration::from_millis(1));
    let right = RIGHT.lock();
    sleep(Duration::from_millis(2));
    event_if(LEFT.lock_timeout(Duration::from_millis(1)).is_err(), "timed out", "got it");
    assert!(happened(&["timed out"]));
    drop(LEFT.lock());
    drop(right);
}

panics!("deadlock: the mutex is owned by this task, or by one that waits for this task");
