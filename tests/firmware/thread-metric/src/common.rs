//! Thread-Metric, written anew from its published description: what the seven tests share.
//!
//! Each test counts operations for a while; then its counters must be as close to each other as the description says.
//! The window is from marker 8 to marker 9 (the instructions `mov r8,r8` and `mov r9,r9`), a second of virtual time, in
//! which a task of the highest priority sleeps a millisecond at a time: the kernel's own timer, its alarm and two
//! switches, where other kernels have a tick. The published priorities 1 to 31 (31 the least important) are 30 to 0 here.
//! The last line is the number of operations; the exit code is 1 if a check failed.

use crate::board::Interrupt;
use bluekernel::{Duration, Instant, exit, sleep, sleep_until};
use bluekernel_mps2::Board;
use core::arch::asm;
use core::fmt::Write as _;
use core::sync::atomic::{AtomicU32, Ordering};

const WINDOW_MS: u32 = 1_000;

/// Counts for one task or handler.
pub struct Counter(AtomicU32);

impl Counter {
    /// At 0.
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// One more. There is one writer.
    pub fn count(&self) {
        self.0.store(self.get().wrapping_add(1), Ordering::Relaxed);
    }

    /// So many.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Ends the run as failed unless it is so.
pub fn check(right: bool) {
    if !right {
        exit(1);
    }
}

/// The window, then the verdict: `counters` are within 1 of their average. The operations are the sum of `operations`.
pub fn report(counters: &[Counter], operations: &[&Counter]) {
    let ticks = TICKS.get();
    // SAFETY: changes nothing. A barrier for the compiler, since it claims nothing.
    unsafe { asm!("mov r8, r8") };
    sleep(Duration::from_millis(WINDOW_MS.into()));
    // SAFETY: as above.
    unsafe { asm!("mov r9, r9") };
    check((TICKS.get() - ticks).abs_diff(WINDOW_MS) <= 1);
    let average = counters.iter().map(Counter::get).sum::<u32>() / counters.len() as u32;
    check(average > 0 && counters.iter().all(|counter| counter.get().abs_diff(average) <= 1));
    let mut uart = Board::take().expect("taken once").uart0.start(115_200);
    check(writeln!(uart, "{}", operations.iter().map(|counter| counter.get()).sum::<u32>()).is_ok());
    exit(0)
}

/// Causes the interrupt. Its handler has run when this returns.
#[allow(dead_code, reason = "two of the tests have interrupts")]
#[inline(always)]
pub fn interrupt() {
    Interrupt::UART1_RX.pend();
    // SAFETY: barriers, by whose end the interrupt is taken.
    unsafe { asm!("dsb", "isb") };
}

static TICKS: Counter = Counter::new();

#[bluekernel::task(priority = 31, stack = 512)]
fn tick() {
    let mut next = Instant::now();
    loop {
        next += Duration::from_millis(1);
        sleep_until(next);
        TICKS.count();
    }
}

#[bluekernel::main]
fn main() {
    Interrupt::UART1_RX.enable();
}
