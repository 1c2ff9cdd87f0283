//! Receivers of an empty channel wait, by priority, equals in the order they came; each value goes to one of them, and
//! one that runs cannot take a value that a waiting receiver was given.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, sleep};
use bluekernel_suite::{behaviour, event_if};

static QUEUE: Channel<u32, 4> = Channel::new();

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_first() {
    event_if(QUEUE.receive() == 2, "low, first: 2", "low, first: another");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_second() {
    event_if(QUEUE.receive() == 3, "low, second: 3", "low, second: another");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(1));
    event_if(QUEUE.receive() == 1, "high: 1", "high: another");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn sender() {
    sleep(Duration::from_millis(2));
    for value in 1..=3 {
        QUEUE.send(value);
        event_if(QUEUE.try_receive().is_none(), "handed over", "snatched");
    }
    QUEUE.send(4);
    event_if(QUEUE.try_receive() == Some(4), "4 was kept", "4 was lost");
}

behaviour!["handed over", "handed over", "handed over", "4 was kept", "high: 1", "low, first: 2", "low, second: 3",];
