//! Mutexes: one task at a time sees and changes the pair, also where it waits inside, and in chains of owners.

use super::place::Place;
use super::{Object, no_strike};
use crate::count::Count;
use crate::crew::{At, Worker, all_wait};
use bluekernel::{Duration, LockError, Mutex, println, sleep, yield_now};

pub const OBJECT: Object = Object { work, strike: no_strike, look, holds };

/// Equal wherever nobody is inside.
static PAIR: Mutex<(u32, u32)> = Mutex::new((0, 0));
/// Always locked before the pair: so owners form chains.
static OUTER: Mutex<u32> = Mutex::new(0);

static INSIDE: Place = Place::new();
static LOCKED: Count = Count::new();
static OUTSIDE: Count = Count::new();
static UNEQUAL: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static DEADLOCKS: Count = Count::new();
static IDLE: Count = Count::new();

/// Changes the pair, and takes some time about it.
fn change(pair: &mut (u32, u32), me: &mut Worker) {
    INSIDE.enter();
    UNEQUAL.add_if(pair.0 != pair.1);
    pair.0 += 1;
    dawdle(me);
    pair.1 += 1;
    INSIDE.leave();
    LOCKED.add(1);
}

/// Waits or yields, or does not.
pub fn dawdle(me: &mut Worker) {
    match me.random.below(8) {
        0 => sleep(me.random.time(40)),
        1 | 2 => yield_now(),
        _ => {}
    }
}

fn give_up(error: LockError) {
    match error {
        LockError::TimedOut => TIMED_OUT.add(1),
        LockError::Deadlock => DEADLOCKS.add(1),
    }
}

fn inner(me: &mut Worker) {
    let timeout = me.random.time(30);
    if me.random.one_of(2) {
        return me.at(At::Pair, Duration::MAX, |me| change(&mut PAIR.lock(), me));
    }
    me.at(At::Pair, timeout, |me| match PAIR.lock_timeout(timeout) {
        Ok(mut pair) => change(&mut pair, me),
        Err(error) => give_up(error),
    });
}

fn work(me: &mut Worker) {
    if me.random.one_of(2) {
        return inner(me);
    }
    let timeout = me.random.time(200);
    match OUTER.lock_timeout(timeout) {
        Ok(mut outer) => {
            inner(me);
            *outer += 1;
            OUTSIDE.add(1);
        }
        Err(error) => give_up(error),
    }
}

/// Everyone waits for the pair, and nobody has it.
fn look() {
    IDLE.add_if(!INSIDE.is_taken() && all_wait(At::Pair));
}

fn holds() -> bool {
    let [locked, outside, unequal, timed_out, deadlocks, idle] =
        [&LOCKED, &OUTSIDE, &UNEQUAL, &TIMED_OUT, &DEADLOCKS, &IDLE].map(Count::get);
    let two = INSIDE.two();
    println!(
        "mutexes: {locked} times locked, {two} times two inside; {timed_out} time-outs, {deadlocks} deadlocks, {idle} idle"
    );
    let pair = PAIR.try_lock().map(|pair| *pair);
    let outer = OUTER.try_lock().map(|outer| *outer);
    let right = pair == Some((locked, locked)) && outer == Some(outside) && unequal == 0 && two == 0;
    right && deadlocks == 0 && idle == 0 && outside > 0 && timed_out > 0
}
