//! A handler disables its own interrupt, as drivers do whose source asks until it is served. Enabled again, it comes again:
//! a PLIC takes the end of a handler of a disabled source for nothing, and would wait for it for ever.
#![no_std]
#![no_main]

use bluekernel::{Duration, Semaphore, println};
use board::Interrupt;

mod board {
    //! QEMU's RISC-V machine virt with its UART's interrupt (QEMU's device tree of virt).
    bluekernel::interrupts! { 97; UART = 10 }
    bluekernel::interrupt_controller!(Plic, base = 0x0c00_0000, clint = 0x0200_0000);
    bluekernel::time_driver!(Mtime, base = 0x0200_0000, hz = 10_000_000);

    /// The core's frequency in hertz.
    pub const CORE_HZ: u32 = 125_000_000;
}

/// The UART's interrupt enable register (16550). Bit 1: the transmitter is empty, which it is all the time.
const IER: *mut u8 = 0x1000_0001 as *mut u8;
/// Its interrupt identification register. Reading it takes that interrupt back.
const IIR: *const u8 = 0x1000_0002 as *const u8;

static CAME: Semaphore = Semaphore::new(0, 1);

#[bluekernel::main]
fn main() {}

#[bluekernel::interrupt]
fn UART() {
    // SAFETY: registers of the UART, which nobody else uses.
    unsafe {
        IIR.read_volatile();
        IER.write_volatile(0);
    }
    Interrupt::UART.disable();
    let _ = CAME.give();
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn asking() {
    for _ in 0..3 {
        Interrupt::UART.enable();
        // SAFETY: as above.
        unsafe { IER.write_volatile(2) };
        if CAME.take_timeout(Duration::from_millis(10)).is_err() {
            println!("it does not come");
            bluekernel::exit(1);
        }
    }
    bluekernel::exit(0);
}
