//! Task 1 goes deeper and deeper until its stack is full; task 0, which is more important, and the alarm come in between,
//! so that the switch and the hardware save registers at every depth. `overflow.py` says what must come out.
#![no_std]
#![no_main]

#[cfg_attr(feature = "an505", path = "../../../suite/tests/board/an505.rs")]
#[cfg_attr(not(feature = "an505"), path = "../../../suite/tests/board/mps2.rs")]
mod board;

use bluekernel::task::{Slot, Stack};
use bluekernel::{Duration, sleep};
use bluekernel_mps2::uart;
use core::cell::UnsafeCell;
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, Ordering};

/// A stack, and below it what must stay as it is.
#[repr(C)]
struct Memory {
    below: [u64; 32],
    stack: Stack<1024>,
}

struct Shared(UnsafeCell<Memory>);

// SAFETY: `main` lends the stack out once; nobody writes what lies below it.
unsafe impl Sync for Shared {}

const PATTERN: u64 = 0x0123_4567_89ab_cdef;
static MEMORY: Shared = Shared(UnsafeCell::new(Memory { below: [PATTERN; 32], stack: Stack::new() }));

#[bluekernel::main]
fn main() {
    bluekernel::fault::set_console(last_words);
    // SAFETY: the only reference to the stack.
    let stack = unsafe { &mut (*MEMORY.0.get()).stack };
    DEEP.spawn_on(stack, 1, deep).expect("the slot is free");
}

#[bluekernel::task(priority = 2, stack = 512)]
fn shallow() {
    loop {
        sleep(Duration::from_micros(20));
    }
}

#[bluekernel::slot]
static DEEP: Slot<0>;

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

/// The report, and before it whether anything was written below the stack.
fn last_words(text: &[u8]) {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if !BEGUN.load(Ordering::Relaxed) {
        BEGUN.store(true, Ordering::Relaxed);
        // SAFETY: nobody writes there, or should.
        let below = unsafe { (&raw const (*MEMORY.0.get()).below).read_volatile() };
        let intact = below.iter().all(|word| *word == PATTERN);
        uart::last_words(if intact { b"nothing was written below the stack\n" } else { b"what lies below is lost\n" });
    }
    uart::last_words(text);
}
