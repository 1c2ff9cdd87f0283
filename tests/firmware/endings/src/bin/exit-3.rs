//! Ends with exit code 3.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

#[bluekernel::main]
fn main() {}

#[bluekernel::task(priority = 5, stack = 512)]
fn last() {
    bluekernel::exit(3)
}
