//! The signal: values come in their order, and the latest one comes for sure.

use super::Object;
use crate::CONTEXTS;
use crate::count::Count;
use crate::crew::{At, Worker, all_wait};
use crate::random::Random;
use bluekernel::{Signal, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

static LATEST: Signal<u32> = Signal::new();
static SIGNALLED: Count = Count::new();
/// The newest value that anybody took.
static NEWEST: Count = Count::new();
/// The last value that each of them took: the values of one only rise.
static LAST: [Count; CONTEXTS] = [const { Count::new() }; CONTEXTS];
static TAKEN: Count = Count::new();
static BACKWARDS: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static IDLE: Count = Count::new();

fn signal() {
    critical_section::with(|_| {
        SIGNALLED.add(1);
        LATEST.signal(SIGNALLED.get());
    });
}

fn taken(context: usize, value: u32) {
    critical_section::with(|_| NEWEST.set(NEWEST.get().max(value)));
    BACKWARDS.add_if(value <= LAST[context].get() || value > SIGNALLED.get());
    LAST[context].set(value);
    TAKEN.add(1);
}

fn strike(handler: usize, random: &mut Random) {
    if random.one_of(4) {
        critical_section::with(|_| {
            if let Some(value) = LATEST.try_take() {
                taken(handler, value);
            }
        });
    } else {
        signal();
    }
}

fn work(me: &mut Worker) {
    if me.random.one_of(4) {
        return signal();
    }
    let timeout = me.random.time(60);
    me.at(At::Latest, timeout, |me| match LATEST.wait_timeout(timeout) {
        Ok(value) => taken(me.context(), value),
        Err(_) => TIMED_OUT.add(1),
    });
}

/// Everyone waits, and the latest value is nobody's.
fn look() {
    IDLE.add_if(NEWEST.get() < SIGNALLED.get() && all_wait(At::Latest));
}

fn holds() -> bool {
    let [signalled, taken, backwards, timed_out, idle] =
        [&SIGNALLED, &TAKEN, &BACKWARDS, &TIMED_OUT, &IDLE].map(Count::get);
    let latest = LATEST.try_take().unwrap_or(NEWEST.get());
    println!(
        "signal: {signalled} given, {taken} taken, the latest is {latest}, {backwards} back; {timed_out} time-outs, {idle} idle"
    );
    latest == signalled && backwards == 0 && idle == 0 && taken > 0 && timed_out > 0
}
