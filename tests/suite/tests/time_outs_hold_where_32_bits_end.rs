//! Sleeps, time-outs, timers and periods that reach across 2^32 ticks of the clock end in time and in order.
#![cfg(not(target_os = "none"))]
mod board;
use bluekernel::{Duration, Instant, Periodic, Semaphore, TimedOut, Timer, sleep, sleep_until};
use bluekernel_suite::{behaviour, compute, event_if};

/// The host's clock has a tick a microsecond: this is 2^32 - 100 ticks.
const BEGIN: Instant = Instant::from_micros((1 << 32) - 100);

/// So many microseconds behind that; 100 is 2^32 ticks.
fn at(micros: u64) -> Instant {
    BEGIN + Duration::from_micros(micros)
}

static PERMITS: Semaphore = Semaphore::new(0, 1);
static TIMER: Timer = Timer::new(|| event_if(Instant::now() == at(110), "110: timer", "timer"));

#[bluekernel::task(priority = 7, stack = 1024)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn task() {
    compute(BEGIN.since(Instant::START));
    TIMER.start(Duration::from_micros(110));
    let _ = PERMITS.give();
    sleep(Duration::from_micros(150));
    event_if(Instant::now() == at(150), "150: sleep", "sleep");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn waiting() {
    PERMITS.take();
    event_if(PERMITS.take_timeout(Duration::from_micros(99)) == Err(TimedOut), "time-out", "a permit");
    event_if(Instant::now() == at(99), "99: one before the end", "at another moment");
    sleep_until(at(100));
    event_if(Instant::now() == at(100), "100: sleep until", "sleep until");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn periodic() {
    let cycle = Periodic::new(Duration::from_micros(40)).starting_at(at(45));
    for release in [at(45), at(85), at(125)] {
        event_if(cycle.wait() == release && Instant::now() == release, "period", "another moment");
    }
}

behaviour![
    // 45 and 85.
    "period",
    "period",
    "time-out",
    "99: one before the end",
    "100: sleep until",
    "110: timer",
    // 125.
    "period",
    "150: sleep",
];
