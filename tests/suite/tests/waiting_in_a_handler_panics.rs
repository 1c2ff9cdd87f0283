//! A call that would have to wait inside an interrupt handler panics.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Semaphore;
use bluekernel_suite::panics;
use board::Interrupt;

static PERMITS: Semaphore = Semaphore::new(0, 1);

#[bluekernel::interrupt]
fn PORT0() {
    PERMITS.take();
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
}

panics!("only a task can wait, outside of critical sections");
