//! A channel holds one value at least.

use bluekernel::Channel;

static QUEUE: Channel<u32, 0> = Channel::new();

fn main() {
    QUEUE.send(1);
}
