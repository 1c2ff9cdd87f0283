//! More permits than there may be.

use bluekernel::Semaphore;

static READY: Semaphore = Semaphore::new(2, 1);

fn main() {
    READY.take();
}
