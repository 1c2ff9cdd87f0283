//! Inside a critical section, nested or not, no handler and no other task runs; what became pending happens when the
//! outermost one ends, handlers first.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Semaphore;
use bluekernel_suite::{behaviour, event};
use board::Interrupt;

static PERMITS: Semaphore = Semaphore::new(0, 1);

#[bluekernel::interrupt]
fn PORT1() {
    event("handler");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn important() {
    PERMITS.take();
    event("important");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn holder() {
    Interrupt::PORT1.enable();
    critical_section::with(|_| {
        critical_section::with(|_| {
            let _ = PERMITS.give();
            Interrupt::PORT1.pend();
            event("inner");
        });
        event("outer");
    });
    event("behind");
}

behaviour!["inner", "outer", "handler", "important", "behind"];
