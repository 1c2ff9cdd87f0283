//! A suspended task does not run, whatever its priority; what it waits for still comes to it, and nothing is lost.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static READY: Semaphore = Semaphore::new(0, 2);

#[bluekernel::task(priority = 5, stack = 1024)]
fn worker() {
    READY.take();
    event("first permit");
    worker::task().suspend();
    event("resumed");
    let result = READY.take_timeout(Duration::from_millis(5));
    event_if(result.is_err(), "timed out", "a permit");
    READY.take();
    event("second permit");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn controller() {
    let worker = worker::task();
    // While it waits: it gets the permit, and is suspended with it.
    worker.suspend();
    worker.suspend();
    READY.give().ok();
    event("given");
    event_if(worker.resume(), "released", "not suspended");
    // It has suspended itself by now.
    event("it sleeps");
    event_if(worker.resume(), "released", "not suspended");
    // In a wait that times out.
    worker.suspend();
    sleep(Duration::from_millis(10));
    event("its time is over");
    event_if(worker.resume(), "released", "not suspended");
    event_if(!worker.resume(), "nothing to release", "suspended");
    // Suspended and released while it waits: as if nothing had been.
    worker.suspend();
    event_if(worker.resume(), "released", "not suspended");
    READY.give().ok();
    event("end");
}

behaviour![
    "given",
    "first permit",
    "released",
    "it sleeps",
    "resumed",
    "released",
    "its time is over",
    "timed out",
    "released",
    "nothing to release",
    "released",
    "second permit",
    "end",
];
