//! A handler sends and receives where it need not wait; a wait with a time-out ends in time and loses nothing.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, MessageQueue, NotSent, TimedOut};
use bluekernel_suite::{behaviour, event_if};
use board::Interrupt;

static MESSAGES: MessageQueue<8, 1> = MessageQueue::new();

#[bluekernel::interrupt]
fn PORT0() {
    event_if(MESSAGES.try_send(b"handler").is_ok(), "handler sent", "handler did not send");
    event_if(MESSAGES.try_send(b"handler") == Err(NotSent::Full), "and no more", "and more");
}

#[bluekernel::interrupt]
fn PORT1() {
    event_if(MESSAGES.try_receive(&mut [0; 8]) == Some(b"low"), "handler received", "handler received another");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn high() {
    let mut buffer = [0; 8];
    let none = MESSAGES.receive_timeout(&mut buffer, Duration::from_millis(10));
    event_if(none == Err(TimedOut), "no message", "a message");
    event_if(MESSAGES.receive_timeout(&mut buffer, Duration::ZERO).is_err(), "no time, no message", "a message");
    let message = MESSAGES.receive_timeout(&mut buffer, Duration::from_millis(100));
    event_if(message == Ok(b"handler"), "in time", "too late");
    let _ = MESSAGES.send(b"low");
    let full = MESSAGES.send_timeout(b"more", Duration::from_millis(10));
    event_if(full == Err(NotSent::Full), "no room", "room");
    let _ = MESSAGES.send_timeout(b"more", Duration::from_millis(100));
    event_if(MESSAGES.receive(&mut buffer) == b"more", "room in time", "no room in time");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low() {
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
    bluekernel::sleep(Duration::from_millis(20));
    Interrupt::PORT0.pend();
    bluekernel::sleep(Duration::from_millis(30));
    Interrupt::PORT1.pend();
}

behaviour![
    "no message",
    "no time, no message",
    "handler sent",
    // The first message is the waiting task's, but its block is free only when that has copied it.
    "and no more",
    "in time",
    "no room",
    "handler received",
    "room in time",
];
