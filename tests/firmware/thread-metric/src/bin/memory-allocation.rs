//! Thread-Metric's memory allocation: a task takes a block of 128 bytes from a pool of 2,048 bytes, gives it back and counts.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use bluekernel::Pool;
use common::Counter;
use core::hint::black_box;
use core::mem::MaybeUninit;

/// Nothing is written into a block.
type Block = MaybeUninit<[u8; 128]>;

static COUNTERS: [Counter; 1] = [Counter::new()];
static POOL: Pool<Block, 16> = Pool::new();

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &COUNTERS.each_ref());
}

#[bluekernel::task(priority = 28, stack = 512)]
fn task() {
    loop {
        let block = POOL.alloc(Block::uninit());
        drop(black_box(block));
        COUNTERS[0].count();
    }
}
