//! Event flags: what was set was taken, was cleared, or is left; and nobody waits for what is set.
//!
//! Each worker waits for two pairs of flags of its own. The first pair is set where interrupts are masked, so that it is
//! known which flags were not set before; the second pair anywhere, so that calls come in between calls.

use super::Object;
use crate::count::Count;
use crate::crew::{At, WORKERS, Worker, waiting};
use crate::random::Random;
use bluekernel::{EventFlags, Wanted, println};

pub const OBJECT: Object = Object { work, strike, look, holds };

static FLAGS: EventFlags = EventFlags::new();
/// Calls that set flags and are not over.
static CALLS: Count = Count::new();
/// What each worker waits for, and whether it needs all of it.
static WANTED: [Count; WORKERS] = [const { Count::new() }; WORKERS];
static ALL: [Count; WORKERS] = [const { Count::new() }; WORKERS];

static SET: Count = Count::new();
static TAKEN: Count = Count::new();
static CLEARED: Count = Count::new();
static WRONG: Count = Count::new();
static TIMED_OUT: Count = Count::new();
static IDLE: Count = Count::new();

/// The flags that are counted: the first pairs.
const COUNTED: u32 = 0x0000_ffff;

/// The first pair of a worker. The second one is 16 bits above.
fn pair(worker: usize) -> u32 {
    0b11 << (2 * worker)
}

fn set(random: &mut Random) {
    let flags = random.next() & random.next() & random.next();
    if random.one_of(2) {
        critical_section::with(|_| {
            let flags = flags & COUNTED;
            SET.add((flags & !FLAGS.get()).count_ones());
            FLAGS.set(flags);
        });
    } else {
        CALLS.add(1);
        FLAGS.set(flags & !COUNTED);
        CALLS.remove();
    }
}

fn strike(_: usize, random: &mut Random) {
    if random.one_of(8) {
        let flags = random.next() & random.next() & random.next();
        CLEARED.add((FLAGS.clear(flags) & flags & COUNTED).count_ones());
    } else {
        set(random);
    }
}

fn work(me: &mut Worker) {
    if me.random.one_of(3) {
        return set(&mut me.random);
    }
    let flags = if me.random.one_of(2) { pair(me.number) } else { pair(me.number) << 16 };
    let all = me.random.one_of(2);
    let wanted = if all { Wanted::all(flags) } else { Wanted::any(flags) }.clear();
    WANTED[me.number].set(flags);
    ALL[me.number].set(u32::from(all));
    let timeout = me.random.time(60);
    match me.at(At::Flags, timeout, |_| FLAGS.wait_timeout(wanted, timeout)) {
        Ok(came) => {
            WRONG.add_if(came & !flags != 0 || !suffices(came, flags, all));
            TAKEN.add((came & COUNTED).count_ones());
        }
        Err(_) => TIMED_OUT.add(1),
    }
}

fn suffices(came: u32, wanted: u32, all: bool) -> bool {
    if all { came & wanted == wanted } else { came & wanted != 0 }
}

/// Somebody waits, although what it waits for is set, and no call is on its way to it.
fn look() {
    if CALLS.get() == 0 {
        let flags = FLAGS.get();
        IDLE.add_if(waiting(At::Flags).any(|worker| suffices(flags, WANTED[worker].get(), ALL[worker].get() != 0)));
    }
}

fn holds() -> bool {
    let [set, taken, cleared, wrong, timed_out, idle] =
        [&SET, &TAKEN, &CLEARED, &WRONG, &TIMED_OUT, &IDLE].map(Count::get);
    let left = (FLAGS.get() & COUNTED).count_ones();
    println!(
        "flags: {set} set, {taken} taken, {cleared} cleared, {left} left, {wrong} times wrong; {timed_out} time-outs, \
         {idle} idle"
    );
    set == taken + cleared + left && wrong == 0 && idle == 0 && taken > 0 && timed_out > 0
}
