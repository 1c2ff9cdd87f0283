//! A handler that the kernel's mask does not delay, without the promise that goes with it.

mod board {
    bluekernel::interrupts! { 8; UART = 0, TIMER = 1 }
}

#[bluekernel::interrupt(unmasked)]
fn UART() {}

#[bluekernel::main]
fn main() {}
