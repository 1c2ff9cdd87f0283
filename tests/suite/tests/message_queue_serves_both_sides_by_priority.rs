//! Tasks that wait for room, and tasks that wait for a message, go on in the order of their priority; a message that was
//! handed over cannot be received by another task.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, MessageQueue, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static MESSAGES: MessageQueue<4, 1> = MessageQueue::new();

#[bluekernel::task(priority = 2, stack = 1024)]
fn low() {
    let mut buffer = [0; 4];
    event_if(MESSAGES.receive(&mut buffer) == b"two", "low: two", "low: another");
    let _ = MESSAGES.send(b"low");
    event("low sent");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(1));
    let mut buffer = [0; 4];
    event_if(MESSAGES.receive(&mut buffer) == b"one", "high: one", "high: another");
    sleep(Duration::from_millis(20));
    let _ = MESSAGES.send(b"high");
    event("high sent");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn main_task() {
    let mut buffer = [0; 4];
    sleep(Duration::from_millis(2));
    for message in [b"one", b"two"] {
        let _ = MESSAGES.send(message);
        event_if(MESSAGES.try_receive(&mut buffer).is_none(), "handed over", "snatched");
        // Those who received copy the message out, so that its block is free again.
        sleep(Duration::from_millis(2));
    }
    // low has sent, 4 ms after the start; this task and, from 22 ms on, high wait for room.
    event("full");
    let _ = MESSAGES.send(b"main");
    event("main sent");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn receiver() {
    let mut buffer = [0; 4];
    sleep(Duration::from_millis(50));
    event_if(MESSAGES.receive(&mut buffer) == b"low", "from low", "another");
    event_if(MESSAGES.receive(&mut buffer) == b"main", "from main", "another");
    event_if(MESSAGES.receive(&mut buffer) == b"high", "from high", "another");
}

behaviour![
    "handed over",
    "high: one",
    "handed over",
    "low: two",
    "low sent",
    "full",
    // Each receive makes room for the most important sender, which goes on at once.
    "main sent",
    "from low",
    "high sent",
    "from main",
    "from high",
];
