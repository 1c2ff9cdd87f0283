//! A task that is raised above the running one runs at once, one that lowers itself below another lets it run; a waiting
//! task moves in the list it waits in; and what is inherited stays.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Mutex, Semaphore, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static PERMITS: Semaphore = Semaphore::new(0, 2);
static SHARED: Mutex<()> = Mutex::new(());
static GO: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 6, stack = 1024)]
fn first() {
    PERMITS.take();
    event("first");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn second() {
    PERMITS.take();
    event("second");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn raised() {
    event("raised");
    let guard = SHARED.lock();
    GO.take();
    event_if(raised::task().priority() == 7, "inherits", "does not inherit");
    drop(guard);
    event_if(raised::task().priority() == 2, "its own", "not its own");
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(5));
    drop(SHARED.lock());
    event("high");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn controller() {
    // Both wait: the second one comes first now.
    event_if(second::task().set_priority(9).is_ok(), "moved", "not moved");
    event_if(second::task().set_priority(32).is_err(), "no such priority", "priority 32");
    PERMITS.give().ok();
    PERMITS.give().ok();
    event("raise");
    raised::task().set_priority(4).ok();
    event("lower");
    controller::task().set_priority(0).ok();
    // high waits for the mutex by now, and its owner has its priority.
    sleep(Duration::from_millis(10));
    raised::task().set_priority(2).ok();
    event_if(raised::task().base_priority() == 2, "base 2", "another base");
    GO.give().ok();
    event("end");
}

behaviour![
    "moved",
    "no such priority",
    "second",
    "first",
    "raise",
    "raised",
    "lower",
    "base 2",
    "inherits",
    "high",
    "its own",
    "end",
];
