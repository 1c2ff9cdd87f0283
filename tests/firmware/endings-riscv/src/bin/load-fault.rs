//! Reads an address where nothing answers: 0x000f_0000 (QEMU's `info mtree` of virt).
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
    unsafe { (0xf_0000 as *const u32).read_volatile() };
}
