//! Values: each arrives once, and those of one sender in their order.

use super::Object;
use super::order::Order;
use crate::count::Count;
use crate::crew::{At, Worker, waiting};
use crate::random::Random;
use bluekernel::{Channel, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

/// The sender and its count.
static QUEUE: Channel<(u8, u32), 4> = Channel::new();
static SENT: Order = Order::new();
static RECEIVED: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static IDLE: Count = Count::new();

fn received(receiver: usize, value: (u8, u32)) {
    RECEIVED.add(1);
    SENT.received(receiver, value);
}

fn strike(handler: usize, random: &mut Random) {
    if random.one_of(2) {
        if let Some(value) = QUEUE.try_receive() {
            received(handler, value);
        }
    } else if QUEUE.try_send(SENT.next(handler)).is_ok() {
        SENT.sent(handler);
    }
}

fn work(me: &mut Worker) {
    let timeout = me.random.time(60);
    if me.random.one_of(2) {
        let value = SENT.next(me.context());
        if me.at(At::Room, timeout, |_| QUEUE.send_timeout(value, timeout)).is_ok() {
            SENT.sent(me.context());
        } else {
            TIMED_OUT.add(1);
        }
    } else if let Ok(value) = me.at(At::Value, timeout, |_| QUEUE.receive_timeout(timeout)) {
        received(me.context(), value);
    }
}

fn look() {
    IDLE.add_if(!QUEUE.is_empty() && waiting(At::Value).next().is_some());
    IDLE.add_if(QUEUE.len() < QUEUE.capacity() && waiting(At::Room).next().is_some());
}

fn holds() -> bool {
    let (sent, disorder) = SENT.sum();
    let [received, timed_out, idle] = [&RECEIVED, &TIMED_OUT, &IDLE].map(Count::get);
    let left = QUEUE.len() as u32;
    println!(
        "values: {sent} sent, {received} received, {left} left, {disorder} in disorder; {timed_out} time-outs, {idle} idle"
    );
    sent == received + left && disorder == 0 && idle == 0 && received > 0 && timed_out > 0
}
