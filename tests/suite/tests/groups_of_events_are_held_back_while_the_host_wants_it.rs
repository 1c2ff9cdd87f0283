//! The host says which groups of events it wants to hear: the others are not told, until it says otherwise. What it does not
//! say in the kernel's words changes nothing.
// Needs all of the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Semaphore, mark, sleep};
use bluekernel_suite::trace::abi::ObjectOp;
use bluekernel_suite::trace::abi::wire::{group, head};
use bluekernel_suite::trace::{Ear, say};
use bluekernel_suite::{behaviour, event, event_if};

const GIVE: u64 = ObjectOp::Give as u64;
static GIVEN: Semaphore = Semaphore::new(0, 100);

#[bluekernel::task(priority = 3, stack = 2048)]
fn telling() {
    let mut ear = Ear::new();
    let mut told = |message: &[u8]| {
        event_if(say(message), "said", "no room");
        // What the host says is taken in when nothing is ready.
        sleep(Duration::from_millis(1));
        GIVEN.give().unwrap();
        mark!("here");
        for record in &mut ear {
            match (record.head, record.fields()) {
                (head::FILTER, [told, 0]) if *told == u64::from(group::ALL) => event("all"),
                (head::FILTER, [told, 0]) if *told == u64::from(group::SCHEDULE | group::USER) => event("two"),
                (head::FILTER, _) => event("another filter"),
                (head::OBJECT, [GIVE, _, _]) => event("give"),
                (head::MARK_INSTANT, _) => event("mark"),
                (head::TIMER_FIRE, _) => event("time-out"),
                _ => {}
            }
        }
    };
    let groups = (group::SCHEDULE | group::USER).to_le_bytes();
    let [a, b, c, d] = groups;
    told(&[0xb1, 2, 4, a, b, c, d]);
    // No kind of this version, no such length, no message at all.
    told(&[0xb1, 30, 1, 9]);
    told(&[0xb1, 2, 1, 0]);
    told(&[0xb1, 5, 0]);
}

behaviour![
    "said", "two", "mark", // None of these changes anything.
    "said", "mark", "said", "mark", "said", "all", "time-out", "give", "mark",
];
