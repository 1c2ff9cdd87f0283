//! A name that is not one of the board's.

mod board {
    bluekernel::interrupts! { 8; UART = 0, TIMER = 1 }
}

#[bluekernel::interrupt]
fn UARTT() {}

#[bluekernel::main]
fn main() {}
