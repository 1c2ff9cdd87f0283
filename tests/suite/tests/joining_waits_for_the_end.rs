//! A task that joins another goes on when that one has returned: at once if it already has, and not at all for itself.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::task::{JoinError, Task};
use bluekernel::{Duration, sleep};
use bluekernel_suite::{behaviour, event, event_if};

#[bluekernel::task(priority = 2, stack = 1024)]
fn worker() {
    sleep(Duration::from_millis(10));
    event("worker ends");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn important() {
    let result = worker::task().join();
    event_if(result.is_ok(), "important joined", "important failed");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn patient() {
    let myself = Task::current().unwrap_or(worker::task());
    event_if(myself.join() == Err(JoinError::Itself), "not itself", "itself");
    let result = worker::task().join_timeout(Duration::from_millis(5));
    event_if(result == Err(JoinError::TimedOut), "too early", "joined early");
    let result = worker::task().join();
    event_if(result.is_ok(), "patient joined", "patient failed");
    event_if(worker::task().join() == Ok(()), "at once", "not at once");
}

behaviour!["not itself", "too early", "worker ends", "important joined", "patient joined", "at once"];
