//! Two handlers of one interrupt, in two modules.

mod board {
    bluekernel::interrupts! { 8; UART = 0, TIMER = 1 }
}

mod one {
    #[bluekernel::interrupt]
    fn UART() {}
}

mod other {
    #[bluekernel::interrupt]
    fn UART() {}
}

#[bluekernel::main]
fn main() {}
