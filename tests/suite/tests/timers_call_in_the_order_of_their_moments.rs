//! Timers call at their moments, those of the same moment in the order in which they were started, wherever they were
//! started: before the first task, in a task, in a handler. What a timer was started for before is forgotten.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Timer, sleep_until};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;

static LATE: Timer = Timer::new(|| event("late"));
static EARLY: Timer = Timer::new(|| event("early"));
static FROM_HANDLER: Timer = Timer::new(|| event("from the handler"));
static MOVED: Timer = Timer::new(|| event("moved"));

#[bluekernel::interrupt]
fn PORT0() {
    FROM_HANDLER.start(Duration::from_millis(15));
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn task() {
    Interrupt::PORT0.enable();
    let start = Instant::now();
    LATE.start(Duration::from_millis(20));
    MOVED.start(Duration::from_millis(5));
    Interrupt::PORT0.pend();
    EARLY.start(Duration::from_millis(10));
    MOVED.start(Duration::from_millis(30));
    event("started");
    sleep_until(start + Duration::from_millis(40));
    event_if(LATE.is_running() || MOVED.is_running(), "it runs on", "all are over");
    sleep_until(start + Duration::from_millis(80));
    event("again");
    LATE.restart();
    sleep_until(start + Duration::from_millis(99));
    event("19 ms later");
}

behaviour!["started", "early", "from the handler", "late", "moved", "all are over", "again", "19 ms later", "late",];
