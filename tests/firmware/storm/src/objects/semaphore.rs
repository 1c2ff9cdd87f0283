//! Permits: whatever was given was taken, or is left.

use super::Object;
use crate::count::Count;
use crate::crew::{At, Worker, waiting};
use crate::random::Random;
use bluekernel::{Instant, Semaphore, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

/// So few that it is often full, and often empty.
static PERMITS: Semaphore = Semaphore::new(0, 3);

static GIVEN: Count = Count::new();
static TAKEN: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static EARLY: Count = Count::new();
static IDLE: Count = Count::new();

fn give() {
    GIVEN.add(u32::from(PERMITS.give().is_ok()));
}

fn strike(_: usize, random: &mut Random) {
    if random.one_of(4) {
        TAKEN.add(u32::from(PERMITS.try_take()));
    } else {
        give();
    }
}

/// Short time-outs often run off in the moment in which a permit comes.
fn work(me: &mut Worker) {
    let timeout = match me.random.below(6) {
        0 => return give(),
        1 => return TAKEN.add(u32::from(PERMITS.try_take())),
        2 => me.random.time(200),
        _ => me.random.time(40),
    };
    let start = Instant::now();
    if me.at(At::Permit, timeout, |_| PERMITS.take_timeout(timeout)).is_ok() {
        TAKEN.add(1);
    } else {
        TIMED_OUT.add(1);
        EARLY.add_if(start.elapsed() < timeout);
    }
}

fn look() {
    IDLE.add_if(PERMITS.count() > 0 && waiting(At::Permit).next().is_some());
}

fn holds() -> bool {
    let [given, taken, timed_out, early, idle] = [&GIVEN, &TAKEN, &TIMED_OUT, &EARLY, &IDLE].map(Count::get);
    let left = PERMITS.count();
    println!("permits: {given} given, {taken} taken, {left} left; {timed_out} time-outs, {early} early, {idle} idle");
    given == taken + left && early == 0 && idle == 0 && taken > 0 && timed_out > 0
}
