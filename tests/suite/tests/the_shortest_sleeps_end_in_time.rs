//! A sleep of a few microseconds may be over before its alarm is set: no alarm is missed, whatever the moment.
// Not under Miri: it would take minutes.
#![cfg_attr(target_os = "none", no_std, no_main)]

mod board;

use bluekernel::{Duration, Instant, sleep};
use bluekernel_suite::{behaviour, compute, event_if};

/// Far more than a sleep needs to begin and to end, and far less than a clock's counter needs to come round.
const LATE: Duration = Duration::from_millis(1);

#[bluekernel::task(priority = 5, stack = 1024)]
fn sleeper() {
    let mut in_time = true;
    for micros in 0..60 {
        for shift in 0..20 {
            compute(Duration::from_micros(shift));
            let (start, span) = (Instant::now(), Duration::from_micros(micros));
            sleep(span);
            in_time &= start.elapsed() >= span && start.elapsed() < span + LATE;
        }
    }
    event_if(in_time, "1200 sleeps ended in time", "a sleep was too short or too long");
}

behaviour!["1200 sleeps ended in time"];
