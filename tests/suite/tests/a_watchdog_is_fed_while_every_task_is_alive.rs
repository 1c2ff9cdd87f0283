//! The hardware is fed exactly as long as all checkpoints are reached in time; who is late is named, once late is late,
//! and one that pauses is not missed.
//!
//! In milliseconds: `steady` must check in every 25 and does every 10, `failing` every 30 and does at 10, 20 and 30. The
//! supervisor looks every 10, at 5, 15, ... At 55 `failing` has 5 left, at 65 it is late: fed 6 times, at 5 to 55.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::watchdog::{Checkpoint, Watchdog};
use bluekernel::{Duration, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static STEADY: Checkpoint = Checkpoint::new("steady", Duration::from_millis(25));
static FAILING: Checkpoint = Checkpoint::new("failing", Duration::from_millis(30));
static RESTING: Checkpoint = Checkpoint::new("resting", Duration::from_millis(1));
static WATCHDOG: Watchdog<3> = Watchdog::new([&RESTING, &STEADY, &FAILING]);

#[bluekernel::task(priority = 5, stack = 1024)]
fn supervisor() {
    RESTING.pause();
    sleep(Duration::from_millis(5));
    let late = WATCHDOG.watch(Duration::from_millis(10), || event("fed"));
    event(late.name());
    FAILING.check_in();
    FAILING.pause();
    event_if(FAILING.is_late(), "late stays late", "forgiven");
    event_if(WATCHDOG.feed_if_alive(|| event("fed")).is_err(), "not fed", "fed again");
    RESTING.check_in();
    event_if(RESTING.is_late(), "late at once", "in time");
    sleep(Duration::from_millis(2));
    event_if(RESTING.is_late(), "watched again", "not watched");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn steady() {
    for _ in 0..10 {
        sleep(Duration::from_millis(10));
        STEADY.check_in();
    }
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn failing() {
    for _ in 0..3 {
        sleep(Duration::from_millis(10));
        FAILING.check_in();
    }
}

behaviour![
    "fed",
    "fed",
    "fed",
    "fed",
    "fed",
    "fed",
    "failing",
    "late stays late",
    "not fed",
    "in time",
    "watched again",
];
