//! The reader-writer lock: nobody is inside with a writer, and readers are inside together.

use super::mutex::dawdle;
use super::place::Place;
use super::{Object, nothing};
use crate::count::Count;
use crate::crew::Worker;
use crate::random::Random;
use bluekernel::{RwLock, println};

pub const OBJECT: Object = Object { work, strike, look: nothing, holds };

static PAIR: RwLock<(u32, u32)> = RwLock::new((0, 0));
static WRITER: Place = Place::new();
static READERS: Count = Count::new();
static READ: Count = Count::new();
static TOGETHER: Count = Count::new();
static WRITTEN: Count = Count::new();
static UNEQUAL: Count = Count::new();
static TIMED_OUT: Count = Count::new();

/// A handler reads if it can.
fn strike(_: usize, _: &mut Random) {
    if let Some(pair) = PAIR.try_read() {
        UNEQUAL.add_if(pair.0 != pair.1 || WRITER.is_taken());
        READ.add(1);
    }
}

fn read(me: &mut Worker) {
    let timeout = me.random.time(60);
    let Ok(pair) = PAIR.read_timeout(timeout) else { return TIMED_OUT.add(1) };
    READERS.add(1);
    TOGETHER.add(u32::from(READERS.get() > 1));
    let before = pair.0;
    dawdle(me);
    UNEQUAL.add_if(*pair != (before, before) || WRITER.is_taken());
    READ.add(1);
    READERS.remove();
}

fn write(me: &mut Worker) {
    let timeout = me.random.time(60);
    let Ok(mut pair) = PAIR.write_timeout(timeout) else { return TIMED_OUT.add(1) };
    WRITER.enter();
    UNEQUAL.add_if(pair.0 != pair.1 || READERS.get() != 0);
    pair.0 += 1;
    dawdle(me);
    pair.1 += 1;
    WRITER.leave();
    WRITTEN.add(1);
}

fn work(me: &mut Worker) {
    if me.random.one_of(3) {
        write(me);
    } else {
        read(me);
    }
}

fn holds() -> bool {
    let [read, together, written, unequal, timed_out] =
        [&READ, &TOGETHER, &WRITTEN, &UNEQUAL, &TIMED_OUT].map(Count::get);
    let two = WRITER.two();
    println!(
        "lock: {read} times read, {together} not alone, {written} written; {unequal} unequal, {two} times two writers; \
         {timed_out} time-outs"
    );
    let pair = PAIR.try_write().map(|pair| *pair);
    pair == Some((written, written)) && unequal == 0 && two == 0 && together > 0 && timed_out > 0
}
