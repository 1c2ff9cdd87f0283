//! Mutexes: one task at a time sees and changes the pair, also where it waits inside, and in chains of owners.

use crate::count::{self, Count};
use crate::goes_on;
use crate::random::Random;
use bluekernel::{LockError, Mutex, println, sleep, yield_now};

/// Equal wherever nobody is inside.
static PAIR: Mutex<(u32, u32)> = Mutex::new((0, 0));
/// Always locked before the pair: so owners form chains.
static OUTER: Mutex<u32> = Mutex::new(0);

const TASKS: usize = 4;
static LOCKED: [Count; TASKS] = [const { Count::new() }; TASKS];
static OUTSIDE: [Count; 2] = [const { Count::new() }; 2];
static TIMED_OUT: [Count; TASKS] = [const { Count::new() }; TASKS];
static UNEQUAL: Count = Count::new();
static DEADLOCKS: [Count; TASKS] = [const { Count::new() }; TASKS];

/// Changes the pair, and takes some time about it.
fn change(pair: &mut (u32, u32), random: &mut Random) {
    // Inside: one at a time.
    if pair.0 != pair.1 {
        UNEQUAL.add(1);
    }
    pair.0 += 1;
    match random.below(8) {
        0 => sleep(random.time(40)),
        1 | 2 => yield_now(),
        _ => {}
    }
    pair.1 += 1;
}

fn hurry(task: usize, random: &mut Random) {
    match PAIR.lock_timeout(random.time(30)) {
        Ok(mut pair) => {
            change(&mut pair, random);
            LOCKED[task].add(1);
        }
        Err(LockError::TimedOut) => TIMED_OUT[task].add(1),
        Err(LockError::Deadlock) => DEADLOCKS[task].add(1),
    }
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn owner_of_both() {
    let mut random = Random::new(30);
    while goes_on() {
        let mut outer = OUTER.lock();
        change(&mut PAIR.lock(), &mut random);
        LOCKED[0].add(1);
        *outer += 1;
        drop(outer);
        OUTSIDE[0].add(1);
        sleep(random.time(100));
    }
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn owner_of_one() {
    let mut random = Random::new(31);
    while goes_on() {
        change(&mut PAIR.lock(), &mut random);
        LOCKED[1].add(1);
        sleep(random.time(80));
    }
}

#[bluekernel::task(priority = 8, stack = 1024)]
fn one_in_a_hurry() {
    let mut random = Random::new(32);
    while goes_on() {
        hurry(2, &mut random);
        sleep(random.time(120));
    }
}

#[bluekernel::task(priority = 11, stack = 1024)]
fn the_most_important() {
    let mut random = Random::new(33);
    while goes_on() {
        if let Ok(mut outer) = OUTER.lock_timeout(random.time(200)) {
            hurry(3, &mut random);
            *outer += 1;
            drop(outer);
            OUTSIDE[1].add(1);
        }
        sleep(random.time(300));
    }
}

/// At the end.
pub fn holds() -> bool {
    let [locked, timed_out, deadlocks, outside] = [&LOCKED[..], &TIMED_OUT, &DEADLOCKS, &OUTSIDE].map(count::sum);
    let unequal = UNEQUAL.get();
    let free = PAIR.try_lock().map(|pair| *pair);
    println!(
        "mutexes: {locked} times locked; {timed_out} time-outs, {unequal} times two inside, {deadlocks} deadlocks"
    );
    let used = LOCKED.iter().all(|count| count.get() > 0) && timed_out > 0;
    let outer = OUTER.try_lock().map(|outer| *outer);
    free == Some((locked, locked)) && outer == Some(outside) && unequal == 0 && deadlocks == 0 && used
}
