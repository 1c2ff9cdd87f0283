//! The control: its list is in the wrong order, so it must end with exit code 1. (The most important task begins.)
#![no_std]
#![no_main]
#[path = "../../../suite/tests/board/mod.rs"]
mod board;
use bluekernel_suite::{behaviour, event};

#[bluekernel::task(priority = 1, stack = 1024)]
fn least() {
    event("least");
}

#[bluekernel::task(priority = 31, stack = 1024)]
fn most() {
    event("most");
}

behaviour!["least", "most"];
