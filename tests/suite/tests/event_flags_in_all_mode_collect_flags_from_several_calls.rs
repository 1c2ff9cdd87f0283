//! A task that waits for all of several flags wakes when the last of them comes, also if they come in several calls.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, EventFlags, Wanted, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static EVENTS: EventFlags = EventFlags::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn waiting() {
    event_if(EVENTS.wait(Wanted::all(0b101)) == 0b101, "both came", "other flags");
    event_if(EVENTS.wait(Wanted::all(0b110).clear()) == 0b110, "one more was enough", "other flags");
    event_if(EVENTS.get() == 0b001, "the awaited are cleared", "others are cleared");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn setting() {
    sleep(Duration::from_millis(1));
    EVENTS.set(0b001);
    event("one is set");
    EVENTS.set(0b100);
    event("two are set");
    EVENTS.set(0b010);
    event("three are set");
}

behaviour!["one is set", "both came", "two are set", "one more was enough", "the awaited are cleared", "three are set",];
