//! A future that was told that it may take the permit, and is dropped before it tries, lets the next one be told. One that
//! was not told leaves no trace.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use embassy_futures::select::{Either, select};

static PERMITS: Semaphore = Semaphore::new(0, 1);
static OTHER: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 4, stack = 2048)]
fn first() {
    // Woken for both: the first one of the two is ready, the other one is dropped.
    let got = block_on(select(OTHER.take_async(), PERMITS.take_async()));
    event_if(matches!(got, Either::First(())), "first: the other", "first: the permit");
    sleep(Duration::from_millis(1));
    // A wait for the permit that nobody ends.
    let got = block_on(select(OTHER.take_async(), PERMITS.take_async()));
    event_if(matches!(got, Either::First(())), "first: the other again", "first: the permit");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn second() {
    block_on(PERMITS.take_async());
    event("second: the permit");
    block_on(PERMITS.take_async());
    event("second: another permit");
}

#[bluekernel::task(priority = 8, stack = 1024)]
fn giver() {
    sleep(Duration::from_millis(3));
    // Both before the first one runs.
    let _ = PERMITS.give();
    let _ = OTHER.give();
    sleep(Duration::from_millis(3));
    let _ = OTHER.give();
    sleep(Duration::from_millis(3));
    let _ = PERMITS.give();
    sleep(Duration::from_millis(3));
    event_if(PERMITS.count() == 0 && OTHER.count() == 0, "nothing is left", "a permit is left");
}

behaviour![
    "first: the other",
    "second: the permit",
    "first: the other again",
    "second: another permit",
    "nothing is left",
];
