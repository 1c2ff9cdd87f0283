//! The smallest program of the size comparison, the same as for the peers: two tasks of equal priority; one counts,
//! sleeps a tick (1 ms) and gives, the other takes, counts and yields; a counting semaphore with maximum 10.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel::{Duration, Semaphore, sleep, yield_now};
use core::sync::atomic::{AtomicU32, Ordering};

static READY: Semaphore = Semaphore::new(0, 10);

/// Seen to grow from outside, by their symbols.
#[unsafe(no_mangle)]
static COUNT_A: AtomicU32 = AtomicU32::new(0);
#[unsafe(no_mangle)]
static COUNT_B: AtomicU32 = AtomicU32::new(0);

fn count(counter: &AtomicU32) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

#[bluekernel::main]
fn main() {}

#[bluekernel::task(priority = 1, stack = 256)]
fn a() {
    loop {
        count(&COUNT_A);
        sleep(Duration::from_millis(1));
        let _ = READY.give();
    }
}

#[bluekernel::task(priority = 1, stack = 256)]
fn b() {
    loop {
        READY.take();
        count(&COUNT_B);
        yield_now();
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
