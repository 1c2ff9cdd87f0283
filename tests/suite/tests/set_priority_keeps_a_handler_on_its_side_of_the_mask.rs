//! Whatever priority a handler is given, one that is bound `unmasked` is not delayed by the kernel's mask, and one that is not
//! is.
// Needs zero-latency.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![expect(unsafe_code, reason = "a handler that promises not to call the kernel")]
mod board;
use bluekernel::interrupt;
use bluekernel_suite::{behaviour, event};
use board::Interrupt;

#[bluekernel::interrupt(unmasked)]
unsafe fn PORT1() {
    event("unmasked");
}

#[bluekernel::interrupt]
fn PORT0() {
    event("masked");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
    // Twice: the priority that is found is the one that the first call has set.
    for _ in 0..2 {
        Interrupt::PORT0.set_priority(0);
        Interrupt::PORT1.set_priority(0xff);
    }
    interrupt::masked(|| {
        Interrupt::PORT0.pend();
        Interrupt::PORT1.pend();
        event("mask closed");
    });
    event("mask open");
}

behaviour!["unmasked", "mask closed", "masked", "mask open"];
