//! A handler may give and send; the task that it wakes runs when the handler has returned, before the interrupted one.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Semaphore};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;

static PERMITS: Semaphore = Semaphore::new(0, 1);
static QUEUE: Channel<u32, 1> = Channel::new();

#[bluekernel::interrupt]
fn PORT0() {
    event("handler begins");
    let _ = PERMITS.give();
    let _ = QUEUE.try_send(7);
    event_if(QUEUE.try_send(8) == Err(8), "full in the handler", "no limit in the handler");
    event("handler ends");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn woken() {
    PERMITS.take();
    event_if(QUEUE.receive() == 7, "woken", "another value");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    Interrupt::PORT0.enable();
    event("before");
    Interrupt::PORT0.pend();
    event("behind");
}

behaviour!["before", "handler begins", "full in the handler", "handler ends", "woken", "behind"];
