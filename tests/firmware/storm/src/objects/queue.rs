//! Messages: each arrives once and whole, and those of one sender in their order, but for urgent ones.

use super::order::Order;
use super::{Object, nothing};
use crate::count::Count;
use crate::crew::Worker;
use crate::random::Random;
use bluekernel::{MessageQueue, NotSent, println};

pub const OBJECT: Object = Object { work, strike, look: nothing, holds };

const BYTES: usize = 12;

static QUEUE: MessageQueue<BYTES, 3> = MessageQueue::new();
static SENT: Order = Order::new();
static URGENT: Count = Count::new();
static RECEIVED: Count = Count::new();
static WRONG: Count = Count::new();
static TIMED_OUT: Count = Count::new();

/// The sender of a message that has no place in the order.
const NOBODY: u8 = 0xff;

/// A message: the sender, its count, and bytes that follow from that, as many as the count says.
fn message((sender, count): (u8, u32), buffer: &mut [u8; BYTES]) -> &[u8] {
    let length = 5 + count as usize % (BYTES - 4);
    buffer[0] = sender;
    buffer[1..5].copy_from_slice(&count.to_le_bytes());
    for (at, place) in buffer[5..length].iter_mut().enumerate() {
        *place = sender ^ (count as u8).wrapping_mul(at as u8 + 3);
    }
    &buffer[..length]
}

fn received(receiver: usize, bytes: &[u8]) {
    RECEIVED.add(1);
    let &[sender, a, b, c, d, ..] = bytes else { return WRONG.add(1) };
    let value = (sender, u32::from_le_bytes([a, b, c, d]));
    WRONG.add_if(bytes != message(value, &mut [0; BYTES]));
    if sender != NOBODY {
        SENT.received(receiver, value);
    }
}

fn strike(handler: usize, random: &mut Random) {
    let mut buffer = [0; BYTES];
    match random.below(6) {
        0 => {
            let value = (NOBODY, random.next());
            URGENT.add(u32::from(QUEUE.try_send_urgent(message(value, &mut buffer)).is_ok()));
        }
        1 | 2 => {
            if QUEUE.try_send(message(SENT.next(handler), &mut buffer)).is_ok() {
                SENT.sent(handler);
            }
        }
        _ => {
            if let Some(bytes) = QUEUE.try_receive(&mut buffer) {
                received(handler, bytes);
            }
        }
    }
}

fn work(me: &mut Worker) {
    let mut buffer = [0; BYTES];
    let timeout = me.random.time(60);
    if me.random.one_of(2) {
        match QUEUE.send_timeout(message(SENT.next(me.context()), &mut buffer), timeout) {
            Ok(()) => SENT.sent(me.context()),
            Err(NotSent::TooLong) => WRONG.add(1),
            Err(_) => TIMED_OUT.add(1),
        }
    } else {
        match QUEUE.receive_timeout(&mut buffer, timeout) {
            Ok(bytes) => received(me.context(), bytes),
            Err(_) => TIMED_OUT.add(1),
        }
    }
}

fn holds() -> bool {
    let (sent, disorder) = SENT.sum();
    let [urgent, received, wrong, timed_out] = [&URGENT, &RECEIVED, &WRONG, &TIMED_OUT].map(Count::get);
    let left = QUEUE.len() as u32;
    println!(
        "messages: {sent} and {urgent} urgent ones sent, {received} received, {left} left, {disorder} in disorder, {wrong} \
         wrong; {timed_out} time-outs"
    );
    sent + urgent == received + left && disorder == 0 && wrong == 0 && urgent > 0 && received > 0 && timed_out > 0
}
