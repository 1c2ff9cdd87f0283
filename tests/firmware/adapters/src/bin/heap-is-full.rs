//! Asks for more than the heap has.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

extern crate alloc;

use alloc::vec::Vec;
use bluekernel_mps2::uart;

bluekernel::heap!(1024);

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(uart::last_words);
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn greedy() {
    let mut lines = Vec::<[u8; 100]>::with_capacity(20);
    lines.push([0; 100]);
    bluekernel::exit(lines[0][0]);
}
