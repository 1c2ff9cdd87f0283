//! A task that would sleep inside a critical section is told; a moment that has passed is not waited for.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, sleep, sleep_until};
use bluekernel_suite::panics;

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    critical_section::with(|_| {
        sleep_until(Instant::START);
        sleep(Duration::from_micros(1));
    });
}

panics!("only a task can wait, outside of critical sections");
