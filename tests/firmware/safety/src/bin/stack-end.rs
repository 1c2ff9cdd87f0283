//! A task that has used its stack to the last byte, and faults when it is back.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use bluekernel_mps2::uart;

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(uart::last_words);
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn deep() {
    let start = bluekernel::stack::usage(0).map_or(0, |stack| stack.start);
    // SAFETY: writes the task's own stack, below everything in it. Then the core takes a fault, and nothing runs.
    unsafe { core::arch::asm!("str {0}, [{0}]", "udf #0", in(reg) start) };
}
