//! Setting flags wakes all tasks that they satisfy, the most important first, equals in the order they came; also if one
//! of them clears the flags. Those who need other flags wait on.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, EventFlags, TimedOut, Wanted, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static EVENTS: EventFlags = EventFlags::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn needing_more() {
    let both = EVENTS.wait_timeout(Wanted::all(0b11), Duration::from_millis(20));
    event_if(both == Err(TimedOut), "never both", "both");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn first() {
    EVENTS.wait(Wanted::any(0b01).clear());
    event("first");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn second() {
    EVENTS.wait(Wanted::any(0b01));
    event("second");
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn important() {
    sleep(Duration::from_millis(1));
    event_if(EVENTS.wait(Wanted::any(0b11)) == 0b01, "important", "other flags");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn setting() {
    sleep(Duration::from_millis(2));
    EVENTS.set(0b01);
    event_if(EVENTS.get() == 0, "cleared by the first", "not cleared");
}

behaviour!["cleared by the first", "important", "first", "second", "never both"];
