//! A handler is bound by its name alone.

mod board {
    bluekernel::interrupts! { 8; UART = 0, TIMER = 1 }
}

#[bluekernel::interrupt(priority = 3)]
fn UART() {}

#[bluekernel::main]
fn main() {}
