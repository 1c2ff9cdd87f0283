//! A task that is woken by flags, and at once clears them and sets others, takes nothing from those behind it: whoever the
//! first call satisfied wakes, before those of the second.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{EventFlags, Wanted};
use bluekernel_suite::{behaviour, event, event_if};

static EVENTS: EventFlags = EventFlags::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn answering() {
    EVENTS.wait(Wanted::any(0b01));
    // `setting` has not looked at the others yet.
    EVENTS.clear(0b01);
    EVENTS.set(0b10);
    event_if(EVENTS.get() == 0b10, "answered", "other flags");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_the_first() {
    EVENTS.wait(Wanted::any(0b01));
    event("woken by the first");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_the_second() {
    EVENTS.wait(Wanted::any(0b10));
    event("woken by the second");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn again() {
    // Both in one call would not have been the same.
    let either = Wanted::any(0b11);
    event_if(EVENTS.wait(either) == 0b01, "saw the first only", "saw the second");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn setting() {
    EVENTS.set(0b01);
    event("set");
}

behaviour!["answered", "woken by the first", "woken by the second", "saw the first only", "set"];
