//! The reference mix: what the bytes of a trace event are judged by. A thousand timer interrupts a second, seven periodic
//! tasks of 1 to 100 ms, and a receiver's interrupt 2,000 times a second in bursts of a fifth of the time. Each job takes the
//! mutex, sends to the queue and receives from it, and sets two marks.
//!
//! It goes on for ever: record as much as is wanted (`tests/bench/trace.py` records 10 s).
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel::{Channel, Duration, Mutex, Periodic, Semaphore, mark_begin, mark_end};
use board::Interrupt;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The first of the two timers of DUALTIMER (Arm DDI 0479, 4.5): load, control, interrupt clear.
const LOAD: *mut u32 = board::DUALTIMER as *mut u32;
const CONTROL: *mut u32 = (board::DUALTIMER + 0x8) as *mut u32;
const CLEAR: *mut u32 = (board::DUALTIMER + 0xc) as *mut u32;
/// 32 bits, interrupt, periodic, enabled.
const RUN: u32 = 1 << 1 | 1 << 5 | 1 << 6 | 1 << 7;

/// Runs of the timer in a second: every second one is the tick, and in a burst each is a byte that was received.
const RATE: u32 = 2_000;
/// A burst is the first fifth of so many runs.
const BURST: u32 = 200;

static RUNS: AtomicU32 = AtomicU32::new(0);
static BYTES: Semaphore = Semaphore::new(0, 64);
static SHARED: Mutex<u32> = Mutex::new(0);
static QUEUE: Channel<u32, 8> = Channel::new();

/// The timer. What it does for the receiver a real board's UART would do.
#[bluekernel::interrupt]
fn DUALTIMER() {
    // SAFETY: the firmware's own timer.
    unsafe { CLEAR.write_volatile(1) };
    if RUNS.fetch_add(1, Relaxed) % BURST < BURST / 5 {
        Interrupt::UART0_RX.pend();
    }
}

/// The receiver. Every eighth byte ends a message.
#[bluekernel::interrupt]
fn UART0_RX() {
    if RUNS.load(Relaxed) % 8 == 0 {
        let _ = BYTES.give();
    }
}

#[bluekernel::main]
fn main() {
    Interrupt::UART0_RX.enable();
    Interrupt::DUALTIMER.enable();
    // SAFETY: as above.
    unsafe {
        LOAD.write_volatile(board::CORE_HZ / RATE - 1);
        CONTROL.write_volatile(RUN);
    }
}

/// Takes the messages that were received.
#[bluekernel::task(priority = 20, stack = 1024)]
fn protocol() {
    loop {
        BYTES.take();
        *SHARED.lock() += 1;
    }
}

/// What each job does, with some of its own work in between.
#[inline(always)]
fn job(work: u32) {
    mark_begin!("job");
    {
        let mut shared = SHARED.lock();
        *shared = shared.wrapping_add(work);
    }
    let _ = QUEUE.try_send(work);
    for step in 0..work {
        core::hint::black_box(step);
    }
    let _ = QUEUE.try_receive();
    mark_end!("job");
}

macro_rules! periodic {
    ($($name:ident: $priority:literal, $milliseconds:literal, $work:literal;)*) => {$(
        #[bluekernel::task(priority = $priority, stack = 1024)]
        fn $name() {
            static RELEASES: Periodic = Periodic::new(Duration::from_millis($milliseconds));
            loop {
                RELEASES.wait();
                job($work);
            }
        }
    )*};
}

periodic! {
    current: 19, 1, 40;
    speed: 18, 2, 80;
    position: 17, 5, 200;
    filter: 16, 10, 800;
    display: 15, 20, 1_000;
    network: 14, 50, 2_000;
    logger: 13, 100, 4_000;
}
