//! Futures that wait for a time are woken at that time and never before: in an executor, in `block_on`, with embassy's
//! timers and with the kernel's own. None of it needs a tick.
// Needs the extras.
// Not under Miri: embassy-executor 0.10 makes a unique reference of a shared one, in `TaskRef::timer_queue_item`.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, block_on, executor, sleep_async, sleep_until_async};
use bluekernel_suite::{behaviour, event};
use embassy_time::{Ticker, Timer};

/// Logs `name` if it is `millis` milliseconds after the start, or a little later.
fn at(millis: u64, name: &'static str) {
    let late = Instant::now().as_micros().checked_sub(millis * 1_000);
    event(if late.is_some_and(|late| late < 1_500) { name } else { "at another time" });
}

#[embassy_executor::task(pool_size = 3)]
async fn sleeping(millis: u64, name: &'static str) {
    Timer::at(embassy_time::Instant::from_millis(millis)).await;
    at(millis, name);
}

#[embassy_executor::task]
async fn ticking() {
    let mut ticker = Ticker::every(embassy_time::Duration::from_millis(12));
    ticker.next().await;
    at(12, "ticker 12");
    ticker.next().await;
    at(24, "ticker 24");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn executing() {
    executor::run(|spawner| {
        spawner.spawn(sleeping(30, "timer 30").unwrap());
        spawner.spawn(sleeping(6, "timer 6").unwrap());
        spawner.spawn(sleeping(18, "timer 18").unwrap());
        spawner.spawn(ticking().unwrap());
    });
}

#[bluekernel::task(priority = 3, stack = 2048)]
fn blocking() {
    block_on(async {
        sleep_async(Duration::from_millis(3)).await;
        at(3, "sleep 3");
        sleep_until_async(Instant::from_micros(9_000)).await;
        at(9, "sleep 9");
        Timer::at(embassy_time::Instant::from_millis(15)).await;
        at(15, "sleep 15");
    });
    block_on(sleep_until_async(Instant::from_micros(27_000)));
    at(27, "sleep 27");
}

behaviour!["sleep 3", "timer 6", "sleep 9", "ticker 12", "sleep 15", "timer 18", "ticker 24", "sleep 27", "timer 30",];
