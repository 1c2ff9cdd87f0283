//! Time: no sleep ends early, none ends late while nothing more important runs, and it never goes back.

use super::{Object, no_strike, nothing};
use crate::board::CORE_HZ;
use crate::count::Count;
use crate::crew::Worker;
use crate::random::Random;
use crate::{STACK, goes_on};
use bluekernel::{Duration, Instant, println, sleep, sleep_until};

pub const OBJECT: Object = Object { work, strike: no_strike, look: nothing, holds };

/// How late the most important task may be: handlers come first, many in a row at times.
const LATE: Duration = Duration::from_micros(100_000 / (CORE_HZ as u64 / 1_000_000));

static SLEPT: Count = Count::new();
static EARLY: Count = Count::new();
static BACKWARDS: Count = Count::new();
static LATEST: Count = Count::new();

fn work(me: &mut Worker) {
    let start = Instant::now();
    let time = me.random.time(100);
    sleep(time);
    SLEPT.add(1);
    EARLY.add_if(start.elapsed() < time);
}

/// Only handlers come before it.
#[bluekernel::task(priority = 31, stack = STACK)]
fn punctual() {
    let mut random = Random::new(21);
    while goes_on() {
        let at = Instant::now() + random.time(100);
        sleep_until(at);
        let now = Instant::now();
        BACKWARDS.add_if(now < at || Instant::now() < now);
        LATEST.set(LATEST.get().max(now.since(at).as_micros() as u32));
    }
}

fn holds() -> bool {
    let [slept, early, backwards, latest] = [&SLEPT, &EARLY, &BACKWARDS, &LATEST].map(Count::get);
    println!("time: {slept} sleeps, {early} early, {latest} us late at most; {backwards} times back");
    slept > 0 && early == 0 && backwards == 0 && u64::from(latest) <= LATE.as_micros()
}
