//! Every receiver of a watch is told of a change at least once. One that looks late sees the latest value, once; one that
//! waits again after each change sees all of them.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Watch, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static LEVEL: Watch<u32> = Watch::new(0);

#[bluekernel::task(priority = 4, stack = 1024)]
fn quick() {
    let mut level = LEVEL.receiver();
    event_if(level.changed() == 1, "quick: 1", "quick: another");
    event_if(level.changed() == 2, "quick: 2", "quick: another");
    event_if(level.changed() == 3, "quick: 3", "quick: another");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn as_quick() {
    let mut level = LEVEL.receiver();
    event_if(level.changed_timeout(Duration::from_millis(10)) == Ok(1), "as quick: 1", "as quick: another");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn late() {
    let mut level = LEVEL.receiver();
    sleep(Duration::from_millis(10));
    event_if(level.changed() == 3, "late: 3", "late: another");
    event_if(level.changed_timeout(Duration::from_millis(5)).is_err(), "late: no more", "late: one more");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn sending() {
    LEVEL.send(1);
    event("sent 1");
    LEVEL.send(2);
    LEVEL.send(3);
    event_if(LEVEL.read(|level| *level == 3), "sent 3", "another is there");
}

behaviour!["quick: 1", "as quick: 1", "sent 1", "quick: 2", "quick: 3", "sent 3", "late: 3", "late: no more",];
