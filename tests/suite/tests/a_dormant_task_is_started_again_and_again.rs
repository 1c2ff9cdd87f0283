//! A dormant task runs when it is started, a second time when it has returned, and cannot be started while it runs.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::task::Busy;
use bluekernel::{Duration, sleep};
use bluekernel_suite::{behaviour, event, event_if};

#[bluekernel::task(priority = 5, stack = 1024, dormant)]
fn helper() {
    event("helper begins");
    sleep(Duration::from_millis(2));
    event("helper ends");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn starter() {
    event_if(helper::task().is_finished(), "dormant", "started by itself");
    for _ in 0..2 {
        event_if(helper::start().is_ok(), "started", "not started");
        event_if(helper::start() == Err(Busy), "busy", "started twice");
        event_if(helper::task().join().is_ok(), "joined", "not joined");
    }
}

behaviour![
    "dormant",
    // It is more important, so it runs before its starter goes on.
    "helper begins",
    "started",
    "busy",
    "helper ends",
    "joined",
    "helper begins",
    "started",
    "busy",
    "helper ends",
    "joined",
];
