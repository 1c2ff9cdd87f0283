//! `main` cannot wait: there is no task yet that could run meanwhile. What need not wait is fine there.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Semaphore;
use bluekernel_suite::panics;

static PERMITS: Semaphore = Semaphore::new(1, 1);

panics!("only a task can wait, outside of critical sections", {
    PERMITS.take();
    PERMITS.take();
});
