//! Reads an address where nothing answers (0x6000_0000: DAI 0385D, memory map), and resets.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

#[bluekernel::main]
fn main() {
    safety::live_twice();
}

#[bluekernel::task(priority = 5, stack = 512)]
fn careless() {
    // SAFETY: none: this is the fault that the firmware is about.
    unsafe { (0x6000_0000 as *const u32).read_volatile() };
}
