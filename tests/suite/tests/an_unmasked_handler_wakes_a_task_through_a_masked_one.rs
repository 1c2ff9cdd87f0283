//! A handler that is bound `unmasked` calls nothing of the kernel. It makes an interrupt pending whose handler does: that one
//! comes when the mask is open, and the task that it wakes runs behind it.
// Needs zero-latency.
#![cfg_attr(target_os = "none", no_std, no_main)]
#![expect(unsafe_code, reason = "a handler that promises not to call the kernel")]
mod board;
use bluekernel::{Semaphore, interrupt};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;
use core::sync::atomic::{AtomicU32, Ordering};

static MOMENT: AtomicU32 = AtomicU32::new(0);
static CAPTURES: Semaphore = Semaphore::new(0, 1);

#[bluekernel::interrupt(unmasked)]
unsafe fn PORT1() {
    event("unmasked");
    MOMENT.store(7, Ordering::Relaxed);
    Interrupt::PORT0.pend();
}

#[bluekernel::interrupt]
fn PORT0() {
    event("masked");
    let _ = CAPTURES.give();
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn waits() {
    for _ in 0..2 {
        CAPTURES.take();
        event_if(MOMENT.swap(0, Ordering::Relaxed) == 7, "woken", "woken too early");
    }
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
    event("mask open");
    Interrupt::PORT1.pend();
    interrupt::masked(|| {
        event("mask closed");
        Interrupt::PORT1.pend();
        event("mask still closed");
    });
    event("mask open again");
}

behaviour![
    "mask open",
    "unmasked",
    "masked",
    "woken",
    "mask closed",
    "unmasked",
    "mask still closed",
    "masked",
    "woken",
    "mask open again",
];
