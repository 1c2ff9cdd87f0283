//! Thread-Metric's message passing: a task sends itself a message of 16 bytes, receives it, compares the last
//! word and counts.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use bluekernel::Channel;
use common::{Counter, check};
use core::hint::black_box;

static COUNTERS: [Counter; 1] = [Counter::new()];
static QUEUE: Channel<[u32; 4], 10> = Channel::new();

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &COUNTERS.each_ref());
}

#[bluekernel::task(priority = 28, stack = 512)]
fn task() {
    let mut message = [0x1111_2222, 0x3333_4444, 0, 0];
    loop {
        QUEUE.send(message);
        // All of it is received, though only the last word is looked at.
        let received = black_box(QUEUE.receive());
        check(received[3] == message[3]);
        message[3] += 1;
        COUNTERS[0].count();
    }
}
