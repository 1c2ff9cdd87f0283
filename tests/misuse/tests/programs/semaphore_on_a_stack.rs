//! A task that waits is in the object's list: the object must stay where it is.

use bluekernel::Semaphore;

fn main() {
    let ready = Semaphore::new(0, 1);
    ready.take();
}
