//! A handler gives and sends to futures; they go on behind it, before the interrupted task, as their tasks' priority says.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Semaphore, block_on, executor};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;

static PERMITS: Semaphore = Semaphore::new(0, 1);
static QUEUE: Channel<u32, 1> = Channel::new();

#[bluekernel::interrupt]
fn PORT0() {
    event("handler begins");
    let _ = PERMITS.give();
    let _ = QUEUE.try_send(7);
    event("handler ends");
}

#[embassy_executor::task]
async fn receiving() {
    event_if(QUEUE.receive_async().await == 7, "executor's task", "another value");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn executing() {
    executor::run(|spawner| spawner.spawn(receiving().unwrap()));
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn blocking() {
    block_on(PERMITS.take_async());
    event("task");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    Interrupt::PORT0.enable();
    event("before");
    Interrupt::PORT0.pend();
    event("behind");
}

behaviour!["before", "handler begins", "handler ends", "task", "executor's task", "behind"];
