//! A permit goes to the most important task that waits; then futures are told, in the order of their executors' priority,
//! equals in the order they came.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, block_on, executor, sleep};
use bluekernel_suite::{behaviour, event};

static PERMITS: Semaphore = Semaphore::new(0, 9);

async fn take(name: &'static str) {
    PERMITS.take_async().await;
    event(name);
}

#[embassy_executor::task(pool_size = 2)]
async fn taking(name: &'static str) {
    take(name).await;
}

#[bluekernel::task(priority = 3, stack = 2048)]
fn less_important() {
    block_on(take("future of 3"));
}

#[bluekernel::task(priority = 6, stack = 2048)]
fn more_important() {
    sleep(Duration::from_millis(1));
    executor::run(|spawner| {
        // An executor's tasks that are spawned together are polled the last one first.
        spawner.spawn(taking("second future of 6").unwrap());
        spawner.spawn(taking("first future of 6").unwrap());
    });
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn task() {
    sleep(Duration::from_millis(1));
    PERMITS.take();
    event("task of 2");
}

#[bluekernel::task(priority = 8, stack = 1024)]
fn giver() {
    // All others wait by then: the future of 3 came first, then those of 6, and the task last.
    sleep(Duration::from_millis(9));
    for _ in 0..4 {
        let _ = PERMITS.give();
        sleep(Duration::from_millis(1));
    }
}

behaviour!["task of 2", "first future of 6", "second future of 6", "future of 3"];
