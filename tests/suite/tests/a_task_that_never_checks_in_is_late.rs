//! A checkpoint is watched from the kernel's start on: a task that never gets as far is late when its limit is over, and not
//! before.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::watchdog::{Checkpoint, Watchdog};
use bluekernel::{Duration, Semaphore, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static NEVER: Semaphore = Semaphore::new(0, 1);
static STUCK: Checkpoint = Checkpoint::new("stuck", Duration::from_millis(10));
static WATCHDOG: Watchdog<1> = Watchdog::new([&STUCK]);

#[bluekernel::task(priority = 2, stack = 1024)]
fn stuck() {
    NEVER.take();
    STUCK.check_in();
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn supervisor() {
    sleep(Duration::from_millis(9));
    event_if(WATCHDOG.feed_if_alive(|| event("fed")).is_ok(), "alive", "too early");
    sleep(Duration::from_millis(2));
    let late = WATCHDOG.feed_if_alive(|| event("fed late"));
    event(late.err().map_or("nobody", Checkpoint::name));
}

behaviour!["fed", "alive", "stuck"];
