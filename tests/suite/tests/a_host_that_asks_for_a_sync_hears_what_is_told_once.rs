//! A host that comes late asks for a SYNC by any byte: it says who ran last, and what is told once is told again when its turn
//! comes.
// Needs the trace.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Periodic};
use bluekernel_suite::trace::abi::wire::head;
use bluekernel_suite::trace::{Ear, say};
use bluekernel_suite::{behaviour, event, event_if};

static CYCLE: Periodic = Periodic::new(Duration::from_millis(10));

#[bluekernel::task(priority = 3, stack = 2048)]
fn working() {
    CYCLE.wait();
    let mut ear = Ear::new();
    for asks in [false, true, false] {
        if asks {
            event_if(say(&[0]), "asked", "no room");
        }
        // The request is heard while this waits, so the next wait is the first that can answer.
        CYCLE.wait();
        CYCLE.wait();
        for record in &mut ear {
            match (record.head, record.fields()) {
                // Version, core, sequence, cycles, drops, the running task's number + 1 (it waits, and nothing runs yet), flags.
                (0, [1, 0, _, _, 0, 1 | 2, 0]) => event("sync"),
                (0, _) => event("another sync"),
                (head::TIMING, [_, 10_000, 10_000]) => event("10 ms"),
                (head::JOB_RELEASE, _) => event("job"),
                _ => {}
            }
        }
    }
}

behaviour!["job", "job", "asked", "sync", "job", "10 ms", "job", "job", "job"];
