//! `notify_one` wakes the most important waiter; `notify_all` wakes each task that waits then, once, by priority, equals in
//! the order they came; one that waits again in the meantime waits for the next call.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Condvar, Duration, Mutex, sleep};
use bluekernel_suite::{behaviour, event};

static STATE: Mutex<()> = Mutex::new(());
static CHANGED: Condvar = Condvar::new();

#[bluekernel::task(priority = 4, stack = 1024)]
fn first() {
    let state = CHANGED.wait(STATE.lock());
    event("first");
    drop(CHANGED.wait(state));
    event("first again");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn second() {
    let state = CHANGED.wait(STATE.lock());
    event("second");
    drop(CHANGED.wait(state));
    event("second again");
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn important() {
    sleep(Duration::from_millis(1));
    let state = CHANGED.wait(STATE.lock());
    event("important");
    drop(CHANGED.wait(state));
    event("important again");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn notifying() {
    sleep(Duration::from_millis(2));
    CHANGED.notify_all();
    event("notified all");
    CHANGED.notify_one();
    event("notified one");
    CHANGED.notify_all();
    CHANGED.notify_all();
    event("notified nobody");
}

behaviour![
    "important",
    "first",
    "second",
    "notified all",
    "important again",
    "notified one",
    "first again",
    "second again",
    "notified nobody",
];
