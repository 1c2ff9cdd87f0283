//! Every future that waits for a change is told of it once, behind the tasks, the most important first; one that waits again
//! at once, behind its equals, is not told of the same change. A future that was told and is dropped has seen nothing.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Semaphore, Watch, block_on};
use bluekernel_suite::{behaviour, event, event_if};
use core::cell::Cell;
use core::future::poll_fn;
use core::pin::pin;
use embassy_futures::select::{Either, select};

static LEVEL: Watch<u32> = Watch::new(0);
static STOP: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 5, stack = 2048)]
fn of_5() {
    let polls = Cell::new(0);
    let mut changes = pin!(async {
        let mut level = LEVEL.receiver();
        event_if(level.changed_async().await == 1, "future of 5: 1", "future of 5: another");
        event_if(level.changed_async().await == 2, "future of 5: 2", "future of 5: another");
    });
    block_on(poll_fn(|context| {
        polls.set(polls.get() + 1);
        changes.as_mut().poll(context)
    }));
    // To wait, and twice when it was told.
    event_if(polls.get() == 3, "future of 5: polled three times", "future of 5: polled in vain");
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn other_of_5() {
    let mut level = LEVEL.receiver();
    event_if(block_on(level.changed_async()) == 1, "other of 5: 1", "other of 5: another");
    // Both come before this task runs; the first one of the two is ready, the other one is dropped.
    let got = block_on(select(STOP.take_async(), level.changed_async()));
    event_if(matches!(got, Either::First(())), "other of 5: dropped", "other of 5: changed");
    event_if(block_on(level.changed_async()) == 2, "other of 5: 2", "other of 5: another");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_3() {
    let mut level = LEVEL.receiver();
    event_if(level.changed() == 1, "task of 3: 1", "task of 3: another");
    event_if(level.changed() == 2, "task of 3: 2", "task of 3: another");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn sending() {
    LEVEL.send(1);
    event("sent 1");
    critical_section::with(|_| {
        LEVEL.send(2);
        let _ = STOP.give();
    });
    event("sent 2");
}

behaviour![
    "task of 3: 1",
    "future of 5: 1",
    "other of 5: 1",
    "sent 1",
    "future of 5: 2",
    "future of 5: polled three times",
    "other of 5: dropped",
    "other of 5: 2",
    "task of 3: 2",
    "sent 2",
];
