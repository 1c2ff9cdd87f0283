//! A call that would have to wait inside a critical section panics; one that need not wait is fine there.
#![cfg(not(target_os = "none"))]
mod board;
use bluekernel::Semaphore;

static PERMITS: Semaphore = Semaphore::new(1, 1);

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    critical_section::with(|_| PERMITS.take());
    critical_section::with(|_| PERMITS.take());
}

#[test]
#[should_panic(expected = "only a task can wait, outside of critical sections")]
fn behaviour() {
    bluekernel::rt::start(|| {});
}
