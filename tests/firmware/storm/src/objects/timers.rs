//! Timers: what was started is called once, replaced, stopped, or still runs; never early, and not behind a stop.

use super::{Object, nothing};
use crate::STACK;
use crate::board::CORE_HZ;
use crate::count::Count;
use crate::crew::Worker;
use crate::random::Random;
use bluekernel::{Duration, Instant, Timer, println};
use core::cell::Cell;
use critical_section::Mutex;

pub const OBJECT: Object = Object { work, strike, look: nothing, holds };

/// 4,000 cycles: with shorter periods the calls would leave no time to anybody else.
const SHORTEST: Duration = Duration::from_micros(4_000 / (CORE_HZ as u64 / 1_000_000));

static ONCE: Timer = Timer::new(|| called(&FIRST));
static AGAIN: Timer = Timer::new(|| called(&SECOND));

/// What is known of a timer.
struct Known {
    /// The earliest moment of the next call, and the period if it is periodic; none if it is stopped.
    due: Mutex<Cell<Option<(Instant, Duration)>>>,
    started: Count,
    /// Starts of a timer that ran, and stops of one.
    forgotten: Count,
    called: Count,
}

static FIRST: Known = Known::new();
static SECOND: Known = Known::new();
static EARLY: Count = Count::new();
static STOPPED: Count = Count::new();

impl Known {
    const fn new() -> Self {
        Self { due: Mutex::new(Cell::new(None)), started: Count::new(), forgotten: Count::new(), called: Count::new() }
    }
}

fn called(known: &Known) {
    known.called.add(1);
    critical_section::with(|token| match known.due.borrow(token).get() {
        Some((due, period)) => {
            EARLY.add_if(Instant::now() < due);
            // A call that is left out comes too late for this, not too early.
            known.due.borrow(token).set(Some((due + period, period)));
        }
        None => STOPPED.add(1),
    });
}

/// Starts a timer, or stops it.
fn strike(_: usize, random: &mut Random) {
    let (timer, known, periodic) = if random.one_of(2) { (&ONCE, &FIRST, false) } else { (&AGAIN, &SECOND, true) };
    let time = random.time(100) + SHORTEST;
    critical_section::with(|token| {
        let due = known.due.borrow(token);
        known.forgotten.add(u32::from(timer.is_running()));
        if random.one_of(4) {
            // A call that has begun comes still.
            if !timer.stop() {
                due.set(None);
            }
            return;
        }
        known.started.add(1);
        // A call that has begun was due before, and is not to be thought early. The next one is looked at again.
        let is_called = timer.stop();
        due.set(Some((if is_called { Instant::START } else { Instant::now() + time }, time)));
        if periodic {
            timer.start_periodic(time);
        } else {
            timer.start(time);
        }
    });
}

fn work(me: &mut Worker) {
    strike(me.context(), &mut me.random);
}

/// Calls the timers.
#[bluekernel::task(priority = 13, stack = STACK)]
fn caller() {
    bluekernel::timer::serve()
}

fn holds() -> bool {
    // The last calls have come meanwhile; the periodic ones go on.
    AGAIN.stop();
    let [started, forgotten, called] = [&FIRST.started, &FIRST.forgotten, &FIRST.called].map(Count::get);
    let [again, early, stopped] = [&SECOND.called, &EARLY, &STOPPED].map(Count::get);
    println!(
        "timers: {started} started, {forgotten} taken back, {called} called; {again} periodic calls; {early} early, \
         {stopped} behind a stop"
    );
    started == forgotten + called && early == 0 && stopped == 0 && called > 0 && again > 0
}
