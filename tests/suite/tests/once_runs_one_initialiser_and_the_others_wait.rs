//! Of several tasks that need a value, one makes it and the others wait; the one that makes it runs with the priority of the
//! most important that waits. Then everyone has the same value.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, LockError, OnceCell, sleep};
use bluekernel_suite::{behaviour, compute, event, event_if};

static TABLE: OnceCell<u32> = OnceCell::new();

#[bluekernel::task(priority = 1, stack = 1024)]
fn making() {
    let table = TABLE.get_or_init(|| {
        event("making begins");
        // Until 10 ms, with `urgent`'s priority from 3 ms on.
        compute(Duration::from_millis(10));
        event("making ends");
        7
    });
    event_if(*table == 7, "made 7", "made another");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn middle() {
    sleep(Duration::from_millis(5));
    event("middle runs");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn urgent() {
    sleep(Duration::from_millis(2));
    event_if(TABLE.get().is_none(), "not there", "there too early");
    let refused = TABLE.get_or_init_timeout(Duration::from_millis(1), || 8);
    event_if(refused == Err(LockError::TimedOut), "not in time", "made twice");
    event_if(*TABLE.get_or_init(|| 8) == 7, "urgent has 7", "made twice");
    event_if(TABLE.set(9) == Err(9), "it stays", "set twice");
}

behaviour![
    "making begins",
    "not there",
    "not in time",
    "making ends",
    "urgent has 7",
    "it stays",
    "middle runs",
    "made 7",
];
