//! The watch: every receiver sees the values of each sender in their order, and the last one for sure.

use super::Object;
use super::order::Order;
use crate::HANDLERS;
use crate::count::Count;
use crate::crew::{At, WORKERS, Worker, waiting};
use crate::random::Random;
use bluekernel::{Receiver, Watch, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

/// The sender and its count.
pub type Value = (u8, u32);

static CHANGES: Watch<Value> = Watch::new((0, 0));
static SENT: Order = Order::new();
/// Calls that are not over.
static CALLS: Count = Count::new();
/// The value that each worker has seen last.
static KNOWN: [Count; WORKERS] = [const { Count::new() }; WORKERS];
static SEEN: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static IDLE: Count = Count::new();

/// A worker's receiver, to which the present value is not new.
pub fn receiver(worker: usize) -> Receiver<Value> {
    critical_section::with(|_| {
        KNOWN[worker].set(packed(CHANGES.get()));
        CHANGES.receiver()
    })
}

fn packed((sender, count): Value) -> u32 {
    u32::from(sender) << 24 | count
}

fn send(context: usize) {
    CALLS.add(1);
    SENT.sent(context);
    CHANGES.send(SENT.last(context));
    CALLS.remove();
}

fn strike(handler: usize, _: &mut Random) {
    send(handler);
}

fn work(me: &mut Worker) {
    if me.random.one_of(6) {
        return send(me.context());
    }
    let timeout = me.random.time(60);
    match me.at(At::Change, timeout, |me| me.receiver.changed_timeout(timeout)) {
        Ok(value) => {
            SENT.received(me.context(), value);
            KNOWN[me.number].set(packed(value));
            SEEN.add(1);
        }
        Err(_) => TIMED_OUT.add(1),
    }
}

/// Somebody waits for a change, although it does not know the present value.
fn look() {
    if CALLS.get() == 0 {
        let present = packed(CHANGES.get());
        IDLE.add_if(waiting(At::Change).any(|worker| KNOWN[worker].get() != present));
    }
}

fn holds() -> bool {
    let (sent, disorder) = SENT.sum();
    let [seen, timed_out, idle] = [&SEEN, &TIMED_OUT, &IDLE].map(Count::get);
    println!("watch: {sent} changes, {seen} seen, {disorder} in disorder; {timed_out} time-outs, {idle} idle");
    let handlers = (0..HANDLERS).all(|handler| SENT.last(handler).1 > 0);
    disorder == 0 && idle == 0 && handlers && seen > 0 && timed_out > 0
}
