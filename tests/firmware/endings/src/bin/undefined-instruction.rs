//! Runs an instruction that no Arm core will ever have.
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
fn undefined() {
    // SAFETY: the core takes a fault, and nothing after it runs.
    unsafe { core::arch::asm!("udf #0") };
}
