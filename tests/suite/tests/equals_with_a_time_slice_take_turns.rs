//! Tasks of a priority with a time slice take turns; one that is interrupted keeps what is left of its slice; one that is
//! alone, and tasks of other priorities, run on.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, set_time_slice, sleep_until};
use bluekernel_suite::{behaviour, event};

/// Computes until the moment is there, however often others run meanwhile.
fn compute_until(millis: u64) {
    let moment = Instant::from_micros(millis * 1000);
    while Instant::now() < moment {
        bluekernel_suite::compute(Duration::from_micros(100));
    }
}

// Slices of 10 ms for priority 2, none for 3.
#[bluekernel::task(priority = 5, stack = 1024)]
fn important() {
    set_time_slice(2, Duration::from_millis(10)).unwrap_or_else(|_| event("no such priority"));
    // In the middle of left's first slice, for 4 ms.
    sleep_until(Instant::from_micros(4_000));
    event("important");
    compute_until(8);
    event("important ends");
}

// From 0 to 4, then what is left: 8 to 14; from 24 to 34.
#[bluekernel::task(priority = 2, stack = 1024)]
fn left() {
    event("left");
    compute_until(20);
    // It had the processor from 8 to 14 and got it again at 24.
    event("left goes on");
    compute_until(30);
    event("left ends");
}

// From 14 to 24, and from 30 on, when it is alone.
#[bluekernel::task(priority = 2, stack = 1024)]
fn right() {
    event("right");
    compute_until(22);
    event("right goes on");
    compute_until(60);
    event("right ends");
}

// Nobody takes turns here: the second one waits for the end of the first.
#[bluekernel::task(priority = 1, stack = 1024)]
fn first() {
    event("first");
    compute_until(90);
    event("first ends");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn second() {
    event("second");
}

behaviour![
    "left",
    "important",
    "important ends",
    "right",
    "right goes on",
    "left goes on",
    "left ends",
    "right ends",
    "first",
    "first ends",
    "second",
];
