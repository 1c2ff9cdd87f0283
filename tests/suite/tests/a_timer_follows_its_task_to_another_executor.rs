//! A task that is over while a time of its is still noted may begin anew in another executor, and sleeps there.
// Needs the extras.
// Not under Miri: embassy-executor 0.10 makes a unique reference of a shared one, in `TaskRef::timer_queue_item`.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, Instant, executor};
use bluekernel_suite::{behaviour, compute, event, event_if};
use embassy_executor::Spawner;
use embassy_futures::select::select;
use embassy_time::Timer;

static NEXT: Channel<u64, 1> = Channel::new();

/// Sleeps `millis` milliseconds, but forgets it if that is more than a second.
#[embassy_executor::task]
async fn sleeping(millis: u64) {
    event("begins");
    let start = Instant::now();
    if millis > 1_000 {
        // Asks for a time and is over at once.
        select(Timer::after_millis(millis), core::future::ready(())).await;
        event("forgets");
    } else {
        Timer::after_millis(millis).await;
        let took = start.elapsed();
        event_if(took < Duration::from_millis(millis + 1), "in time", "late");
    }
}

#[embassy_executor::task]
async fn spawning(spawner: Spawner) {
    let millis = NEXT.receive_async().await;
    spawner.spawn(sleeping(millis).unwrap());
}

#[embassy_executor::task]
async fn busy() {
    NEXT.send(2);
    compute(Duration::from_millis(20));
    event("busy ends");
}

#[bluekernel::task(priority = 2, stack = 2048)]
fn low() {
    executor::run(|spawner| {
        // Polled the last one first.
        spawner.spawn(busy().unwrap());
        spawner.spawn(sleeping(5_000).unwrap());
    });
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn high() {
    executor::run(|spawner| spawner.spawn(spawning(spawner).unwrap()));
}

// The second sleep is 2 ms; if the first executor still woke it, it would be late by the time that one is busy.
behaviour!["begins", "forgets", "begins", "in time", "busy ends"];
