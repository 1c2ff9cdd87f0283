//! Two tasks of equal priority that only yield: neither gets two turns while the other has none, but where a handler made
//! the other one yield before it did anything.

use super::{Object, nothing};
use crate::count::Count;
use crate::crew::Worker;
use crate::random::Random;
use crate::{STACK, goes_on};
use bluekernel::{println, yield_now};

pub const OBJECT: Object = Object { work, strike, look: nothing, holds };

static TURNS: [Count; 2] = [const { Count::new() }; 2];
static UNFAIR: Count = Count::new();
static STRUCK: Count = Count::new();

fn strike(_: usize, _: &mut Random) {
    STRUCK.add(1);
    yield_now();
}

fn work(_: &mut Worker) {
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
        UNFAIR.add_if(other == last && goes_on());
        last = other;
    }
}

#[bluekernel::task(priority = 0, stack = STACK)]
fn one() {
    take_turns(0);
}

#[bluekernel::task(priority = 0, stack = STACK)]
fn other() {
    take_turns(1);
}

fn holds() -> bool {
    let [one, other] = [0, 1].map(|task: usize| TURNS[task].get());
    let (unfair, struck) = (UNFAIR.get(), STRUCK.get());
    println!("turns: {one} and {other}, {unfair} times two in a row; {struck} times a handler yielded");
    one > 0 && other > 0 && unfair <= struck
}
