//! On the host, the panic of a task is the panic of whoever started the kernel, however many tasks wait meanwhile.
#![cfg(not(target_os = "none"))]
mod board;
use bluekernel::{Duration, Semaphore, sleep};

static NEVER: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 2, stack = 1024)]
fn waiting() {
    NEVER.take();
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn panicking() {
    sleep(Duration::from_millis(1));
    panic!("as planned");
}

#[test]
#[should_panic(expected = "as planned")]
fn behaviour() {
    bluekernel::rt::start(|| {});
}
