//! A task that a more important one interrupts does not lose its turn to tasks of its own priority.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, sleep};
use bluekernel_suite::{behaviour, compute, event};

#[bluekernel::task(priority = 2, stack = 1024)]
fn computing() {
    event("computing begins");
    compute(Duration::from_millis(10));
    event("computing ends");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn equal() {
    event("equal runs");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn interrupting() {
    sleep(Duration::from_millis(5));
    event("interrupting runs");
}

behaviour!["computing begins", "interrupting runs", "computing ends", "equal runs"];
