//! A task whose stack pointer has left its stack at the low end, by 512 bytes, when an undefined instruction comes. What
//! lies there is the stack of the task before it, which has never run.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use bluekernel_mps2::uart;

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(uart::last_words);
}

#[bluekernel::task(priority = 1, stack = 2048)]
fn idling() {}

#[bluekernel::task(priority = 5, stack = 1024)]
fn deep() {
    let start = bluekernel::stack::usage(1).map_or(0, |stack| stack.start);
    // SAFETY: the core takes a fault, and nothing after it runs.
    unsafe { core::arch::asm!("mov sp, {}", "udf #0", in(reg) start - 512) };
}
