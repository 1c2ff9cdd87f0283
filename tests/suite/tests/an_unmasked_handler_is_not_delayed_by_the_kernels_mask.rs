//! A handler that is bound `unmasked` comes where the kernel's mask is closed, and where another handler runs. Those that
//! are not wait for both.
// Needs zero-latency.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![expect(unsafe_code, reason = "a handler that promises not to call the kernel")]
mod board;
use bluekernel::interrupt;
use bluekernel_suite::{behaviour, event};
use board::Interrupt;

// The log is guarded by critical sections, which mask this handler, too.
#[bluekernel::interrupt(unmasked)]
unsafe fn PORT1() {
    event("unmasked");
}

#[bluekernel::interrupt]
fn PORT0() {
    event("handler begins");
    Interrupt::PORT1.pend();
    event("handler ends");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
    interrupt::masked(|| {
        Interrupt::PORT0.pend();
        event("mask closed");
        Interrupt::PORT1.pend();
        interrupt::masked(|| Interrupt::PORT1.pend());
        event("mask still closed");
    });
    event("mask open");
    Interrupt::PORT1.pend();
}

behaviour![
    "mask closed",
    "unmasked",
    "unmasked",
    "mask still closed",
    "handler begins",
    "unmasked",
    "handler ends",
    "mask open",
    "unmasked",
];
