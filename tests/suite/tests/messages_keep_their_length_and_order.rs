//! Messages come out whole and in the order in which they were sent, empty ones too; urgent ones come before the others.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{MessageQueue, NotSent, TooLong};
use bluekernel_suite::{behaviour, event_if};

static MESSAGES: MessageQueue<8, 4> = MessageQueue::new();

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    let mut buffer = [0xff; 8];
    // Twice, so that every block is used again, and the ring goes round.
    for _ in 0..2 {
        event_if(MESSAGES.send(b"12345678").is_ok(), "the longest is sent", "the longest is refused");
        event_if(MESSAGES.send(b"").is_ok(), "an empty one is sent", "an empty one is refused");
        event_if(MESSAGES.send_urgent(b"urgent").is_ok(), "an urgent one is sent", "an urgent one is refused");
        event_if(MESSAGES.send(b"123456789") == Err(TooLong), "a longer one is refused", "a longer one is sent");
        event_if(MESSAGES.try_send_urgent(b"first").is_ok(), "another urgent one is sent", "refused");
        event_if(MESSAGES.try_send(b"more") == Err(NotSent::Full), "full", "not full");
        event_if(MESSAGES.receive(&mut buffer) == b"first", "the last urgent one", "another");
        event_if(MESSAGES.receive(&mut buffer) == b"urgent", "the first urgent one", "another");
        event_if(MESSAGES.receive(&mut buffer) == b"12345678", "the longest", "another");
        event_if(MESSAGES.receive(&mut buffer) == b"", "the empty one", "another");
        event_if(MESSAGES.try_receive(&mut buffer).is_none(), "no more", "one more");
    }
}

behaviour![
    "the longest is sent",
    "an empty one is sent",
    "an urgent one is sent",
    "a longer one is refused",
    "another urgent one is sent",
    "full",
    "the last urgent one",
    "the first urgent one",
    "the longest",
    "the empty one",
    "no more",
    "the longest is sent",
    "an empty one is sent",
    "an urgent one is sent",
    "a longer one is refused",
    "another urgent one is sent",
    "full",
    "the last urgent one",
    "the first urgent one",
    "the longest",
    "the empty one",
    "no more",
];
