//! A condition variable notifies tasks before futures, and these by priority; a future that was notified and is dropped
//! lets the next one be notified. To notify all is for everyone who waits, once.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Condvar, Duration, Mutex, Semaphore, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use embassy_futures::select::{Either, select};

static LEVEL: Mutex<u32> = Mutex::new(0);
static RISEN: Condvar = Condvar::new();
static STOP: Semaphore = Semaphore::new(0, 1);

async fn wait() -> u32 {
    *RISEN.wait_async(LEVEL.lock_async().await).await
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn of_4() {
    block_on(async {
        let got = select(STOP.take_async(), wait()).await;
        event_if(matches!(got, Either::First(())), "future of 4: dropped", "future of 4: notified");
        event_if(wait().await == 3, "future of 4: 3", "future of 4: another level");
        let level = RISEN.wait_while_async(LEVEL.lock_async().await, |level| *level < 5).await;
        event_if(*level == 5, "future of 4: 5", "future of 4: another level");
    });
}

#[bluekernel::task(priority = 3, stack = 2048)]
fn of_3() {
    block_on(async {
        event_if(wait().await == 2, "future of 3: 2", "future of 3: another level");
        event_if(wait().await == 3, "future of 3: 3", "future of 3: another level");
    });
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn of_2() {
    event_if(*RISEN.wait(LEVEL.lock()) == 1, "task of 2: 1", "task of 2: another level");
}

/// The others wait by then.
fn raise() {
    sleep(Duration::from_millis(1));
    *LEVEL.lock() += 1;
}

#[bluekernel::task(priority = 8, stack = 1024)]
fn raising() {
    raise();
    RISEN.notify_one();
    raise();
    // Both before the first one runs.
    RISEN.notify_one();
    let _ = STOP.give();
    raise();
    RISEN.notify_all();
    raise();
    RISEN.notify_one();
    event("4 is not enough");
    raise();
    RISEN.notify_one();
    event("nobody else waits");
}

behaviour![
    "task of 2: 1",
    "future of 4: dropped",
    "future of 3: 2",
    "future of 4: 3",
    "future of 3: 3",
    "4 is not enough",
    "nobody else waits",
    "future of 4: 5",
];
