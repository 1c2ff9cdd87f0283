//! A period added again and again to the same instant is kept exactly: the time that the work takes does not add up. A
//! moment that has passed does not wait.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, sleep, sleep_until};
use bluekernel_suite::{behaviour, compute, event_if};

const PERIOD: Duration = Duration::from_millis(10);

#[bluekernel::task(priority = 3, stack = 1024)]
fn periodic() {
    sleep(Duration::from_millis(1));
    let start = Instant::now();
    let mut next = start;
    for _ in 0..20 {
        next += PERIOD;
        sleep_until(next);
        compute(Duration::from_millis(3));
    }
    let late = (start + PERIOD.times(20)).elapsed() - Duration::from_millis(3);
    event_if(late < Duration::from_millis(1), "20 periods took 20 periods", "drifted");
    let before = Instant::now();
    sleep_until(start);
    event_if(before.elapsed() < Duration::from_millis(1), "the past does not wait", "waited");
}

behaviour!["20 periods took 20 periods", "the past does not wait"];
