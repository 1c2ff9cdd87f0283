//! A wait for a block with a time-out ends in time with the value; the block that comes later is not lost.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Pool, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static BLOCKS: Pool<u32, 1> = Pool::new();

#[bluekernel::task(priority = 5, stack = 1024)]
fn waiting() {
    sleep(Duration::from_millis(1));
    let start = Instant::now();
    let refused = BLOCKS.alloc_timeout(5, Duration::from_millis(10));
    event_if(refused.is_err_and(|error| error.0 == 5), "no block, and 5 is back", "a block");
    let took = start.elapsed();
    event_if(took >= Duration::from_millis(10) && took < Duration::from_millis(12), "in time", "not in time");
    event_if(BLOCKS.alloc_timeout(6, Duration::ZERO).is_err(), "no time, no block", "a block at once");
    let block = BLOCKS.alloc_timeout(7, Duration::from_millis(100));
    event_if(block.is_ok_and(|block| *block == 7), "a block in time", "too late");
    event_if(BLOCKS.available() == 1, "it came back", "it was lost");
}

#[bluekernel::task(priority = 6, stack = 1024)]
fn owner() {
    let block = BLOCKS.alloc(1);
    sleep(Duration::from_millis(50));
    event("back");
    drop(block);
    event("it was not mine any more");
}

behaviour![
    "no block, and 5 is back",
    "in time",
    "no time, no block",
    "back",
    "it was not mine any more",
    "a block in time",
    "it came back",
];
