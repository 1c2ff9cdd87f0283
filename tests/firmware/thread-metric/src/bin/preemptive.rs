//! Thread-Metric's pre-emptive scheduling: five tasks, of which all but the least important are suspended. Each resumes
//! the one above it, which runs at once; then counts, and suspends itself.
#![no_std]
#![no_main]

#[path = "../../../board/board.rs"]
mod board;
#[path = "../common.rs"]
mod common;

use bluekernel::task::Task;
use common::{Counter, check};

static COUNTERS: [Counter; 5] = [const { Counter::new() }; 5];

#[bluekernel::task(priority = 29, stack = 1024)]
fn reporter() {
    common::report(&COUNTERS, &COUNTERS.each_ref());
}

/// Resumes a task, which must have run before this returns: it has counted.
fn resume(task: Task, place: usize) {
    let before = COUNTERS[place].get();
    check(task.resume());
    check(COUNTERS[place].get() != before);
}

#[bluekernel::task(priority = 21, stack = 512)]
fn first() {
    loop {
        resume(second::task(), 1);
        COUNTERS[0].count();
    }
}

macro_rules! tasks {
    ($($name:ident: $place:literal, $priority:literal, $next:ident)*) => {$(
        #[bluekernel::task(priority = $priority, stack = 512)]
        fn $name() {
            loop {
                $name::task().suspend();
                resume($next::task(), $place + 1);
                COUNTERS[$place].count();
            }
        }
    )*};
}

tasks! { second: 1, 22, third third: 2, 23, fourth fourth: 3, 24, fifth }

#[bluekernel::task(priority = 25, stack = 512)]
fn fifth() {
    loop {
        fifth::task().suspend();
        COUNTERS[4].count();
    }
}
