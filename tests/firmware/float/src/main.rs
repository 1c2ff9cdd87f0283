//! Floating point under pre-emption: two tasks, an interrupt, and a task that has nothing to do with it.
//!
//! `window` runs through 32 registers of numbers it knows. A one-shot timer interrupts it, a cycle later each time. The
//! handler runs through the same window with numbers of its own and wakes two tasks: `holder`, which kept numbers in s16
//! to s31 while it waited, and `counter`, which counts in integers. So the registers change hands in both directions, at
//! every instruction, between tasks and between a task and a handler; and all numbers are exact: integers below 2^24, and
//! sums of powers of two, whose bits are computed here without floating point.
//!
//! Built for a core with a floating-point unit only. The board is the AN386: the AN385 that the other firmware runs on,
//! with a Cortex-M4F. What comes out on UART0 is what tests/firmware/check.py expects; the exit code is 0 if all is well.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;
mod registers;

use bluekernel::{Channel, Semaphore};
use bluekernel_mps2::{Board, Uart, dual_timer, uart};
use core::fmt::Write;
use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};
use registers::{Hits, across, bits_of, doubled};

/// Where each starts to number its registers: whoever sees another's numbers knows whose they are.
const OF_WINDOW: u32 = 1_000;
const OF_HANDLER: u32 = 2_000;
const OF_HOLDER: u32 = 3_000;

static CONSOLE: Channel<Uart, 1> = Channel::new();
static TO_HOLDER: Semaphore = Semaphore::new(0, 1);
static TO_COUNTER: Semaphore = Semaphore::new(0, 1);

/// How often each looked at its numbers, and how often they were not its own.
struct Looks {
    all: AtomicU32,
    wrong: AtomicU32,
}

impl Looks {
    const fn new() -> Self {
        Self { all: AtomicU32::new(0), wrong: AtomicU32::new(0) }
    }

    fn add(&self, right: bool) {
        self.all.fetch_add(1, Ordering::Relaxed);
        self.wrong.fetch_add(u32::from(!right), Ordering::Relaxed);
    }
}

static WINDOW: Looks = Looks::new();
static HANDLER: Looks = Looks::new();
static HOLDER: Looks = Looks::new();
static COUNTER: Looks = Looks::new();
/// The instructions of the window that were interrupted.
static HITS: Hits = Hits::new();

#[bluekernel::main]
fn main() {
    let mps2 = Board::take().expect("the board is taken once");
    bluekernel::fault::set_console(uart::last_words);
    CONSOLE.try_send(mps2.uart0.start(115_200)).ok();
    board::Interrupt::DUALTIMER.enable();
    // Start-up code may use floating point; the idle loop must not inherit it.
    black_box(triangle(10) == 55.0);
}

/// 1 + 2 + ... + n.
fn triangle(n: u32) -> f32 {
    (1..=black_box(n)).fold(0.0, |sum, term| sum + term as f32)
}

/// 1/2 + 1/4 + ... + 2^-n.
fn halves(n: u32) -> f32 {
    let mut term = black_box(1.0_f32);
    (0..n).fold(0.0, |sum, _| {
        term *= 0.5;
        sum + term
    })
}

/// The bits of 1 - 2^-n, which is what [`halves`] comes to: exponent -1, and n - 1 ones behind the point.
const fn bits_of_halves(n: u32) -> u32 {
    126 << 23 | ((1 << (n - 1)) - 1) << (24 - n)
}

#[bluekernel::interrupt]
fn DUALTIMER() {
    dual_timer::acknowledge(dual_timer::Half::First);
    HITS.note();
    HANDLER.add(doubled(OF_HANDLER, || ()) && triangle(100).to_bits() == bits_of(5_050));
    TO_HOLDER.give().ok();
    TO_COUNTER.give().ok();
}

/// The window, then the report. The least important: it never waits.
#[bluekernel::task(priority = 1, stack = 2048)]
fn window() {
    // Where the timer's tick is longer than an instruction, one sweep does not meet all of them: others begin a little
    // later.
    for late in 0..16 {
        for cycles in 1..400 {
            let begin = || {
                registers::start_once(cycles);
                for _ in 0..late {
                    black_box(());
                }
            };
            WINDOW.add(doubled(OF_WINDOW, begin));
            // An interrupt that comes behind the window.
            while HANDLER.all.load(Ordering::Relaxed) != WINDOW.all.load(Ordering::Relaxed) {}
        }
    }
    let mut console = CONSOLE.receive();
    let fine = report(&mut console).is_ok_and(|fine| fine);
    bluekernel::exit(if fine { 0 } else { 1 });
}

/// Keeps numbers in s16 to s31 while it waits: whoever runs meanwhile must save them.
#[bluekernel::task(priority = 2, stack = 1024)]
fn holder() {
    loop {
        let held = across(OF_HOLDER, wait);
        HOLDER.add(held && halves(20).to_bits() == bits_of_halves(20));
    }
}

extern "C" fn wait() {
    TO_HOLDER.take();
}

/// Has nothing to do with floating point, and so a basic frame.
#[bluekernel::task(priority = 3, stack = 512)]
fn counter() {
    let mut count = 0_u32;
    loop {
        TO_COUNTER.take();
        count += 1;
        COUNTER.add(count == HANDLER.all.load(Ordering::Relaxed));
    }
}

/// The tasks' numbers: their order in this file.
const HOLDER_NUMBER: usize = 1;
const COUNTER_NUMBER: usize = 2;

fn report(console: &mut Uart) -> Result<bool, core::fmt::Error> {
    let mut fine = true;
    let (hit, all) = HITS.count();
    fine &= hit == all;
    writeln!(console, "{hit} of {all} instructions of the window were interrupted")?;
    for (name, looks) in [("window", &WINDOW), ("handler", &HANDLER), ("holder", &HOLDER), ("counter", &COUNTER)] {
        let (all, wrong) = (looks.all.load(Ordering::Relaxed), looks.wrong.load(Ordering::Relaxed));
        fine &= wrong == 0 && all > 0;
        writeln!(console, "{name}: {all} looks, {wrong} wrong")?;
    }
    for (name, number, expected) in [("holder", HOLDER_NUMBER, "extended"), ("counter", COUNTER_NUMBER, "basic")] {
        let frame = if registers::saved_exc_return(number) & 1 << 4 == 0 { "extended" } else { "basic" };
        fine &= frame == expected;
        writeln!(console, "{name}: {frame} frame")?;
    }
    Ok(fine)
}
