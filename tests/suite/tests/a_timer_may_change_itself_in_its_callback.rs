//! In its callback a timer may stop itself, start itself anew, become periodic, and start others.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Timer, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use core::sync::atomic::{AtomicU32, Ordering};

static CALLS: AtomicU32 = AtomicU32::new(0);

static CHANGING: Timer = Timer::new(|| {
    let call = CALLS.load(Ordering::Relaxed) + 1;
    CALLS.store(call, Ordering::Relaxed);
    match call {
        1 => {
            event_if(CHANGING.is_running(), "1: runs", "1: was once");
            CHANGING.start(Duration::from_millis(10));
        }
        2 => {
            event("2: becomes periodic");
            CHANGING.start_periodic(Duration::from_millis(10));
        }
        3 => {
            event_if(CHANGING.is_running(), "3: runs", "3: does not run");
            CHANGING.stop();
            CHANGING.restart();
        }
        4 => {
            event_if(CHANGING.stop(), "4: stops in its call", "4: is not in its call");
            OTHER.start(Duration::from_millis(10));
        }
        _ => event("called once more"),
    }
});
static OTHER: Timer = Timer::new(|| {
    event("the other");
    CHANGING.stop();
});

#[bluekernel::task(priority = 7, stack = 1024)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn task() {
    CHANGING.start(Duration::from_millis(10));
    sleep(Duration::from_millis(35));
    event("35 ms later");
    sleep(Duration::from_millis(100));
    event("100 ms later");
}

behaviour![
    "1: was once",
    "2: becomes periodic",
    "3: runs",
    "35 ms later",
    "4: stops in its call",
    "the other",
    "100 ms later",
];
