//! The trace is told when an executor's task is woken, and of each of its polls; all of one task under one number.
// Needs the extras.
// Needs all of the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, executor, sleep};
use bluekernel_suite::trace::Ear;
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::{behaviour, event};

static FIRST: Semaphore = Semaphore::new(0, 1);
static SECOND: Semaphore = Semaphore::new(0, 1);

#[embassy_executor::task]
async fn patient() {
    FIRST.take_async().await;
    SECOND.take_async().await;
}

#[embassy_executor::task]
async fn other() {}

#[bluekernel::task(priority = 5, stack = 2048)]
fn polling() {
    executor::run(|spawner| {
        spawner.spawn(patient().unwrap());
        spawner.spawn(other().unwrap());
    });
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn listening() {
    let mut ear = Ear::new();
    // The executor has polled both once: heard from here on is one of them.
    FIRST.give().unwrap();
    sleep(Duration::from_millis(1));
    SECOND.give().unwrap();
    sleep(Duration::from_millis(1));
    let mut future = 0;
    for record in &mut ear {
        let of = record.fields().first().copied().unwrap_or_default();
        match record.head {
            head::POLL_READY if future == 0 || future == of => {
                future = of;
                event("woken");
            }
            head::POLL_BEGIN if future == of => event("polls"),
            head::POLL_END if future == of => event("has polled"),
            head::POLL_BEGIN..=head::POLL_READY => event("another future"),
            _ => {}
        }
    }
}

behaviour!["woken", "polls", "has polled", "woken", "polls", "has polled"];
