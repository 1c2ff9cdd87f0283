//! A handler that the kernel's mask does not delay, where the mask delays every one.

mod board {
    bluekernel::interrupts! { 8; UART = 0, TIMER = 1 }
}

#[bluekernel::interrupt(unmasked)]
unsafe fn UART() {}

#[bluekernel::main]
fn main() {}
