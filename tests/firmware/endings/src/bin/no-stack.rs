//! The stack pointer is where nothing answers (0x6000_0000): the fault's own frame cannot be stacked.
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
fn lost() {
    // SAFETY: the core takes a fault, and nothing after it runs.
    unsafe { core::arch::asm!("mov sp, {}", "udf #0", in(reg) 0x6000_0100) };
}
