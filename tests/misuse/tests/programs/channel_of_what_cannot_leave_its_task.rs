//! What goes through a channel goes to another task.

use bluekernel::Channel;
use std::rc::Rc;

static QUEUE: Channel<Rc<u32>, 1> = Channel::new();

fn main() {
    QUEUE.send(Rc::new(1));
}
