//! A call that would have to wait inside a critical section panics; one that need not wait is fine there.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Semaphore;
use bluekernel_suite::panics;

static PERMITS: Semaphore = Semaphore::new(1, 1);

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    critical_section::with(|_| PERMITS.take());
    critical_section::with(|_| PERMITS.take());
}

panics!("only a task can wait, outside of critical sections");
