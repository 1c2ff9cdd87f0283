//! TIMER1 of the nRF51, which has no SysTick: 16 bits that count the processor's 16 MHz (nRF51 Series Reference Manual,
//! chapter 18).

use crate::board::Interrupt;
use bluekernel::interrupt;

const TIMER1: usize = 0x4000_9000;
const TASKS_START: usize = 0x000;
const TASKS_STOP: usize = 0x004;
const TASKS_CLEAR: usize = 0x00c;
const EVENTS_COMPARE0: usize = 0x140;
const INTENSET: usize = 0x304;
const PRESCALER: usize = 0x510;
const CC0: usize = 0x540;
/// INTENSET: COMPARE 0.
const COMPARE0: u32 = 1 << 16;

fn write(offset: usize, value: u32) {
    // SAFETY: the firmware's own timer.
    unsafe { ((TIMER1 + offset) as *mut u32).write_volatile(value) };
}

pub fn prepare(priority: u8) {
    write(PRESCALER, 0);
    write(INTENSET, COMPARE0);
    interrupt::set_priority(Interrupt::TIMER1 as u16, priority);
    Interrupt::TIMER1.enable();
}

/// The next interrupt comes after so many cycles.
pub fn next(cycles: u32) {
    stop();
    write(TASKS_CLEAR, 1);
    write(CC0, cycles);
    write(TASKS_START, 1);
}

/// No interrupt comes any more.
pub fn stop() {
    write(TASKS_STOP, 1);
    write(EVENTS_COMPARE0, 0);
}

#[bluekernel::interrupt]
fn TIMER1() {
    // SAFETY: the handler.
    unsafe { super::ran_off() };
}
