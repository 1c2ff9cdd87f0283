//! Waits in an interrupt handler: the panic names the call, and the handler.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use bluekernel::Semaphore;
use bluekernel_mps2::uart;
use board::Interrupt;

static PERMITS: Semaphore = Semaphore::new(0, 1);

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(uart::last_words);
}

#[bluekernel::task(priority = 5, stack = 512)]
fn asking() {
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
}

#[bluekernel::interrupt]
fn PORT0() {
    PERMITS.take();
}
