//! The owner of a recursive mutex may lock it again; another task gets it when the last guard is gone.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, RecursiveMutex, TimedOut, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use core::cell::Cell;

static TOTAL: RecursiveMutex<Cell<u32>> = RecursiveMutex::new(Cell::new(0));

#[bluekernel::task(priority = 2, stack = 1024)]
fn owner() {
    let first = TOTAL.lock();
    let second = TOTAL.lock();
    first.set(1);
    event_if(second.get() == 1, "locked twice", "another value");
    sleep(Duration::from_millis(10));
    drop(first);
    event("one guard is left");
    drop(second);
    event("owner ends");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn other() {
    sleep(Duration::from_millis(1));
    event_if(TOTAL.try_lock().is_none(), "taken", "two owners");
    event_if(TOTAL.lock_timeout(Duration::from_millis(1)).err() == Some(TimedOut), "timed out", "two owners");
    event_if(TOTAL.lock().get() == 1, "other has it", "another value");
}

behaviour!["locked twice", "taken", "timed out", "one guard is left", "other has it", "owner ends"];
