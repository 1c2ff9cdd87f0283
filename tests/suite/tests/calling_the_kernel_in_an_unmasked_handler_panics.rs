//! A call of the kernel in a handler that is bound `unmasked` panics, where that is checked: even one that does not wait.
// Needs zero-latency.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![expect(unsafe_code, reason = "a handler that promises what it does not keep")]
mod board;
use bluekernel::Semaphore;
use bluekernel_suite::panics;
use board::Interrupt;

static PERMITS: Semaphore = Semaphore::new(0, 1);

#[bluekernel::interrupt(unmasked)]
unsafe fn PORT1() {
    let _ = PERMITS.give();
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    Interrupt::PORT1.enable();
    Interrupt::PORT1.pend();
}

panics!("an unmasked handler may not call the kernel, but pend an interrupt whose handler may");
