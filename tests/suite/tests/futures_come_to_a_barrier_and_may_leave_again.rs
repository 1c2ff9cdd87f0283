//! Futures and tasks wait at one barrier. A future that is dropped before all have come has not come; when all have, tasks
//! go on before futures, and one of them leads.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Barrier, BarrierWaitResult, Duration, block_on, sleep};
use bluekernel_suite::{behaviour, event_if};
use embassy_time::with_timeout;

static READY: Barrier = Barrier::new(3);

fn goes_on(result: BarrierWaitResult, name: &'static str) {
    event_if(!result.is_leader(), name, "another leads");
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn of_5() {
    goes_on(block_on(READY.wait_async()), "future of 5");
    goes_on(block_on(READY.wait_async()), "future of 5 again");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn of_4() {
    let alone = block_on(with_timeout(embassy_time::Duration::from_millis(2), READY.wait_async()));
    event_if(alone.is_err() && READY.waiting() == 1, "future of 4 gives up", "it counts still");
    sleep(Duration::from_millis(8));
    // The last one: while it lets the others go, only the more important one runs.
    event_if(block_on(READY.wait_async()).is_leader(), "future of 4 leads", "another leads");
    goes_on(block_on(READY.wait_async()), "future of 4 again");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn of_3() {
    sleep(Duration::from_millis(5));
    goes_on(READY.wait(), "task of 3");
    event_if(READY.wait().is_leader(), "task of 3 leads", "another leads");
}

behaviour![
    "future of 4 gives up",
    "future of 5",
    "future of 4 leads",
    "task of 3",
    "future of 5 again",
    "future of 4 again",
    "task of 3 leads",
];
