//! A block that comes back goes to the most important task that waits, among equals to the one that came first; the task
//! that gave it back cannot take it again.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Pool, PoolBox, sleep};
use bluekernel_suite::{behaviour, event_if};

static BLOCKS: Pool<u32, 2> = Pool::new();

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_first() {
    let block = BLOCKS.alloc(1);
    event_if(*block == 1, "low, first", "low, first: another's value");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn low_second() {
    let block = BLOCKS.alloc(2);
    event_if(*block == 2, "low, second", "low, second: another's value");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn high() {
    sleep(Duration::from_millis(1));
    let block = BLOCKS.alloc(3);
    event_if(*block == 3, "high", "high: another's value");
    sleep(Duration::from_millis(10));
    event_if(*block == 3, "high still has it", "high's block was overwritten");
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn owner() {
    let held: [Option<PoolBox<u32>>; 2] = [BLOCKS.try_alloc(8).ok(), BLOCKS.try_alloc(9).ok()];
    event_if(BLOCKS.try_alloc(10).err() == Some(10), "all in use", "a third block");
    sleep(Duration::from_millis(2));
    for block in held {
        drop(block);
        event_if(BLOCKS.try_alloc(10).is_err(), "handed over", "snatched");
    }
    sleep(Duration::from_millis(20));
    event_if(BLOCKS.available() == 2, "both came back", "a block was lost");
}

behaviour![
    "all in use",
    "handed over",
    "handed over",
    // high has the first one and keeps it; low_first has the second one, which goes on to low_second.
    "high",
    "low, first",
    "low, second",
    "high still has it",
    "both came back",
];
