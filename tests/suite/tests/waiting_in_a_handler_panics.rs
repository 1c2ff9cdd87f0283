//! A call that would have to wait inside an interrupt handler panics.
#![cfg(not(target_os = "none"))]
mod board;
use bluekernel::Semaphore;
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

#[test]
#[should_panic(expected = "only a task can wait, outside of critical sections")]
fn behaviour() {
    bluekernel::rt::start(|| {});
}
