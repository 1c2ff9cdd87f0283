//! Work that takes longer than its period leaves releases out, and they are counted; the next one comes when it would have
//! come anyway. Work that takes longer than its deadline is counted apart.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Periodic};
use bluekernel_suite::{behaviour, compute, event_if};

const PERIOD: Duration = Duration::from_millis(10);
static CYCLE: Periodic =
    Periodic::new(PERIOD).with_deadline(Duration::from_millis(5)).starting_at(Instant::from_micros(10_000));

#[bluekernel::task(priority = 3, stack = 1024)]
fn periodic() {
    // Milliseconds of work, and the release that comes then, in periods.
    for (work, next) in [(2, 1), (7, 2), (12, 4), (38, 8), (1, 9)] {
        if next == 1 {
            CYCLE.wait();
        }
        compute(Duration::from_millis(work));
        event_if(CYCLE.wait() == Instant::START + PERIOD.times(1 + next), "the right release", "another release");
    }
    let statistics = CYCLE.statistics();
    event_if(statistics.releases == 6, "6 releases", "another count of releases");
    // 3, and 5 to 7: passed while the work went on.
    event_if(statistics.overruns == 4, "4 left out", "another count of those left out");
    event_if(statistics.misses == 3, "3 later than 5 ms", "another count of those too late");
    let longest = statistics.longest;
    event_if(longest >= Duration::from_millis(38) && longest < Duration::from_millis(40), "38 ms", "another time");
}

behaviour![
    "the right release",
    "the right release",
    "the right release",
    "the right release",
    "the right release",
    "6 releases",
    "4 left out",
    "3 later than 5 ms",
    "38 ms",
];
