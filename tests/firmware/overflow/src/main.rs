//! Task 1 goes deeper and deeper until its stack is full; task 0, which is more important, comes in between: the guard
//! goes with the tasks. `overflow.py` says what must come out.
#![no_std]
#![no_main]

#[cfg_attr(feature = "an505", path = "../../../suite/tests/board/an505.rs")]
#[cfg_attr(not(feature = "an505"), path = "../../../suite/tests/board/mps2.rs")]
mod board;

use bluekernel::{Duration, sleep};
use core::hint::black_box;

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(bluekernel_mps2::uart::last_words);
}

#[bluekernel::task(priority = 2, stack = 512)]
fn shallow() {
    loop {
        sleep(Duration::from_micros(50));
    }
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn deep() {
    for depth in 0.. {
        black_box(dive(depth));
    }
}

/// Takes a few words of stack a level.
#[inline(never)]
fn dive(depth: u32) -> u32 {
    if depth == 0 { 0 } else { black_box(dive(depth - 1)) + 1 }
}
