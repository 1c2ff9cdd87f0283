//! Time: no sleep ends early, none ends late while nothing more important runs, and it never goes back.

use super::{Object, no_strike, nothing};
use crate::board::CORE_HZ;
use crate::count::Count;
use crate::crew::Worker;
use crate::random::Random;
use crate::{STACK, goes_on};
use bluekernel::{Instant, println, sleep, sleep_until};

pub const OBJECT: Object = Object { work, strike: no_strike, look: nothing, holds };

/// How late the most important task may be on average, behind its moment and the last handler, in microseconds: what the
/// kernel needs for the alarm and the switch, and where the clock ticks rarely, some of a tick.
const LATE_ON_AVERAGE: u32 = 1_500 / (CORE_HZ / 1_000_000) + TICK;
const TICK: u32 = if cfg!(feature = "systick") {
    200
} else if cfg!(feature = "hifive1") {
    31
} else {
    0
};

static SLEPT: Count = Count::new();
static EARLY: Count = Count::new();
static BACKWARDS: Count = Count::new();
/// How often the most important task was woken, and how late: in sum, and at most.
static WOKEN: Count = Count::new();
static LATE: Count = Count::new();
static LATEST: Count = Count::new();
/// When the last handler has ended, in microseconds, modulo 2^32.
static HANDLED: Count = Count::new();

/// A handler ends.
pub fn handled() {
    HANDLED.set(Instant::now().as_micros() as u32);
}

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
        let (now, handled) = critical_section::with(|_| (Instant::now(), HANDLED.get()));
        BACKWARDS.add_if(now < at || Instant::now() < now);
        let behind_handlers = (now.as_micros() as u32).wrapping_sub(handled);
        let late = behind_handlers.min(now.since(at).as_micros() as u32);
        WOKEN.add(1);
        LATE.add(late);
        LATEST.set(LATEST.get().max(late));
    }
}

fn holds() -> bool {
    let [slept, early, backwards, woken, late, latest] =
        [&SLEPT, &EARLY, &BACKWARDS, &WOKEN, &LATE, &LATEST].map(Count::get);
    let average = late / woken.max(1);
    println!(
        "time: {slept} sleeps, {early} early, {average} us late on average, {latest} at most; {backwards} times back"
    );
    slept > 0 && early == 0 && backwards == 0 && average <= LATE_ON_AVERAGE
}
