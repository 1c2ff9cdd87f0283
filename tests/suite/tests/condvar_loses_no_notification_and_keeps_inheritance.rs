//! Waiting for a condition gives the mutex up and begins to wait in one step. A task that was notified while the mutex is
//! locked waits for it as any other, and its owner runs with that task's priority.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Condvar, Duration, Mutex, sleep};
use bluekernel_suite::{behaviour, compute, event, event_if};

static STATE: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn consumer() {
    let state = CHANGED.wait_while(STATE.lock(), |state| *state == 0);
    event_if(*state == 1, "consumer has it", "not yet");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn middle() {
    sleep(Duration::from_millis(5));
    event("middle");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn producer() {
    let mut state = STATE.lock();
    *state = 1;
    CHANGED.notify_one();
    // Until 10 ms, with consumer's priority: middle does not run at 5 ms.
    compute(Duration::from_millis(10));
    event("producer unlocks");
    drop(state);
    event("producer ends");
}

behaviour!["producer unlocks", "consumer has it", "middle", "producer ends"];
