//! The storm: interrupts at random instants while tasks use all of the kernel's objects, and everything is counted.
//!
//! A timer that the kernel does not use runs off after a random number of cycles, again and again. Its handler uses the
//! objects, and makes PORT0 and PORT1 pending, of which one is less important and the other more: so handlers interrupt
//! handlers, where the processor can do that. Where the kernel is just then, is chance; a seed gives the same run again.
//!
//! The crew's tasks use the objects. For a while most of them, and the handlers, use the same one, then the next: so each
//! is empty at times, full at times, and has several waiters. What a task does to an object, what a handler does, and what
//! must hold, is in the object's own module. `storm.py` writes seed and number of interrupts into the image.
#![no_std]
#![no_main]

// Where the kernel's clock is another one than elsewhere, so is the board's module.
#[cfg_attr(any(target_arch = "riscv32", target_arch = "riscv64"), path = "source/mtime.rs")]
#[cfg_attr(feature = "systick", path = "source/mps2_systick.rs")]
#[cfg_attr(
    not(any(feature = "systick", target_arch = "riscv32", target_arch = "riscv64")),
    path = "../../../suite/tests/board/mod.rs"
)]
mod board;
mod count;
mod crew;
mod objects;
mod random;
mod source;

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

/// The handlers: of the timer, of PORT0 and of PORT1.
const HANDLERS: usize = 3;
/// Whoever uses objects: the handlers, and behind them the crew's tasks.
const CONTEXTS: usize = HANDLERS + crew::WORKERS;

/// Bytes of each task's stack: less where RAM is 16 KiB, more where registers have 64 bits.
const STACK: usize = if cfg!(feature = "microbit") {
    512
} else if cfg!(feature = "hifive1") {
    576
} else {
    32 * usize::BITS as usize
};

static CALM: AtomicBool = AtomicBool::new(false);
static OVER: Semaphore = Semaphore::new(0, 1);
static HANDLED: [Count; HANDLERS] = [const { Count::new() }; HANDLERS];

/// Whether the tasks go on.
fn goes_on() -> bool {
    !CALM.load(Ordering::Relaxed)
}

/// A handler's part.
fn strike(handler: usize, random: &mut Random) {
    HANDLED[handler].add(1);
    objects::look();
    for _ in 0..=random.below(2) {
        (objects::pick(random).strike)(handler, random);
    }
    objects::time::handled();
}

fn handled() -> u32 {
    HANDLED.iter().map(Count::get).sum()
}

#[bluekernel::main]
fn main() {
    source::prepare();
}

/// Waits for the end and judges. More important than the crew, and may lock the mutex with a ceiling.
#[bluekernel::task(priority = objects::CEILING, stack = 2 * STACK)]
fn judge() {
    source::start();
    OVER.take();
    CALM.store(true, Ordering::Relaxed);
    let [first, less, more] = [0, 1, 2].map(|handler: usize| HANDLED[handler].get());
    println!("seed {}", Settings::read().seed);
    println!("interrupts {}: by the timer {first}, less important {less}, more important {more}", handled());
    // The longest time-out and the longest wait for a mutex are a fraction of this.
    sleep(Duration::from_millis(100));
    let mut kept = handled() >= Settings::read().interrupts;
    kept &= crew::holds();
    for object in &objects::OBJECTS {
        // The debugger reads what was said.
        sleep(Duration::from_millis(20));
        kept &= (object.holds)();
    }
    bluekernel::exit(u8::from(!kept));
}
