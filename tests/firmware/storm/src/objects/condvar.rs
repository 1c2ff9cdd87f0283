//! The condition variable: what is added to the level is taken from it, and nobody waits while there is some.

use super::Object;
use super::place::Place;
use crate::count::Count;
use crate::crew::{At, Worker, all_wait};
use crate::random::Random;
use bluekernel::{Condvar, Duration, Mutex, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

const MOST: u32 = 3;

static LEVEL: Mutex<u32> = Mutex::new(0);
static RISEN: Condvar = Condvar::new();
/// The level, for those who look.
static SEEN: Count = Count::new();
static INSIDE: Place = Place::new();
static ADDED: Count = Count::new();
static TAKEN: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static IDLE: Count = Count::new();

/// Waits end for nothing, too.
fn strike(_: usize, random: &mut Random) {
    if random.one_of(4) {
        RISEN.notify_all();
    } else {
        RISEN.notify_one();
    }
}

fn add(me: &mut Worker) {
    let mut level = LEVEL.lock();
    INSIDE.enter();
    let adds = *level < MOST;
    if adds {
        *level += 1;
        SEEN.set(*level);
        ADDED.add(1);
    }
    INSIDE.leave();
    // With the mutex, or without.
    if me.random.one_of(2) {
        drop(level);
    }
    if adds {
        RISEN.notify_one();
    }
}

fn take(timeout: Duration) {
    let (mut level, result) = RISEN.wait_while_timeout(LEVEL.lock(), timeout, |level| *level == 0);
    INSIDE.enter();
    if result.is_ok() {
        *level -= 1;
        SEEN.set(*level);
        TAKEN.add(1);
    } else {
        TIMED_OUT.add(1);
    }
    INSIDE.leave();
}

fn work(me: &mut Worker) {
    let timeout = me.random.time(100);
    if me.random.one_of(2) {
        me.at(At::Level, Duration::MAX, add);
    } else {
        me.at(At::Level, timeout, |_| take(timeout));
    }
}

/// Everyone waits, and there is something to take.
fn look() {
    IDLE.add_if(SEEN.get() > 0 && !INSIDE.is_taken() && all_wait(At::Level));
}

fn holds() -> bool {
    let [added, taken, timed_out, idle] = [&ADDED, &TAKEN, &TIMED_OUT, &IDLE].map(Count::get);
    let two = INSIDE.two();
    let left = LEVEL.try_lock().map(|level| *level);
    println!(
        "level: {added} added, {taken} taken, {} left, {two} times two inside; {timed_out} time-outs, {idle} idle",
        SEEN.get()
    );
    left == Some(added - taken) && two == 0 && idle == 0 && taken > 0 && timed_out > 0
}
