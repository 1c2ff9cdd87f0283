//! The task that locked unlocks.

use bluekernel::{Channel, Mutex, MutexGuard};

static TOTAL: Mutex<u32> = Mutex::new(0);
static GUARDS: Channel<MutexGuard<u32>, 1> = Channel::new();

fn main() {
    GUARDS.send(TOTAL.lock());
}
