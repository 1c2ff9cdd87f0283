//! The barrier: those that go on are as many as it is for, and one of them leads.

use super::{Object, no_strike, nothing};
use crate::count::Count;
use crate::crew::Worker;
use bluekernel::{Barrier, println};

pub const OBJECT: Object = Object { work, strike: no_strike, look: nothing, holds };

const TASKS: u32 = 3;

static TOGETHER: Barrier = Barrier::new(TASKS);
static PASSED: Count = Count::new();
static LED: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static CROWDED: Count = Count::new();

fn work(me: &mut Worker) {
    let timeout = me.random.time(60);
    match TOGETHER.wait_timeout(timeout) {
        Ok(result) => {
            PASSED.add(1);
            LED.add(u32::from(result.is_leader()));
        }
        Err(_) => TIMED_OUT.add(1),
    }
    CROWDED.add_if(TOGETHER.waiting() >= TASKS);
}

fn holds() -> bool {
    let [passed, led, timed_out, crowded] = [&PASSED, &LED, &TIMED_OUT, &CROWDED].map(Count::get);
    println!("barrier: {passed} passed, {led} led; {timed_out} time-outs, {crowded} times too many wait");
    let waiting = TOGETHER.waiting();
    passed == led * TASKS && crowded == 0 && waiting == 0 && passed > 0 && timed_out > 0
}
