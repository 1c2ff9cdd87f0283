//! Inside a critical section not even a handler comes that is bound `unmasked`, so both may share what it guards. It comes at
//! the end of the outermost one, also where the kernel's mask is still closed; and that mask, closed and opened inside, lets
//! nobody in.
// Needs zero-latency.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![expect(unsafe_code, reason = "a handler that promises not to call the kernel")]
mod board;
use bluekernel::{Semaphore, interrupt};
use bluekernel_suite::{behaviour, event};
use board::Interrupt;

static PERMITS: Semaphore = Semaphore::new(0, 1);

#[bluekernel::interrupt(unmasked)]
unsafe fn PORT1() {
    event("unmasked");
}

#[bluekernel::interrupt]
fn PORT0() {
    event("masked");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn important() {
    PERMITS.take();
    event("important");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn holder() {
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
    critical_section::with(|_| {
        Interrupt::PORT0.pend();
        Interrupt::PORT1.pend();
        // Closes and opens the kernel's mask, and asks for a switch.
        let _ = PERMITS.give();
        critical_section::with(|_| event("inner"));
        bluekernel::yield_now();
        event("outer");
    });
    event("behind");
    interrupt::masked(|| {
        critical_section::with(|_| {
            Interrupt::PORT0.pend();
            Interrupt::PORT1.pend();
            event("both closed");
        });
        event("mask closed");
    });
    event("end");
}

behaviour![
    "inner",
    "outer",
    "unmasked",
    "masked",
    "important",
    "behind",
    "both closed",
    "unmasked",
    "mask closed",
    "masked",
    "end",
];
