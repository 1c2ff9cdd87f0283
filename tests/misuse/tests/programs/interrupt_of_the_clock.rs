//! The interrupt of the timer that is the kernel's clock.

mod board {
    bluekernel::interrupts! { 8; UART = 0, TIMER = 1 }
    bluekernel::time_driver!(CmsdkTimer, base = 0x4000_0000, irq = TIMER, hz = 25_000_000);
}

#[bluekernel::interrupt]
fn TIMER() {}

#[bluekernel::main]
fn main() {}
