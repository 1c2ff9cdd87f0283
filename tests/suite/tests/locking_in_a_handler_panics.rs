//! A mutex is for tasks: a handler is told, also if the mutex is free. An attempt gets nothing.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Mutex;
use bluekernel_suite::panics;
use board::Interrupt;

static SHARED: Mutex<u32> = Mutex::new(0);

#[bluekernel::interrupt]
fn PORT0() {
    assert!(SHARED.try_lock().is_none());
    *SHARED.lock() += 1;
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
}

panics!("only a task can wait, outside of critical sections");
