//! Spawned tasks: each runs once, with what it was given, and those that wait for its end go on.

use super::{Object, no_strike, nothing};
use crate::count::Count;
use crate::crew::Worker;
use bluekernel::task::{JoinError, Slot, SpawnError};
use bluekernel::{println, sleep};

pub const OBJECT: Object = Object { work, strike: no_strike, look: nothing, holds };

#[bluekernel::slot]
static SLOT: Slot<{ crate::STACK }>;

/// What was given to tasks, and what they had; the sums.
static GIVEN: Count = Count::new();
static HAD: Count = Count::new();
static JOINED: Count = Count::new();
static BUSY: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static WRONG: Count = Count::new();

fn work(me: &mut Worker) {
    let (number, priority) = (me.random.next(), 1 + me.random.below(12) as u8);
    let [time, timeout] = [30, 60].map(|most| me.random.time(most));
    let spawned = SLOT.spawn(priority, move || {
        sleep(time);
        HAD.add(number);
    });
    match spawned {
        Ok(task) => {
            GIVEN.add(number);
            match task.join_timeout(timeout) {
                Ok(()) => JOINED.add(1),
                Err(JoinError::TimedOut) => TIMED_OUT.add(1),
                Err(JoinError::Itself) => WRONG.add(1),
            }
        }
        Err(SpawnError::Busy) => BUSY.add(1),
        Err(_) => WRONG.add(1),
    }
}

fn holds() -> bool {
    let [given, had, joined, busy, timed_out, wrong] =
        [&GIVEN, &HAD, &JOINED, &BUSY, &TIMED_OUT, &WRONG].map(Count::get);
    println!(
        "spawned: {joined} joined, {busy} times busy, sums {given:08x} and {had:08x}, {wrong} wrong; {timed_out} time-outs"
    );
    given == had && wrong == 0 && joined > 0 && busy > 0 && timed_out > 0
}
