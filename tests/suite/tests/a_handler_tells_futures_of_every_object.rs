//! A handler gives each object something that a future waits for; the futures go on behind it, before the interrupted task.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{EventFlags, MessageQueue, Pool, PoolBox, Signal, Wanted, Watch, block_on};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;
use embassy_futures::join::{join, join4};

static SPEED: Signal<u32> = Signal::new();
static FLAGS: EventFlags = EventFlags::new();
static LEVEL: Watch<u32> = Watch::new(0);
static LINES: MessageQueue<4, 1> = MessageQueue::new();
static BLOCKS: Pool<u32, 1> = Pool::new();
/// The block, for the handler.
static BLOCK: Signal<PoolBox<u32>> = Signal::new();

#[bluekernel::interrupt]
fn PORT0() {
    event("handler begins");
    drop(BLOCK.try_take());
    let _ = LINES.try_send(b"go");
    LEVEL.send(3);
    FLAGS.set(0b1);
    SPEED.signal(7);
    event("handler ends");
}

#[bluekernel::task(priority = 6, stack = 2048)]
fn waiting() {
    if let Ok(block) = BLOCKS.try_alloc(0) {
        BLOCK.signal(block);
    }
    let mut level = LEVEL.receiver();
    let mut buffer = [0; 4];
    // All are told by the time this task runs again, and are polled as they stand here.
    let four = join4(
        async { event_if(SPEED.wait_async().await == 7, "signal", "another value") },
        async { event_if(FLAGS.wait_async(Wanted::any(0b1)).await == 0b1, "flags", "other flags") },
        async { event_if(level.changed_async().await == 3, "watch", "another level") },
        async { event_if(LINES.receive_async(&mut buffer).await == b"go", "message", "another message") },
    );
    block_on(join(four, async { event_if(*BLOCKS.alloc_async(9).await == 9, "block", "another block") }));
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    Interrupt::PORT0.enable();
    event("before");
    Interrupt::PORT0.pend();
    event("behind");
}

behaviour!["before", "handler begins", "handler ends", "signal", "flags", "watch", "message", "block", "behind",];
