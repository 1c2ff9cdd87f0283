//! A task that locks a mutex it owns already is told, instead of waiting for itself for ever.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::Mutex;
use bluekernel_suite::panics;

static SHARED: Mutex<()> = Mutex::new(());

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    let first = SHARED.lock();
    assert!(SHARED.try_lock().is_none());
    drop(SHARED.lock());
    drop(first);
}

panics!("deadlock: the mutex is owned by this task, or by one that waits for this task");
