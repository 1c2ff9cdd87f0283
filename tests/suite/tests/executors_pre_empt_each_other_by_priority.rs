//! Each executor has the priority of its task: one pre-empts the other in the middle of a future, and is pre-empted itself.
// Needs the extras.
// Not under Miri: embassy-executor 0.10 makes a unique reference of a shared one, in `TaskRef::timer_queue_item`.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, executor, sleep};
use bluekernel_suite::{behaviour, compute, event};
use embassy_time::Timer;

#[embassy_executor::task]
async fn long() {
    event("long begins");
    compute(Duration::from_millis(20));
    event("long ends");
}

#[embassy_executor::task]
async fn long_too() {
    event("long too");
}

#[embassy_executor::task]
async fn short() {
    Timer::after_millis(5).await;
    event("short begins");
    compute(Duration::from_millis(5));
    event("short ends");
}

#[bluekernel::task(priority = 2, stack = 2048)]
fn low() {
    executor::run(|spawner| {
        // Polled the last one first.
        spawner.spawn(long_too().unwrap());
        spawner.spawn(long().unwrap());
    });
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn high() {
    executor::run(|spawner| spawner.spawn(short().unwrap()));
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn task() {
    sleep(Duration::from_millis(7));
    event("task");
}

behaviour!["long begins", "short begins", "task", "short ends", "long ends", "long too"];
