//! Periodic work tells the trace once how often and how soon it is to be done; then of each job when it begins and how late
//! that is, when it is done, and by how much that was too late.
// Needs the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Periodic, sleep_until};
use bluekernel_suite::trace::abi::BlockReason;
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::trace::{Ear, Record};
use bluekernel_suite::{behaviour, compute, event};

const PERIOD: u64 = BlockReason::Period as u64;
static CYCLE: Periodic = Periodic::new(Duration::from_millis(10))
    .with_deadline(Duration::from_millis(5))
    .starting_at(Instant::from_micros(10_000));

#[bluekernel::task(priority = 3, stack = 1024)]
fn working() {
    let ear = Ear::new();
    CYCLE.wait();
    for work in [2, 7, 12, 1] {
        compute(Duration::from_millis(work));
        CYCLE.wait();
    }
    let mut object = 0;
    for told in ear {
        if let Some(text) = text_of(&told, &mut object) {
            event(text);
        }
    }
}

/// Keeps the release at 60 ms from beginning.
#[bluekernel::task(priority = 4, stack = 1024)]
fn in_the_way() {
    sleep_until(Instant::from_micros(58_000));
    compute(Duration::from_millis(6));
}

/// What is told of periodic work, all of it of one object.
fn text_of(told: &Record, object: &mut u64) -> Option<&'static str> {
    const LATE: u64 = 1_000;
    Some(match (told.head, told.fields()) {
        (head::TIMING, [new, 10_000, 5_000]) if *new != 0 => {
            *object = *new;
            "10 ms, to be done in 5 ms"
        }
        (head::BLOCK, [PERIOD, of, _]) if of == object => "waits",
        (head::JOB_RELEASE, [of, 0..LATE]) if of == object => "begins",
        (head::JOB_RELEASE, [of, 4_000..5_000]) if of == object => "begins 4 ms late",
        (head::JOB_DONE, [of]) if of == object => "done",
        (head::DEADLINE_MISS, [of, 2_000..3_000]) if of == object => "2 ms too late",
        (head::DEADLINE_MISS, [of, 7_000..8_000]) if of == object => "7 ms too late",
        (head::TIMING..=head::DEADLINE_MISS, _) => "something else",
        _ => return None,
    })
}

behaviour![
    "10 ms, to be done in 5 ms",
    "waits",
    "begins",
    "done",
    "waits",
    "begins",
    "done",
    "2 ms too late",
    "waits",
    "begins",
    "done",
    "7 ms too late",
    "waits",
    "begins",
    "done",
    "waits",
    "begins 4 ms late",
];
