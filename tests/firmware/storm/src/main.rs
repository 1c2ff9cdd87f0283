//! The storm: interrupts at random instants while tasks use all of the kernel's objects, and everything is counted.
//!
//! SysTick, which the kernel does not use on these boards, runs off after a random number of cycles, again and again. Its
//! handler uses the objects, and makes PORT0 and PORT1 pending, of which one is less important and the other more: so
//! handlers interrupt handlers. Where the kernel is just then, is chance; a seed gives the same run again.
//!
//! Each object is a module: its tasks, what a handler does to it, and what must hold at the end. `storm.py` writes seed
//! and number of interrupts into the image.
#![no_std]
#![no_main]

#[path = "../../../suite/tests/board/mod.rs"]
mod board;
mod channel;
mod count;
mod mutex;
mod random;
mod semaphore;
mod source;
mod time;
mod yields;

use bluekernel::{Duration, Semaphore, println, sleep};
use core::sync::atomic::{AtomicBool, Ordering};
use count::Count;
use random::Random;

/// What the runner writes into the image.
#[repr(C)]
struct Settings {
    seed: u32,
    interrupts: u32,
}

#[used]
#[unsafe(no_mangle)]
static STORM: Settings = Settings { seed: 1, interrupts: 100_000 };

impl Settings {
    /// The settings in memory, not those that the compiler has seen.
    fn read() -> Self {
        // SAFETY: a static.
        unsafe { (&raw const STORM).read_volatile() }
    }
}

static CALM: AtomicBool = AtomicBool::new(false);
static OVER: Semaphore = Semaphore::new(0, 1);
static HANDLED: [Count; 3] = [const { Count::new() }; 3];

/// Whether the tasks go on.
fn goes_on() -> bool {
    !CALM.load(Ordering::Relaxed)
}

/// A handler's part. Each handler counts for itself; the first one also ends the storm.
fn strike(handler: usize, random: &mut Random) {
    HANDLED[handler].add(1);
    match random.below(4) {
        0 => semaphore::strike(handler, random),
        1 => channel::strike(handler, random),
        2 => yields::strike(handler),
        _ => {
            semaphore::strike(handler, random);
            channel::strike(handler, random);
        }
    }
}

fn handled() -> u32 {
    count::sum(&HANDLED)
}

#[bluekernel::main]
fn main() {
    source::prepare();
}

/// Waits for the end and judges.
#[bluekernel::task(priority = 31, stack = 2048)]
fn judge() {
    source::start();
    OVER.take();
    CALM.store(true, Ordering::Relaxed);
    // The longest time-out and the longest wait for a mutex are a fraction of this.
    sleep(Duration::from_millis(100));
    let [first, less, more] = [0, 1, 2].map(|handler: usize| HANDLED[handler].get());
    println!("seed {}", Settings::read().seed);
    println!("interrupts {}: by the timer {first}, less important {less}, more important {more}", handled());
    let kept = [semaphore::holds(), channel::holds(), mutex::holds(), time::holds(), yields::holds()];
    bluekernel::exit(u8::from(kept.contains(&false)));
}
