//! A wait for a condition that ends by its time-out has the mutex again. A notification that is not enough does not make
//! the whole wait longer.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Condvar, Duration, Mutex, TimedOut, sleep};
use bluekernel_suite::{behaviour, event_if};

static STATE: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

#[bluekernel::task(priority = 3, stack = 1024)]
fn waiting() {
    // Until 10 ms.
    let (state, notified) = CHANGED.wait_timeout(STATE.lock(), Duration::from_millis(10));
    event_if(notified == Err(TimedOut), "no notification", "a notification");
    event_if(STATE.try_lock().is_none(), "locked again", "not locked");
    // Until 30 ms; notified at 15 ms.
    let (state, enough) = CHANGED.wait_while_timeout(state, Duration::from_millis(20), |state| *state < 2);
    event_if(enough == Err(TimedOut) && *state == 1, "not enough", "enough");
    // Notified at 50 ms.
    let (state, enough) = CHANGED.wait_while_timeout(state, Duration::from_millis(50), |state| *state < 2);
    event_if(enough == Ok(()) && *state == 2, "enough in time", "not enough");
    let (_state, notified) = CHANGED.wait_timeout(state, Duration::ZERO);
    event_if(notified == Err(TimedOut), "no time", "a notification");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn raising() {
    sleep(Duration::from_millis(15));
    *STATE.lock() += 1;
    CHANGED.notify_one();
    sleep(Duration::from_millis(35));
    *STATE.lock() += 1;
    CHANGED.notify_one();
}

behaviour!["no notification", "locked again", "not enough", "enough in time", "no time"];
