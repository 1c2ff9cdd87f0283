//! Time: no sleep ends early, and it never goes back.

use crate::count::Count;
use crate::goes_on;
use crate::random::Random;
use bluekernel::{Duration, Instant, println, sleep, sleep_until};

const PERIOD: Duration = Duration::from_micros(2_500);

static SLEPT: Count = Count::new();
static EARLY: Count = Count::new();
static PERIODS: Count = Count::new();
static BACKWARDS: Count = Count::new();

#[bluekernel::task(priority = 12, stack = 1024)]
fn sleeper() {
    let mut random = Random::new(40);
    while goes_on() {
        let start = Instant::now();
        let time = random.time(200);
        sleep(time);
        SLEPT.add(1);
        EARLY.add(u32::from(start.elapsed() < time));
    }
}

#[bluekernel::task(priority = 12, stack = 1024)]
fn periodic() {
    let mut next = Instant::now();
    while goes_on() {
        next += PERIOD;
        sleep_until(next);
        PERIODS.add(1);
        let now = Instant::now();
        BACKWARDS.add(u32::from(now < next || Instant::now() < now));
    }
}

/// At the end.
pub fn holds() -> bool {
    let (slept, early, periods, backwards) = (SLEPT.get(), EARLY.get(), PERIODS.get(), BACKWARDS.get());
    println!("time: {slept} sleeps, {early} early; {periods} periods, {backwards} times back");
    slept > 0 && periods > 0 && early == 0 && backwards == 0
}
