//! The recursive mutex: one task at a time is inside, however often it has locked it.

use super::mutex::dawdle;
use super::place::Place;
use super::{Object, no_strike, nothing};
use crate::count::Count;
use crate::crew::Worker;
use bluekernel::{RecursiveMutex, println};
use core::cell::Cell;

pub const OBJECT: Object = Object { work, strike: no_strike, look: nothing, holds };

/// How deep its owner is, and the sum of all depths.
static DEPTH: RecursiveMutex<Cell<(u32, u32)>> = RecursiveMutex::new(Cell::new((0, 0)));
static INSIDE: Place = Place::new();
static SUM: Count = Count::new();
static WRONG: Count = Count::new();
static TIMED_OUT: Count = Count::new();

/// Locks it again, so many times.
fn descend(me: &mut Worker, levels: u32) {
    if levels == 0 {
        return dawdle(me);
    }
    let timeout = me.random.time(1);
    let Ok(guard) = DEPTH.lock_timeout(timeout) else { return WRONG.add(1) };
    let (depth, sum) = guard.get();
    guard.set((depth + 1, sum + 1));
    SUM.add(1);
    descend(me, levels - 1);
    let (deep, sum) = guard.get();
    WRONG.add_if(deep != depth + 1);
    guard.set((depth, sum));
}

fn work(me: &mut Worker) {
    let timeout = me.random.time(60);
    let Ok(guard) = DEPTH.lock_timeout(timeout) else { return TIMED_OUT.add(1) };
    INSIDE.enter();
    WRONG.add_if(guard.get().0 != 0);
    let levels = me.random.below(4);
    descend(me, levels);
    INSIDE.leave();
}

fn holds() -> bool {
    let [sum, wrong, timed_out] = [&SUM, &WRONG, &TIMED_OUT].map(Count::get);
    let two = INSIDE.two();
    println!(
        "recursive mutex: {sum} times locked again, {wrong} times wrong, {two} times two inside; {timed_out} time-outs"
    );
    let depth = DEPTH.try_lock().map(|depth| depth.get());
    depth == Some((0, sum)) && wrong == 0 && two == 0 && sum > 0 && timed_out > 0
}
