//! A periodic interrupt, and a task that masks interrupts for a known time: with feature `nops`, 1,000 instructions.
//!
//! The task calls nothing else of the kernel, so no other mask is longer. The pause between two masks is random, so
//! that the interrupt meets the mask at every place of it.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel_mps2::{Board, dual_timer};
use core::arch::asm;

const NOPS: usize = if cfg!(feature = "nops") { 1_000 } else { 0 };

#[bluekernel::main]
fn main() {
    let mut mps2 = Board::take().expect("taken once");
    mps2.dual_timer.first.start_periodic(500);
    board::Interrupt::DUALTIMER.enable();
}

#[bluekernel::interrupt]
fn DUALTIMER() {
    dual_timer::acknowledge(dual_timer::Half::First);
}

#[bluekernel::task(priority = 5, stack = 512)]
fn masks() {
    let mut random = 1_u32;
    loop {
        critical_section::with(|_| {
            // SAFETY: NOPs.
            unsafe { asm!(".rept {nops}", "nop", ".endr", nops = const NOPS, options(nomem, nostack)) };
        });
        // xorshift32
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        for _ in 0..random % 64 {
            // SAFETY: a NOP.
            unsafe { asm!("nop", options(nomem, nostack)) };
        }
    }
}
