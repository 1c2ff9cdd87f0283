//! When stop has returned, no call begins, even if one was due; a restart puts the call off; a handler may do both.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Timer, sleep};
use bluekernel_suite::{behaviour, compute, event, event_if};
use board::Interrupt;

static ONCE: Timer = Timer::new(|| event("once"));
static EVERY: Timer = Timer::new(|| event("every"));
static WATCHDOG: Timer = Timer::new(|| event("watchdog"));
static LONG: Timer = Timer::new(|| {
    event("a long call begins");
    sleep(Duration::from_millis(5));
    event("a long call ends");
});

#[bluekernel::interrupt]
fn PORT0() {
    EVERY.stop();
    WATCHDOG.restart();
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn important() {
    Interrupt::PORT0.enable();
    sleep(Duration::from_millis(1));
    ONCE.start(Duration::from_millis(1));
    compute(Duration::from_millis(5));
    // It is due, and the serving task could not run.
    event_if(ONCE.stop(), "a call has begun", "no call has begun");
    sleep(Duration::from_millis(5));
    EVERY.start_periodic(Duration::from_millis(10));
    WATCHDOG.start(Duration::from_millis(18));
    sleep(Duration::from_millis(15));
    Interrupt::PORT0.pend();
    sleep(Duration::from_millis(15));
    event("the watchdog was put off");
    sleep(Duration::from_millis(10));
    WATCHDOG.stop();
    LONG.start_periodic(Duration::from_millis(10));
    sleep(Duration::from_millis(12));
    event_if(LONG.stop(), "its call has begun", "its call has not begun");
    event_if(!LONG.is_running(), "it does not run any more", "it runs");
    sleep(Duration::from_millis(30));
    event_if(LONG.stop(), "its call is not over", "its call is over");
}

behaviour![
    "no call has begun",
    "every",
    "the watchdog was put off",
    "watchdog",
    "a long call begins",
    "its call has begun",
    "it does not run any more",
    "a long call ends",
    "its call is over",
];
