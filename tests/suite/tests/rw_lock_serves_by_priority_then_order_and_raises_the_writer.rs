//! Readers and writers that wait get the lock by priority, equals in the order they came; one that gives up is passed by.
//! A writer runs with the priority of those it keeps waiting.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, LockError, RwLock, sleep};
use bluekernel_suite::{behaviour, compute, event, event_if};

static TABLE: RwLock<u32> = RwLock::new(0);

#[bluekernel::task(priority = 1, stack = 1024)]
fn owner() {
    let mut table = TABLE.write();
    *table = 1;
    // Until 10 ms, with `reader`'s priority from 3 ms on.
    compute(Duration::from_millis(10));
    event("owner unlocks");
    drop(table);
    event("owner ends");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_writer() {
    sleep(Duration::from_millis(1));
    *TABLE.write() += 1;
    event("low writes");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_reader() {
    sleep(Duration::from_millis(2));
    event_if(*TABLE.read() == 2, "low reads behind it", "low reads too early");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn reader() {
    sleep(Duration::from_millis(3));
    event_if(*TABLE.read() == 1, "reader reads first", "reader reads too late");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn middle() {
    sleep(Duration::from_millis(4));
    event("middle runs");
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn impatient() {
    sleep(Duration::from_millis(4));
    let refused = TABLE.write_timeout(Duration::from_millis(2)).err();
    event_if(refused == Some(LockError::TimedOut), "impatient gives up", "impatient writes");
    let refused = TABLE.read_timeout(Duration::ZERO).err();
    event_if(refused == Some(LockError::TimedOut), "no time", "reads among writers");
}

behaviour![
    "impatient gives up",
    "no time",
    "owner unlocks",
    "reader reads first",
    "middle runs",
    "low writes",
    "low reads behind it",
    "owner ends",
];
