//! A channel holds its capacity. More senders wait, by priority; their values come out in the order they were accepted,
//! and those of waiting senders in the order they are served.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, sleep};
use bluekernel_suite::{behaviour, event};

static QUEUE: Channel<&str, 2> = Channel::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn first() {
    QUEUE.send("1");
    QUEUE.send("2");
    event("full");
    QUEUE.send("3 (priority 5)");
    event("3 is in");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn second() {
    QUEUE.send("4 (priority 5)");
    event("4 is in");
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn important() {
    sleep(Duration::from_millis(1));
    QUEUE.send("5 (priority 6)");
    event("5 is in");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn receiver() {
    sleep(Duration::from_millis(10));
    for _ in 0..5 {
        event(QUEUE.receive());
    }
}

behaviour!["full", "5 is in", "1", "3 is in", "2", "4 is in", "5 (priority 6)", "3 (priority 5)", "4 (priority 5)",];
