//! Priority is inherited along a chain: high waits for a mutex of middle, which waits for one of low; low then runs with
//! high's priority, before a task between them.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Mutex, sleep};
use bluekernel_suite::{behaviour, compute, event};

static INNER: Mutex<()> = Mutex::new(());
static OUTER: Mutex<()> = Mutex::new(());

#[bluekernel::task(priority = 1, stack = 1024)]
fn low() {
    let inner = INNER.lock();
    compute(Duration::from_millis(10));
    event("low unlocks inner");
    drop(inner);
    event("low ends");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn middle() {
    sleep(Duration::from_millis(1));
    let outer = OUTER.lock();
    let inner = INNER.lock();
    event("middle has both");
    drop(inner);
    event("middle unlocks outer");
    drop(outer);
    event("middle ends");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn between() {
    sleep(Duration::from_millis(3));
    event("between begins");
    compute(Duration::from_millis(30));
    event("between ends");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(4));
    event("high wants outer");
    let outer = OUTER.lock();
    event("high has outer");
    drop(outer);
}

behaviour![
    "between begins",
    "high wants outer",
    "low unlocks inner",
    "middle has both",
    "middle unlocks outer",
    "high has outer",
    "between ends",
    "middle ends",
    "low ends",
];
