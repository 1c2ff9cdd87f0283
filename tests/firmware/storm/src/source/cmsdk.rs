//! TIMER0 of the MPS2, where SysTick is the kernel's clock (Cortex-M System Design Kit TRM, DDI 0479, 4.5).

use crate::board::Interrupt;
use bluekernel::interrupt;

const CTRL: *mut u32 = 0x4000_0000 as *mut u32;
const VALUE: *mut u32 = 0x4000_0004 as *mut u32;
const RELOAD: *mut u32 = 0x4000_0008 as *mut u32;
const INTCLEAR: *mut u32 = 0x4000_000c as *mut u32;
/// CTRL: interrupt, enable.
const RUN: u32 = 0b1001;

pub fn prepare(priority: u8) {
    interrupt::set_priority(Interrupt::TIMER0 as u16, priority);
    Interrupt::TIMER0.enable();
}

/// The next interrupt comes after so many cycles.
pub fn next(cycles: u32) {
    stop();
    // SAFETY: the firmware's own timer.
    unsafe {
        RELOAD.write_volatile(cycles);
        VALUE.write_volatile(cycles);
        CTRL.write_volatile(RUN);
    }
}

/// No interrupt comes any more.
pub fn stop() {
    // SAFETY: as above.
    unsafe {
        CTRL.write_volatile(0);
        INTCLEAR.write_volatile(1);
    }
}

#[bluekernel::interrupt]
fn TIMER0() {
    // SAFETY: the handler.
    unsafe { super::ran_off() };
}
