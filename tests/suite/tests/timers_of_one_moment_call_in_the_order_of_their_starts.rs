//! Calls that are due when their task comes to them are made by moment, and at the same moment in the order in which the
//! timers were started last.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Timer, sleep, sleep_until};
use bluekernel_suite::{behaviour, compute, event};

static FIRST: Timer = Timer::new(|| event("first"));
static SECOND: Timer = Timer::new(|| event("second"));
static THIRD: Timer = Timer::new(|| event("third"));

#[bluekernel::task(priority = 3, stack = 1024)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn busy() {
    sleep(Duration::from_millis(1));
    // They join the service's list in another order than the one in which they are started last.
    for timer in [&THIRD, &FIRST, &SECOND] {
        timer.start(Duration::from_secs(1));
    }
    // At the same moment where the clock stands meanwhile, else a few microseconds apart.
    let start = Instant::now();
    FIRST.start(Duration::ZERO);
    SECOND.start(Duration::ZERO);
    THIRD.start(Duration::ZERO);
    event("started");
    sleep_until(start + Duration::from_millis(10));
    event("a later one started first");
    SECOND.start(Duration::from_millis(20));
    FIRST.start(Duration::from_millis(5));
    compute(Duration::from_millis(30));
    event("let them run");
}

behaviour!["started", "first", "second", "third", "a later one started first", "let them run", "first", "second",];
