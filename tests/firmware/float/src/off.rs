//! Switches the floating-point unit off, and then uses it.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel_mps2::uart;

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(uart::last_words);
}

#[bluekernel::task(priority = 5, stack = 512)]
fn float() {
    /// Coprocessor Access Control Register (Armv7-M ARM, B3.2.20): all bits 0 deny every access.
    const CPACR: *mut u32 = 0xe000_ed88 as *mut u32;
    // SAFETY: the core takes a fault, and nothing after it runs.
    unsafe {
        CPACR.write_volatile(0);
        core::arch::asm!("dsb", "isb", "vadd.f32 s0, s0, s0");
    }
}
