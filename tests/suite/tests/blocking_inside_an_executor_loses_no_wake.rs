//! A future may block its whole task, on an object or on another future. What is woken meanwhile goes on afterwards, and a
//! waker that comes when its future is long gone does nothing.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, block_on, executor, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use core::cell::RefCell;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use critical_section::Mutex;

static PERMITS: Semaphore = Semaphore::new(0, 1);
static OTHER: Semaphore = Semaphore::new(0, 1);
static KEPT: Mutex<RefCell<Option<Waker>>> = Mutex::new(RefCell::new(None));

#[embassy_executor::task]
async fn woken() {
    OTHER.take_async().await;
    event("woken");
}

#[embassy_executor::task]
async fn blocking() {
    // What it was woken for by being spawned is over then.
    embassy_futures::yield_now().await;
    event("blocks");
    block_on(async {
        // Ready at once, but its waker is kept.
        poll_fn(|context| {
            critical_section::with(|token| KEPT.replace(token, Some(context.waker().clone())));
            Poll::Ready(())
        })
        .await;
        PERMITS.take_async().await;
    });
    event("goes on");
    PERMITS.take();
    event("goes on again");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn executing() {
    executor::run(|spawner| {
        // Polled the last one first.
        spawner.spawn(blocking().unwrap());
        spawner.spawn(woken().unwrap());
    });
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn other() {
    let _ = OTHER.give();
    event("the first wake");
    let _ = PERMITS.give();
    sleep(Duration::from_millis(1));
    event("the last wake");
    let _ = PERMITS.give();
    let kept = critical_section::with(|token| KEPT.take(token));
    event_if(kept.is_some(), "a waker is left", "no waker");
    if let Some(waker) = kept {
        waker.wake();
    }
    event("behind");
}

behaviour![
    "blocks",
    "the first wake",
    "goes on",
    "the last wake",
    "goes on again",
    "woken",
    "a waker is left",
    "behind"
];
