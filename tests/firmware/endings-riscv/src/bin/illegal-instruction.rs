//! Executes a word that is no instruction.
#![no_std]
#![no_main]

#[path = "../board.rs"]
mod board;

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(endings_riscv::write);
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn careless() {
    // SAFETY: none: this is the fault that the firmware is about.
    unsafe { core::arch::asm!(".word 0xffffffff") };
}
