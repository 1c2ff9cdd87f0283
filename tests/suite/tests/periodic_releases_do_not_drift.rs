//! Releases come at whole periods from the first one, which may be at a given moment; their moments are told, and they
//! are counted where another task can see it.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Periodic, PeriodicStatistics, sleep_until};
use bluekernel_suite::{behaviour, compute, event_if};

const FIRST: Instant = Instant::from_micros(7_000);
static CYCLE: Periodic = Periodic::new(Duration::from_millis(10)).starting_at(FIRST);

#[bluekernel::task(priority = 3, stack = 1024)]
fn periodic() {
    let mut exact = true;
    for number in 0..20 {
        let release = CYCLE.wait();
        let late = release.elapsed();
        exact &= release == FIRST + Duration::from_millis(10).times(number) && late < Duration::from_millis(1);
        compute(Duration::from_millis(3));
    }
    event_if(exact, "20 releases in time", "drifted");
    CYCLE.wait();
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn watching() {
    sleep_until(Instant::from_micros(107_000 + 5_000));
    let PeriodicStatistics { releases, overruns, misses, longest } = CYCLE.statistics();
    event_if(releases == 11 && overruns == 0 && misses == 0, "all of 11 in time", "other counts");
    event_if(longest >= Duration::from_millis(3) && longest < Duration::from_millis(4), "3 ms", "another time");
    // A first release that has passed: the next one on the same grid, and none is counted as left out.
    let late = Periodic::new(Duration::from_millis(50)).starting_at(Instant::from_micros(1_000));
    event_if(late.wait() == Instant::from_micros(151_000), "the next one", "another one");
    event_if(late.statistics().overruns == 0, "none left out", "left out");
}

behaviour!["all of 11 in time", "3 ms", "the next one", "none left out", "20 releases in time"];
