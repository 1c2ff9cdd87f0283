//! The most important ready task runs, whatever the order of the tasks in the source; and a task may return.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel_suite::{behaviour, event};

#[bluekernel::task(priority = 3, stack = 1024)]
fn middle() {
    event("middle");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn least() {
    event("least");
}

#[bluekernel::task(priority = 31, stack = 1024)]
fn most() {
    event("most");
}

behaviour!["most", "middle", "least"];
