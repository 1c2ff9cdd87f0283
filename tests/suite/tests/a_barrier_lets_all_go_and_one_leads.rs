//! The last of the tasks that a barrier is for lets all go on, the most important first, and exactly that one leads. The
//! barrier serves the next round although not everyone has left yet.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Barrier;
use bluekernel_suite::{behaviour, event_if};

static READY: Barrier = Barrier::new(3);

#[bluekernel::task(priority = 3, stack = 1024)]
fn high() {
    event_if(READY.wait().is_leader(), "high leads", "high goes on");
    event_if(READY.wait().is_leader(), "high leads", "high goes on again");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn middle() {
    event_if(READY.wait().is_leader(), "middle leads", "middle goes on");
    event_if(READY.wait().is_leader(), "middle leads", "middle goes on again");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn low() {
    event_if(READY.wait().is_leader(), "low leads", "low goes on");
    event_if(READY.wait().is_leader(), "low leads again", "low goes on");
}

// high is woken first and comes again before middle was woken: it waits for the second round.
behaviour![
    "high goes on",
    "middle goes on",
    "low leads",
    "high goes on again",
    "middle goes on again",
    "low leads again",
];
