//! Callbacks run in the task that serves them: with its priority, with interrupts open and under no lock, so they may wait
//! and more important tasks run in between.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Mutex, Semaphore, Timer, sleep};
use bluekernel_suite::{behaviour, event};
use board::Interrupt;

static SHARED: Mutex<()> = Mutex::new(());
static PERMITS: Semaphore = Semaphore::new(0, 1);
static WORK: Timer = Timer::new(|| {
    event("callback begins");
    Interrupt::PORT0.pend();
    event("callback waits");
    let guard = SHARED.lock();
    event("callback has the mutex");
    drop(guard);
});

#[bluekernel::interrupt]
fn PORT0() {
    event("handler");
    let _ = PERMITS.give();
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn important() {
    PERMITS.take();
    event("a more important task");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn less_important() {
    Interrupt::PORT0.enable();
    let guard = SHARED.lock();
    WORK.start(Duration::from_millis(1));
    sleep(Duration::from_millis(5));
    event("the owner lets it go");
    drop(guard);
    event("the owner ends");
}

behaviour![
    "callback begins",
    "handler",
    "a more important task",
    "callback waits",
    "the owner lets it go",
    "callback has the mutex",
    "the owner ends",
];
