//! Logs by `defmt`, and is the host of its own RTT channel: the frames go to the console as hexadecimal digits.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;

use bluekernel::Instant;
use bluekernel_mps2::uart;
use board::Interrupt;
use core::sync::atomic::{AtomicU32, Ordering};

defmt::timestamp!("{=u64:us}", Instant::now().as_micros());

unsafe extern "C" {
    /// The control block, as words: the identifier's four, the numbers of channels, then six words a channel (SEGGER
    /// UM08001, "RTT control block").
    #[link_name = "_SEGGER_RTT"]
    safe static RTT: [AtomicU32; 4 + 2 + 3 * 6];
}

/// The words of the second channel to the host.
const NAME: usize = 4 + 2 + 6;
const BUFFER: usize = NAME + 1;
const SIZE: usize = NAME + 2;
const WRITE: usize = NAME + 3;
const READ: usize = NAME + 4;

#[bluekernel::main]
fn main() {}

#[bluekernel::interrupt]
fn PORT0() {
    defmt::error!("from a handler: {=u16:#x}", 0xbeef);
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn task() {
    defmt::info!("{=u8} sensors, {=str} is {=f32}", 3, "bearing", 21.5);
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
    show();
    // More than fits: the record behind them tells how many were lost.
    for number in 0..200_u32 {
        defmt::info!("number {=u32}", number);
    }
    show();
    defmt::info!("goes on");
    show();
    bluekernel::exit(0)
}

/// Takes what the host would take.
fn show() {
    let [buffer, size, write] = [BUFFER, SIZE, WRITE].map(|word| RTT[word].load(Ordering::Relaxed));
    let mut read = RTT[READ].load(Ordering::Relaxed);
    while read != write {
        // SAFETY: inside the channel's ring, whose bytes up to `write` are whole.
        let byte = unsafe { ((buffer + read) as *const u8).read_volatile() };
        let digit = |value: u8| b"0123456789abcdef"[usize::from(value)];
        uart::last_words(&[digit(byte >> 4), digit(byte & 15)]);
        read = (read + 1) % size;
    }
    RTT[READ].store(read, Ordering::Relaxed);
    uart::last_words(b"\n");
}
