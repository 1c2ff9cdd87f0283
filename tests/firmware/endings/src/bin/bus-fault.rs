//! Reads an address where nothing answers: 0x6000_0000 (DAI 0385D, memory map).
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use bluekernel_mps2::uart;

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(uart::last_words);
}

#[bluekernel::task(priority = 5, stack = 512)]
fn careless() {
    // SAFETY: none: this is the fault that the firmware is about.
    unsafe { (0x6000_0000 as *const u32).read_volatile() };
}
