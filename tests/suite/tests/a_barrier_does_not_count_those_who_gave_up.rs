//! A task whose time is over before the others came has not come. No time goes on only if everyone else is there.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Barrier, Duration, TimedOut, sleep};
use bluekernel_suite::{behaviour, event_if};

static READY: Barrier = Barrier::new(2);

#[bluekernel::task(priority = 3, stack = 1024)]
fn impatient() {
    let alone = READY.wait_timeout(Duration::from_millis(5));
    event_if(alone == Err(TimedOut), "impatient gives up", "impatient goes on alone");
    sleep(Duration::from_millis(15));
    let last = READY.wait_timeout(Duration::ZERO);
    event_if(last.is_ok_and(|result| result.is_leader()), "impatient leads", "not the last");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn patient() {
    sleep(Duration::from_millis(10));
    event_if(READY.wait_timeout(Duration::ZERO) == Err(TimedOut), "patient is alone", "patient goes on alone");
    event_if(READY.waiting() == 0, "nobody waits", "somebody is counted");
    event_if(READY.wait().is_leader(), "patient leads", "patient goes on");
}

behaviour!["impatient gives up", "patient is alone", "nobody waits", "impatient leads", "patient goes on"];
