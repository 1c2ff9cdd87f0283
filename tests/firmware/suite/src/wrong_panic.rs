//! The control of behaviours that must panic: it panics with another text, so it must end with exit code 1.
#![no_std]
#![no_main]
#[path = "../../../suite/tests/board/mod.rs"]
mod board;
use bluekernel_suite::panics;

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    panic!("something else");
}

panics!("only a task can wait, outside of critical sections");
