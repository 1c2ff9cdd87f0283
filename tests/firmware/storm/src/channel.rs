//! Values: each arrives once, and those of one sender in their order.

use crate::count::{self, Count};
use crate::goes_on;
use crate::random::Random;
use bluekernel::{Channel, println, sleep};

/// Three handlers, two tasks.
const SENDERS: usize = 5;
const RECEIVERS: usize = 5;

/// The sender and its count.
static QUEUE: Channel<(u8, u32), 4> = Channel::new();
static SENT: [Count; SENDERS] = [const { Count::new() }; SENDERS];
/// Of the two tasks.
static TIMED_OUT: [Count; 2] = [const { Count::new() }; 2];
static RECEIVED: [Count; RECEIVERS] = [const { Count::new() }; RECEIVERS];
static DISORDER: [Count; RECEIVERS] = [const { Count::new() }; RECEIVERS];
/// The last value of each sender that a receiver got. Each has its own: between the channel and this it may be overtaken.
static LAST: [[Count; SENDERS]; RECEIVERS] = [const { [const { Count::new() }; SENDERS] }; RECEIVERS];

/// A receiver got a value.
fn received(receiver: usize, (sender, count): (u8, u32)) {
    RECEIVED[receiver].add(1);
    let last = &LAST[receiver][usize::from(sender)];
    DISORDER[receiver].add(u32::from(count <= last.get()));
    last.set(count);
}

/// A handler's part.
pub fn strike(handler: usize, random: &mut Random) {
    if random.below(3) == 0 {
        if let Some(value) = QUEUE.try_receive() {
            received(handler, value);
        }
    } else if QUEUE.try_send((handler as u8, SENT[handler].get() + 1)).is_ok() {
        SENT[handler].add(1);
    }
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn sender() {
    let mut random = Random::new(20);
    while goes_on() {
        let value = (3, SENT[3].get() + 1);
        if QUEUE.send_timeout(value, random.time(400)).is_ok() {
            SENT[3].add(1);
        } else {
            TIMED_OUT[0].add(1);
        }
        if random.below(3) == 0 {
            sleep(random.time(100));
        }
    }
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn sender_of_the_same_priority() {
    let mut random = Random::new(21);
    while goes_on() {
        let value = (4, SENT[4].get() + 1);
        if QUEUE.send_timeout(value, random.time(60)).is_ok() {
            SENT[4].add(1);
        } else {
            TIMED_OUT[1].add(1);
        }
        sleep(random.time(100));
    }
}

fn receive(receiver: usize, patience: u32) {
    let mut random = Random::new(22 + receiver as u32);
    while goes_on() {
        if let Ok(value) = QUEUE.receive_timeout(random.time(patience)) {
            received(receiver, value);
        }
        // Now and then late, so that the channel is full at times.
        if random.below(4) == 0 {
            sleep(random.time(60));
        }
    }
}

#[bluekernel::task(priority = 10, stack = 1024)]
fn important_receiver() {
    receive(3, 30);
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn receiver() {
    receive(4, 300);
}

/// At the end.
pub fn holds() -> bool {
    let [sent, received, disorder] = [&SENT, &RECEIVED, &DISORDER].map(|counts| count::sum(counts));
    let (left, timed_out) = (QUEUE.len() as u32, count::sum(&TIMED_OUT));
    println!(
        "values: {sent} sent, {received} received, {left} left; {timed_out} not sent in time, {disorder} in disorder"
    );
    let used = SENT.iter().chain(&RECEIVED).all(|count| count.get() > 0) && timed_out > 0;
    sent == received + left && disorder == 0 && used
}
