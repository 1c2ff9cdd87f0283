//! Two tasks of equal priority that only yield: neither gets two turns while the other has none, but where a handler made
//! the other one yield before it did anything.

use crate::count::{self, Count};
use crate::goes_on;
use bluekernel::{println, yield_now};

static TURNS: [Count; 2] = [const { Count::new() }; 2];
static UNFAIR: [Count; 2] = [const { Count::new() }; 2];

/// By each handler.
static STRUCK: [Count; 3] = [const { Count::new() }; 3];

/// A handler's part.
pub fn strike(handler: usize) {
    STRUCK[handler].add(1);
    yield_now();
}

/// The least important ones: they use up all time that nobody else needs.
fn take_turns(me: usize) {
    let mut last = 0;
    while goes_on() {
        TURNS[me].add(1);
        yield_now();
        let other = TURNS[1 - me].get();
        // It was the other's turn meanwhile.
        UNFAIR[me].add(u32::from(other == last && goes_on()));
        last = other;
    }
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn one() {
    take_turns(0);
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn other() {
    take_turns(1);
}

/// At the end.
pub fn holds() -> bool {
    let [one, other] = [0, 1].map(|task: usize| TURNS[task].get());
    let [unfair, struck] = [&UNFAIR[..], &STRUCK].map(count::sum);
    println!("turns: {one} and {other}, {unfair} times two in a row; {struck} times a handler yielded");
    one > 0 && other > 0 && unfair <= struck
}
