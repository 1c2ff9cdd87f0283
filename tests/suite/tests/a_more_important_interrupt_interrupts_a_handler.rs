//! A more important interrupt interrupts the handler of a less important one, and not the other way round; equals wait for
//! each other, and a handler for itself. Tasks wait for the last one. The host has one level: there all wait.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Semaphore;
use bluekernel_suite::{behaviour, event};
use board::Interrupt;
use core::sync::atomic::{AtomicBool, Ordering};

static WOKEN: Semaphore = Semaphore::new(0, 1);
static AGAIN: AtomicBool = AtomicBool::new(true);
/// Whether the second interrupt asks for the first one, or the other way round.
static TURNED: AtomicBool = AtomicBool::new(false);

#[bluekernel::interrupt]
fn PORT0() {
    event("first begins");
    if !TURNED.load(Ordering::Relaxed) {
        Interrupt::PORT1.pend();
        // A handler does not interrupt itself.
        if AGAIN.load(Ordering::Relaxed) {
            AGAIN.store(false, Ordering::Relaxed);
            Interrupt::PORT0.pend();
        }
    }
    event("first ends");
}

#[bluekernel::interrupt]
fn PORT1() {
    event("second begins");
    if TURNED.load(Ordering::Relaxed) {
        Interrupt::PORT0.pend();
    }
    let _ = WOKEN.give();
    event("second ends");
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn woken() {
    loop {
        WOKEN.take();
        event("woken");
    }
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    Interrupt::PORT0.set_priority(0xc0);
    Interrupt::PORT1.set_priority(0x40);
    Interrupt::PORT0.enable();
    Interrupt::PORT1.enable();
    Interrupt::PORT0.pend();
    event("nested");
    TURNED.store(true, Ordering::Relaxed);
    Interrupt::PORT1.pend();
    event("turned");
    Interrupt::PORT0.set_priority(0x40);
    TURNED.store(false, Ordering::Relaxed);
    Interrupt::PORT0.pend();
    event("equal");
}

// The first handler asks for both; the second one comes at once, and the first one once more when it has ended.
#[cfg(target_os = "none")]
behaviour![
    "first begins",
    "second begins",
    "second ends",
    "first ends",
    "first begins",
    "second begins",
    "second ends",
    "first ends",
    "woken",
    "woken",
    "nested",
    "second begins",
    "second ends",
    "first begins",
    "first ends",
    "woken",
    "turned",
    "first begins",
    "first ends",
    "second begins",
    "second ends",
    "woken",
    "equal",
];

// The host takes interrupts in the order of their numbers. The second one is asked for twice, and comes once.
#[cfg(not(target_os = "none"))]
behaviour![
    "first begins",
    "first ends",
    "first begins",
    "first ends",
    "second begins",
    "second ends",
    "woken",
    "nested",
    "second begins",
    "second ends",
    "first begins",
    "first ends",
    "woken",
    "turned",
    "first begins",
    "first ends",
    "second begins",
    "second ends",
    "woken",
    "equal",
];
