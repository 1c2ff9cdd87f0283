//! Setting flags wakes the tasks they satisfy, and then tells the futures they may satisfy, the most important first. A
//! future looks at the flags when it is polled: those that were cleared by then it waits for again. One that waits for other
//! flags is not polled.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{EventFlags, Wanted, block_on};
use bluekernel_suite::{behaviour, event, event_if};
use core::cell::Cell;
use core::future::poll_fn;
use core::pin::pin;

const A: u32 = 0b01;
const B: u32 = 0b10;

static FLAGS: EventFlags = EventFlags::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn of_5() {
    event_if(block_on(FLAGS.wait_async(Wanted::any(A | B))) == A, "future of 5: A", "future of 5: other flags");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn of_4() {
    let both = block_on(FLAGS.wait_async(Wanted::all(A | B).clear()));
    event_if(both == A | B, "future of 4: both", "future of 4: other flags");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_3() {
    let polls = Cell::new(0);
    let mut wait = pin!(FLAGS.wait_async(Wanted::any(B).clear()));
    let found = block_on(poll_fn(|context| {
        polls.set(polls.get() + 1);
        wait.as_mut().poll(context)
    }));
    // To wait, and when it was told. A is nothing to it, and B was gone before it was its turn.
    event_if((found, polls.get()) == (B, 2), "future of 3: B", "future of 3: other flags, or polled in vain");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn of_2() {
    FLAGS.wait(Wanted::any(A));
    event("task of 2");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn setting() {
    FLAGS.set(A);
    event("set A");
    FLAGS.set(B);
    event_if(FLAGS.get() == 0, "set B, and both are cleared", "flags are left");
    FLAGS.set(B);
    event_if(FLAGS.get() == 0, "set B again, and it is cleared", "flags are left");
}

behaviour![
    "task of 2",
    "future of 5: A",
    "set A",
    "future of 4: both",
    "set B, and both are cleared",
    "future of 3: B",
    "set B again, and it is cleared",
];
