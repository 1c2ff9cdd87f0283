//! A future that is told of flags, and at once sets others, takes nothing from those behind it, and its call comes to those
//! that the first one has passed by. Of two equals that wait for a flag and clear it, the first one gets it, and the second one keeps its place.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{EventFlags, Wanted, block_on};
use bluekernel_suite::{behaviour, event};

static FLAGS: EventFlags = EventFlags::new();

fn wait(wanted: Wanted, name: &'static str) {
    block_on(FLAGS.wait_async(wanted));
    event(name);
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn answering() {
    wait(Wanted::any(0b001), "answering");
    // The call of `setting` has passed by the one of 6, and has not come to the one of 3 yet.
    FLAGS.set(0b010);
    event("answered");
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn of_the_second() {
    wait(Wanted::any(0b010), "told of the second");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_the_first() {
    wait(Wanted::any(0b001), "told of the first");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn first() {
    wait(Wanted::any(0b100).clear(), "first of two");
    wait(Wanted::any(0b100).clear(), "behind the second");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn second() {
    wait(Wanted::any(0b100).clear(), "second of two");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn setting() {
    FLAGS.set(0b001);
    event("set");
    for _ in 0..3 {
        FLAGS.set(0b100);
    }
}

behaviour![
    "answering",
    "told of the second",
    "answered",
    "told of the first",
    "set",
    "first of two",
    "second of two",
    "behind the second",
];
