//! Periodic work: every release is begun at a multiple of the period or counted as left out.

use super::{Object, nothing};
use crate::board::CORE_HZ;
use crate::count::Count;
use crate::crew::Worker;
use crate::random::Random;
use crate::{STACK, goes_on};
use bluekernel::{Duration, Instant, Periodic, println, sleep};
use core::sync::atomic::{AtomicBool, Ordering};

pub const OBJECT: Object = Object { work, strike, look: nothing, holds };

/// 20,000 cycles.
const PERIOD: Duration = Duration::from_micros(20_000 / (CORE_HZ as u64 / 1_000_000));

static RELEASES: Periodic = Periodic::new(PERIOD);
/// The next work takes long.
static IS_LONG: AtomicBool = AtomicBool::new(false);
static WORKED: Count = Count::new();
static WRONG: Count = Count::new();
/// Periods from the first release to the last.
static PERIODS: Count = Count::new();

fn strike(_: usize, _: &mut Random) {
    IS_LONG.store(true, Ordering::Relaxed);
}

fn work(me: &mut Worker) {
    strike(me.context(), &mut me.random);
}

#[bluekernel::task(priority = 15, stack = STACK)]
fn periodic() {
    let mut random = Random::new(20);
    let first = RELEASES.wait();
    let mut last = first;
    WORKED.add(1);
    while goes_on() {
        let released = RELEASES.wait();
        WORKED.add(1);
        let periods = (released.since(first).as_micros() / PERIOD.as_micros()) as u32;
        WRONG.add_if(released <= last || first + PERIOD.times(periods) != released || Instant::now() < released);
        PERIODS.set(periods);
        last = released;
        if IS_LONG.load(Ordering::Relaxed) {
            IS_LONG.store(false, Ordering::Relaxed);
            sleep(random.time(200));
        }
    }
}

fn holds() -> bool {
    let statistics = RELEASES.statistics();
    let [worked, wrong, periods] = [&WORKED, &WRONG, &PERIODS].map(Count::get);
    let overruns = statistics.overruns;
    println!("periodic: {worked} releases, {overruns} left out, in {periods} periods, {wrong} wrong");
    statistics.releases == worked && worked + overruns == periods + 1 && wrong == 0 && overruns > 0
}
