//! Task 1 goes deeper and deeper until its stack is full; task 0, which is more important, and the alarm come in between,
//! so that the switch and the hardware save registers at every depth. With the feature `at-once` it sleeps first, and then
//! goes down with interrupts masked: the guard must stand behind a wait as well. `overflow.py` says what must come out.
#![no_std]
#![no_main]

#[cfg_attr(feature = "an505", path = "../../../suite/tests/board/an505.rs")]
#[cfg_attr(feature = "hifive1", path = "../../../suite/tests/board/hifive1.rs")]
#[cfg_attr(feature = "virt", path = "../../../suite/tests/board/virt.rs")]
#[cfg_attr(
    not(any(feature = "an505", feature = "hifive1", feature = "virt")),
    path = "../../../suite/tests/board/mps2.rs"
)]
mod board;
mod console;

use bluekernel::task::{Slot, Stack};
use bluekernel::{Duration, sleep};
use core::cell::UnsafeCell;
use core::hint::black_box;
use core::sync::atomic::{AtomicBool, Ordering};

/// A stack, and below it what must stay as it is.
#[repr(C)]
struct Memory {
    below: [u64; 32],
    stack: Stack<2048>,
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

#[bluekernel::task(priority = 2, stack = 1024)]
fn shallow() {
    loop {
        sleep(Duration::from_micros(20));
    }
}

#[bluekernel::slot]
static DEEP: Slot<0>;

fn deep() {
    if cfg!(feature = "at-once") {
        sleep(Duration::from_millis(1));
        critical_section::with(|_| black_box(dive(u32::MAX)));
    }
    for depth in 0.. {
        black_box(dive(depth));
    }
}

/// Takes a few words of stack a level, and stays at the last one until something has come in between.
#[inline(never)]
fn dive(depth: u32) -> u32 {
    if depth > 0 {
        return black_box(dive(depth - 1)) + 1;
    }
    for turn in 0..2_000 {
        black_box(turn);
    }
    0
}

/// The report, and before it whether anything was written below the stack.
fn last_words(text: &[u8]) {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if !BEGUN.load(Ordering::Relaxed) {
        BEGUN.store(true, Ordering::Relaxed);
        // SAFETY: nobody writes there, or should.
        let below = unsafe { (&raw const (*MEMORY.0.get()).below).read_volatile() };
        let intact = below.iter().all(|word| *word == PATTERN);
        console::write(if intact { b"nothing was written below the stack\n" } else { b"what lies below is lost\n" });
    }
    console::write(text);
}
