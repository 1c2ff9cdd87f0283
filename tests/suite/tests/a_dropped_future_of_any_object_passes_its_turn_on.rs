//! A future that was told, and is dropped before it tries, lets the next one be told, whatever object it waits for. Nothing
//! is lost or taken twice.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, MessageQueue, Mutex, Pool, RwLock, Semaphore, Signal, block_on, sleep};
use bluekernel_suite::{behaviour, event_if};
use embassy_futures::select::{Either, select};

static STOP: Semaphore = Semaphore::new(0, 1);
static SPEED: Signal<u32> = Signal::new();
static BLOCKS: Pool<u32, 1> = Pool::new();
static LINES: MessageQueue<4, 1> = MessageQueue::new();
static TOTAL: Mutex<u32> = Mutex::new(0);
static LIMITS: RwLock<u32> = RwLock::new(0);

/// Waits for `STOP` and for something else; both come before the task runs, and the first one of the two is ready.
async fn stopped(name: &'static str, other: impl Future) {
    event_if(matches!(select(STOP.take_async(), other).await, Either::First(())), name, "not dropped");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn first() {
    block_on(async {
        stopped("signal: dropped", SPEED.wait_async()).await;
        stopped("block: dropped", BLOCKS.alloc_async(1)).await;
        stopped("message: dropped", LINES.receive_async(&mut [0; 4])).await;
        stopped("mutex: dropped", TOTAL.lock_async()).await;
        stopped("read lock: dropped", LIMITS.read_async()).await;
    });
}

#[bluekernel::task(priority = 3, stack = 2048)]
fn second() {
    block_on(async {
        event_if(SPEED.wait_async().await == 7, "signal: the next one", "another value");
        event_if(*BLOCKS.alloc_async(2).await == 2, "block: the next one", "another block");
        event_if(LINES.receive_async(&mut [0; 4]).await == b"go", "message: the next one", "another message");
        event_if(*TOTAL.lock_async().await == 5, "mutex: the next one", "another value");
        event_if(*LIMITS.write_async().await == 6, "write lock: the next one", "another value");
    });
}

/// The others wait, then both come at once.
fn both(give: impl FnOnce()) {
    sleep(Duration::from_millis(1));
    give();
    let _ = STOP.give();
    sleep(Duration::from_millis(1));
}

#[bluekernel::task(priority = 8, stack = 2048)]
fn giving() {
    let block = BLOCKS.try_alloc(0);
    let mut total = TOTAL.lock();
    let mut limits = LIMITS.write();
    both(|| SPEED.signal(7));
    both(|| drop(block));
    both(|| event_if(LINES.try_send(b"go").is_ok(), "sent", "full"));
    *total = 5;
    both(|| drop(total));
    *limits = 6;
    both(|| drop(limits));
    let left = TOTAL.try_lock().is_some() && LIMITS.try_write().is_some() && BLOCKS.available() == 1;
    event_if(left && SPEED.try_take().is_none() && LINES.is_empty(), "nothing is left or lost", "something is wrong");
}

behaviour![
    "signal: dropped",
    "signal: the next one",
    "block: dropped",
    "block: the next one",
    "sent",
    "message: dropped",
    "message: the next one",
    "mutex: dropped",
    "mutex: the next one",
    "read lock: dropped",
    "write lock: the next one",
    "nothing is left or lost",
];
