//! Sleeping tasks wake in the order of their deadlines, not in that of their calls or priorities.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, sleep};
use bluekernel_suite::{behaviour, event};

#[bluekernel::task(priority = 9, stack = 1024)]
fn late() {
    sleep(Duration::from_millis(30));
    event("30 ms");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn early() {
    sleep(Duration::from_millis(10));
    event("10 ms");
    sleep(Duration::from_millis(30));
    event("40 ms");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn between() {
    sleep(Duration::from_millis(20));
    event("20 ms");
    sleep(Duration::from_millis(30));
    event("50 ms");
}

behaviour!["10 ms", "20 ms", "30 ms", "40 ms", "50 ms"];
