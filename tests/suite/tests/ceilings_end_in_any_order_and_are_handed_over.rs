//! A task that owns several mutexes with ceilings has the highest of those it still owns, in whatever order they are
//! unlocked. One that waits while it owns one hands it to a task that waits for it, with the ceiling.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{CeilingError, CeilingMutex, Duration, sleep};
use bluekernel_suite::{behaviour, compute, event, event_if};

static LOWER: CeilingMutex<()> = CeilingMutex::new(3, ());
static HIGHER: CeilingMutex<()> = CeilingMutex::new(5, ());

#[bluekernel::task(priority = 1, stack = 1024)]
fn low() {
    let lower = LOWER.lock();
    let higher = HIGHER.lock();
    event_if(LOWER.lock().err() == Some(CeilingError::Deadlock), "not twice", "twice");
    compute(Duration::from_millis(5));
    drop(lower);
    event("low has the higher ceiling");
    // `waiting` has come by now; `middle` only runs while this task sleeps.
    sleep(Duration::from_millis(5));
    event("low hands it over");
    drop(higher);
    event("low ends");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn waiting() {
    sleep(Duration::from_millis(1));
    event("waiting wants it");
    let higher = HIGHER.lock();
    event_if(higher.is_ok(), "waiting has it", "waiting may not");
    compute(Duration::from_millis(20));
    event("waiting unlocks");
    drop(higher);
    event("waiting ends");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn middle() {
    sleep(Duration::from_millis(2));
    event("middle 1");
    sleep(Duration::from_millis(10));
    event("middle 2");
}

behaviour![
    "not twice",
    // At 5 ms low still has 5, and middle is ready with 4; then it sleeps.
    "low has the higher ceiling",
    "middle 1",
    "waiting wants it",
    "low hands it over",
    // waiting is more important than low, and at 15 ms, when middle wakes, has the ceiling.
    "waiting has it",
    "waiting unlocks",
    "middle 2",
    "waiting ends",
    "low ends",
];
