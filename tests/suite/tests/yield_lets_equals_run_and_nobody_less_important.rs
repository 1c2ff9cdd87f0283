//! `yield_now` lets each ready task of the same priority run once, in turn, and never a less important one; alone it
//! returns at once.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::yield_now;
use bluekernel_suite::{behaviour, event};

#[bluekernel::task(priority = 2, stack = 1024)]
fn a() {
    event("a 1");
    yield_now();
    event("a 2");
    yield_now();
    event("a 3");
    yield_now();
    event("a 4");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn b() {
    event("b 1");
    yield_now();
    event("b 2");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn less_important() {
    event("less important");
}

behaviour!["a 1", "b 1", "a 2", "b 2", "a 3", "a 4", "less important"];
