//! A semaphore that nobody could ever take.

use bluekernel::Semaphore;

static READY: Semaphore = Semaphore::new(0, 0);

fn main() {
    READY.take();
}
