//! A semaphore counts up to its maximum; one permit more is an error and changes nothing.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Full, Semaphore};
use bluekernel_suite::{behaviour, event_if};

static PERMITS: Semaphore = Semaphore::new(1, 2);

#[bluekernel::task(priority = 2, stack = 1024)]
fn only() {
    event_if(PERMITS.give() == Ok(()), "2 of 2", "refused too early");
    event_if(PERMITS.give() == Err(Full), "refused", "accepted too much");
    event_if(PERMITS.count() == 2, "still 2", "another count");
    PERMITS.take();
    PERMITS.take();
    event_if(PERMITS.try_take(), "a third", "no third");
}

behaviour!["2 of 2", "refused", "still 2", "no third"];
