//! A block goes through a channel with its value, a handler may take one and give one back, and the value is dropped once,
//! where the box is, before the block is anybody else's.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Pool, PoolBox};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;

struct Told(&'static str);

impl Drop for Told {
    fn drop(&mut self) {
        event(self.0);
    }
}

static BLOCKS: Pool<Told, 1> = Pool::new();
static TO_HANDLER: Channel<PoolBox<Told>, 1> = Channel::new();
static FROM_HANDLER: Channel<PoolBox<Told>, 1> = Channel::new();

#[bluekernel::interrupt]
fn PORT0() {
    event("handler begins");
    drop(TO_HANDLER.try_receive());
    event("handler ends");
}

#[bluekernel::interrupt]
fn PORT1() {
    match BLOCKS.try_alloc(Told("the handler's value is dropped")) {
        Ok(block) => drop(FROM_HANDLER.try_send(block)),
        Err(_) => event("no block for the handler"),
    }
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn waiting() {
    let block = BLOCKS.alloc(Told("the task's value is dropped"));
    event("the task has the block");
    drop(block);
    Interrupt::PORT1.enable();
    Interrupt::PORT1.pend();
    event_if(BLOCKS.available() == 0, "the handler has the block", "the handler has none");
    drop(FROM_HANDLER.receive());
    event_if(BLOCKS.available() == 1, "it came back", "it was lost");
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn first() {
    let sent = BLOCKS.try_alloc(Told("the first value is dropped")).map(|block| TO_HANDLER.try_send(block).is_ok());
    event_if(sent.is_ok_and(|sent| sent), "sent", "not sent");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
    event("behind");
}

behaviour![
    "sent",
    "handler begins",
    "the first value is dropped",
    "handler ends",
    "the task has the block",
    "the task's value is dropped",
    "the handler has the block",
    "the handler's value is dropped",
    "it came back",
    "behind",
];
