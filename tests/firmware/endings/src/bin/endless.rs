//! Never ends, never sleeps.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

#[bluekernel::main]
fn main() {}

#[bluekernel::task(priority = 5, stack = 512)]
fn busy() {
    loop {
        core::hint::spin_loop();
    }
}
