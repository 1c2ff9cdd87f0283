//! Five tasks that contend for a mutex, a channel and the processor run in exactly one order, which the rules give:
//! this is what they say, worked out by hand.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, Instant, Mutex, sleep, sleep_until, yield_now};
use bluekernel_suite::{behaviour, compute, event};

static SHARED: Mutex<()> = Mutex::new(());
static QUEUE: Channel<&str, 1> = Channel::new();

/// `left` and `right` wake at the same moment, not only after the same time.
const TOGETHER: Instant = Instant::from_micros(5_000);

// 0 ms: everyone of 5 to 2 sleeps or waits; `background` has the processor and the mutex.
#[bluekernel::task(priority = 5, stack = 1024)]
fn urgent() {
    sleep(Duration::from_millis(10));
    event("urgent wants the mutex");
    let guard = SHARED.lock();
    event("urgent has it");
    drop(guard);
    QUEUE.send("from urgent");
    event("urgent ends");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn receiver() {
    event(QUEUE.receive());
    event(QUEUE.receive());
    event("receiver ends");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn left() {
    sleep_until(TOGETHER);
    event("left 1");
    yield_now();
    event("left 2");
    QUEUE.send("from left");
    event("left ends");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn right() {
    sleep_until(TOGETHER);
    event("right 1");
    // Until 25 ms, so urgent comes in between, at 10 ms, and finds the mutex with background.
    compute(Duration::from_millis(20));
    event("right ends");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn background() {
    let guard = SHARED.lock();
    event("background has the mutex");
    compute(Duration::from_millis(8));
    event("background lets it go");
    drop(guard);
    event("background ends");
}

behaviour![
    "background has the mutex",
    "left 1",
    "right 1",
    "urgent wants the mutex",
    // background, with urgent's priority: its 8 ms are over by the clock.
    "background lets it go",
    "urgent has it",
    // The channel hands the value to the waiting receiver, which is less important than urgent.
    "urgent ends",
    "from urgent",
    // right was pre-empted, so it is before left, which yielded.
    "right ends",
    "left 2",
    "from left",
    "receiver ends",
    "left ends",
    "background ends",
];
