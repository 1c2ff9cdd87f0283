//! A handler cannot wait for a value, nor for its time-out; it can take one that is there.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration};
use bluekernel_suite::panics;
use board::Interrupt;

static VALUES: Channel<u32, 1> = Channel::new();

#[bluekernel::interrupt]
fn PORT0() {
    assert!(VALUES.receive() == 7);
    assert!(VALUES.receive_timeout(Duration::ZERO).is_err());
    let _ = VALUES.receive_timeout(Duration::from_micros(1));
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    VALUES.send(7);
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
}

panics!("only a task can wait, outside of critical sections");
