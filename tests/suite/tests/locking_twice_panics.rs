//! A task that locks a mutex it owns already is told, instead of waiting for itself for ever.
#![cfg(not(target_os = "none"))]
mod board;
use bluekernel::Mutex;

static SHARED: Mutex<()> = Mutex::new(());

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    let first = SHARED.lock();
    assert!(SHARED.try_lock().is_none());
    drop(SHARED.lock());
    drop(first);
}

#[test]
#[should_panic(expected = "deadlock: the mutex is owned by this task, or by one that waits for this task")]
fn behaviour() {
    bluekernel::rt::start(|| {});
}
