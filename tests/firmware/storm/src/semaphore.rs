//! Permits: whatever was given was taken, or is left.

use crate::count::{self, Count};
use crate::goes_on;
use crate::random::Random;
use bluekernel::{Duration, Instant, Semaphore, println, sleep};

/// So few that it is often full, and often empty.
static PERMITS: Semaphore = Semaphore::new(0, 3);

/// By each handler, and by the giver.
static GIVEN: [Count; 4] = [const { Count::new() }; 4];
/// By each handler, and by each taker.
static TAKEN: [Count; 6] = [const { Count::new() }; 6];
static TIMED_OUT: Count = Count::new();
static EARLY: Count = Count::new();

/// A handler's part.
pub fn strike(handler: usize, random: &mut Random) {
    if random.below(4) == 0 {
        TAKEN[handler].add(u32::from(PERMITS.try_take()));
    } else {
        GIVEN[handler].add(u32::from(PERMITS.give().is_ok()));
    }
}

/// Takes with short time-outs, which often run off in the moment in which a permit comes.
#[bluekernel::task(priority = 9, stack = 1024)]
fn taker_in_a_hurry() {
    let mut random = Random::new(10);
    while goes_on() {
        let timeout = random.time(60);
        let start = Instant::now();
        if PERMITS.take_timeout(timeout).is_ok() {
            TAKEN[3].add(1);
        } else {
            TIMED_OUT.add(1);
            EARLY.add(u32::from(start.elapsed() < timeout));
        }
    }
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn taker_of_the_same_priority() {
    let mut random = Random::new(11);
    while goes_on() {
        if PERMITS.take_timeout(random.time(200)).is_ok() {
            TAKEN[4].add(1);
        }
        if random.below(4) == 0 {
            sleep(random.time(50));
        }
    }
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn patient_taker() {
    while goes_on() {
        if PERMITS.take_timeout(Duration::from_millis(5)).is_ok() {
            TAKEN[5].add(1);
        }
    }
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn giver() {
    let mut random = Random::new(12);
    while goes_on() {
        GIVEN[3].add(u32::from(PERMITS.give().is_ok()));
        sleep(random.time(150));
    }
}

/// At the end.
pub fn holds() -> bool {
    let [given, taken] = [&GIVEN[..], &TAKEN].map(count::sum);
    let (left, early, timed_out) = (PERMITS.count(), EARLY.get(), TIMED_OUT.get());
    println!("permits: {given} given, {taken} taken, {left} left; {timed_out} time-outs, {early} early");
    let used = GIVEN.iter().chain(&TAKEN).all(|count| count.get() > 0) && timed_out > 0;
    given == taken + left && early == 0 && used
}
