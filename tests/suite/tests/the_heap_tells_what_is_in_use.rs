//! The trace is told of each allocation and of what is in use then; of the heap as a whole once, and again behind a SYNC that
//! the host asked for. On the host the heap is the host's, and nothing is told.
// Needs the extras.
// Needs the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;

extern crate alloc;

use alloc::boxed::Box;
use bluekernel::{Duration, sleep};
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::trace::{Ear, say};
use bluekernel_suite::{behaviour, event_if};
use core::hint::black_box;

bluekernel::heap!(1024);

#[bluekernel::task(priority = 3, stack = 2048)]
fn allocating() {
    let mut ear = Ear::new();
    // What is told from one call to the next: heads, and what they carry.
    let mut told = |expected: &[(u8, &[u64])]| {
        let is_heaps = |head| (head::HEAP_ALLOC..=head::HEAP_STAT).contains(&head);
        let mut all = ear.by_ref().filter(|record| is_heaps(record.head));
        let expected = if cfg!(target_os = "none") { expected } else { &[] };
        let same = expected
            .iter()
            .all(|(head, fields)| all.next().is_some_and(|record| (record.head, record.fields()) == (*head, *fields)));
        event_if(same && all.next().is_none(), "told", "something else");
    };
    let first = black_box(Box::new([1_u8; 100]));
    told(&[(head::HEAP_ALLOC, &[100, 100]), (head::HEAP_STAT, &[100, 100, 1024])]);
    let second = black_box(Box::new([2_u8; 60]));
    drop(first);
    told(&[(head::HEAP_ALLOC, &[60, 160]), (head::HEAP_FREE, &[100, 60])]);
    let _ = say(&[0]);
    sleep(Duration::from_millis(1));
    drop(second);
    told(&[(head::HEAP_FREE, &[60, 0]), (head::HEAP_STAT, &[0, 160, 1024])]);
}

behaviour!["told", "told", "told"];
