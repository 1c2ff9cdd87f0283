//! Faults in the fault handler: the core locks up.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

#[bluekernel::main]
fn main() {
    // The console's function runs in the fault handler.
    bluekernel::fault::set_console(|_| fault());
}

#[bluekernel::task(priority = 5, stack = 512)]
fn careless() {
    fault();
}

fn fault() {
    // SAFETY: the core takes a fault, and nothing after it runs.
    unsafe { core::arch::asm!("udf #0") };
}
