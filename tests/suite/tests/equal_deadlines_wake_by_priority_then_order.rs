//! Tasks whose deadline is the same moment all become ready; they run by priority, equals in the order they went to
//! sleep.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, sleep_until};
use bluekernel_suite::{behaviour, event};

const MOMENT: Instant = Instant::from_micros(50_000);

#[bluekernel::task(priority = 3, stack = 1024)]
fn first() {
    sleep_until(MOMENT);
    event("first");
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn second() {
    sleep_until(MOMENT);
    event("second");
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn important() {
    // So that it is the last to set its deadline.
    sleep_until(Instant::START + Duration::from_millis(1));
    sleep_until(MOMENT);
    event("important");
}

behaviour!["important", "first", "second"];
