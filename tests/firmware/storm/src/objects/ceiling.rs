//! The ceiling mutex: its owner is at least as important as the ceiling, and alone.

use super::mutex::dawdle;
use super::place::Place;
use super::{Object, no_strike, nothing};
use crate::count::Count;
use crate::crew::{Worker, task};
use bluekernel::{CeilingMutex, println};

pub const OBJECT: Object = Object { work, strike: no_strike, look: nothing, holds };

/// More important than any worker ever is.
pub const CEILING: u8 = 14;

static PAIR: CeilingMutex<(u32, u32)> = CeilingMutex::new(CEILING, (0, 0));
static INSIDE: Place = Place::new();
static LOCKED: Count = Count::new();
static WRONG: Count = Count::new();
static TIMED_OUT: Count = Count::new();

fn work(me: &mut Worker) {
    let timeout = me.random.time(60);
    let Ok(mut pair) = PAIR.lock_timeout(timeout) else { return TIMED_OUT.add(1) };
    INSIDE.enter();
    WRONG.add_if(pair.0 != pair.1 || task(me.number).priority() < CEILING);
    pair.0 += 1;
    dawdle(me);
    pair.1 += 1;
    WRONG.add_if(task(me.number).priority() < CEILING);
    INSIDE.leave();
    LOCKED.add(1);
}

fn holds() -> bool {
    let [locked, wrong, timed_out] = [&LOCKED, &WRONG, &TIMED_OUT].map(Count::get);
    let two = INSIDE.two();
    println!(
        "ceiling mutex: {locked} times locked, {wrong} times wrong, {two} times two inside; {timed_out} time-outs"
    );
    let pair = PAIR.lock().map(|pair| *pair);
    pair == Ok((locked, locked)) && wrong == 0 && two == 0 && locked > 0 && timed_out > 0
}
