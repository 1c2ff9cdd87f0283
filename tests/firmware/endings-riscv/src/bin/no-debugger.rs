//! Ends itself where nobody is who could end it: on QEMU without -semihosting.
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
    bluekernel::exit(3);
}
