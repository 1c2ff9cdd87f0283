//! Futures that wait for releases tell of their jobs as tasks do. Where one is dropped while it waits, its job goes on and is
//! told to be done once more: the last time before the next release counts.
// Needs the extras.
// Needs the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Periodic, block_on};
use bluekernel_suite::trace::Ear;
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::{behaviour, compute, event};
use embassy_time::with_timeout;

static WORK: Periodic = Periodic::new(Duration::from_millis(10)).with_deadline(Duration::from_millis(6));

#[bluekernel::task(priority = 4, stack = 2048)]
fn working() {
    let ear = Ear::new();
    block_on(async {
        WORK.wait_async().await;
        compute(Duration::from_millis(3));
        WORK.wait_async().await;
        let none = with_timeout(embassy_time::Duration::from_millis(3), WORK.wait_async()).await;
        if none.is_err() {
            event("dropped");
        }
        compute(Duration::from_millis(5));
        WORK.wait_async().await;
    });
    for told in ear {
        match (told.head, told.fields()) {
            (head::TIMING, [_, 10_000, 6_000]) => event("10 ms, to be done in 6 ms"),
            (head::JOB_RELEASE, [_, 0..1_000]) => event("begins"),
            (head::JOB_DONE, [_]) => event("done"),
            (head::DEADLINE_MISS, [_, 2_000..3_000]) => event("2 ms too late"),
            (head::TIMING..=head::DEADLINE_MISS, _) => event("something else"),
            _ => {}
        }
    }
}

behaviour![
    "dropped",
    "10 ms, to be done in 6 ms",
    "begins",
    "done",
    "begins",
    "done",
    "done",
    "2 ms too late",
    "begins",
];
