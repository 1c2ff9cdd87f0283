//! Panics in an interrupt handler, and resets.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use board::Interrupt;

#[bluekernel::main]
fn main() {
    safety::live_twice();
}

#[bluekernel::task(priority = 5, stack = 512)]
fn asking() {
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
}

#[bluekernel::interrupt]
fn PORT0() {
    panic!("the cat is on the keyboard");
}
