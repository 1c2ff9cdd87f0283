//! A mutex that a future has locked, over an `await`, is its task's: a task that waits for it raises that one, and comes
//! before futures. These come by priority, and one of the owner's own task waits for its sister. A call that waits would not
//! end there, and says so.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Deadlock, Duration, Mutex, block_on, sleep, sleep_async};
use bluekernel_suite::{behaviour, event, event_if};
use embassy_futures::join::join;

static TOTAL: Mutex<u32> = Mutex::new(0);

#[bluekernel::task(priority = 2, stack = 2048)]
fn owner() {
    let first = async {
        let mut total = TOTAL.lock_async().await;
        event("first");
        sleep_async(Duration::from_millis(10)).await;
        *total += 1;
        event("first unlocks");
    };
    let second = async {
        let mut total = TOTAL.lock_async().await;
        *total += 1;
        event_if(*total == 4, "second", "second in between");
        event_if(TOTAL.checked_lock().err() == Some(Deadlock), "a call would not end", "locked twice");
    };
    block_on(join(first, second));
    event_if(owner::task().priority() == 2, "the owner is as before", "the owner is raised still");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn future_of_5() {
    sleep(Duration::from_millis(1));
    *block_on(TOTAL.lock_async()) += 1;
    event("future of 5");
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn task_of_6() {
    sleep(Duration::from_millis(2));
    *TOTAL.lock() += 1;
    event("task of 6");
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn looking() {
    sleep(Duration::from_millis(4));
    event_if(owner::task().priority() == 6, "the owner is raised", "the owner is not raised");
}

behaviour![
    "first",
    "the owner is raised",
    "first unlocks",
    "task of 6",
    "future of 5",
    "second",
    "a call would not end",
    "the owner is as before",
];
