//! Messages and blocks go to tasks that wait before futures, and to these by priority; a future that sends waits for room.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, MessageQueue, Pool, TooLong, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static LINES: MessageQueue<4, 1> = MessageQueue::new();
static BLOCKS: Pool<u32, 1> = Pool::new();

#[bluekernel::task(priority = 4, stack = 2048)]
fn of_4() {
    block_on(async {
        let mut buffer = [0; 4];
        event_if(LINES.receive_async(&mut buffer).await == b"two", "future of 4: two", "future of 4: another");
        event_if(LINES.send_async(b"long").await == Ok(()), "sent at once", "not sent");
        // Full.
        event_if(LINES.send_async(b"").await == Ok(()), "sent when there was room", "not sent");
        event_if(LINES.send_async(b"too long").await == Err(TooLong), "too long", "sent");
        drop(BLOCKS.alloc_async(4).await);
        event("future of 4: the block");
    });
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_3() {
    let mut buffer = [0; 4];
    event_if(LINES.receive(&mut buffer) == b"one", "task of 3: one", "task of 3: another");
    let block = BLOCKS.alloc(3);
    event_if(*block == 3, "task of 3: the block", "another value");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn other() {
    let block = BLOCKS.try_alloc(2);
    let mut buffer = [0; 4];
    let _ = LINES.send(b"one");
    event("sent one");
    let _ = LINES.send(b"two");
    event("sent two");
    event_if(LINES.receive(&mut buffer) == b"long", "received long", "another message");
    event_if(LINES.receive(&mut buffer) == b"", "received an empty one", "another message");
    sleep(Duration::from_millis(1));
    drop(block);
    event("freed");
}

behaviour![
    "task of 3: one",
    "sent one",
    "future of 4: two",
    "sent at once",
    "sent two",
    "sent when there was room",
    "too long",
    "received long",
    "received an empty one",
    "task of 3: the block",
    "future of 4: the block",
    "freed",
];
