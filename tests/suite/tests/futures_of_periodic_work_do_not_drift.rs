//! A future that waits for the next release is ready at its moment, on the grid of the periods, however long the work took.
//! One that is dropped while it waits has ended nothing: the same release is still to come.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Instant, Periodic, block_on};
use bluekernel_suite::{behaviour, compute, event_if};
use embassy_time::with_timeout;

static WORK: Periodic = Periodic::new(Duration::from_millis(10)).with_deadline(Duration::from_millis(6));

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn working() {
    block_on(async {
        let first = WORK.wait_async().await;
        compute(millis(3));
        event_if(WORK.wait_async().await == first + millis(10), "10 ms", "another moment");
        event_if(Instant::now() >= first + millis(10), "not too early", "too early");
        compute(millis(2));
        let none = with_timeout(embassy_time::Duration::from_millis(3), WORK.wait_async()).await;
        event_if(none.is_err(), "dropped", "too early");
        // 5 ms: not later than the deadline.
        event_if(WORK.wait_async().await == first + millis(20), "20 ms", "another moment");
        compute(millis(25));
        event_if(WORK.wait_async().await == first + millis(50), "50 ms", "another moment");
    });
    let counts = WORK.statistics();
    event_if((counts.releases, counts.overruns, counts.misses) == (4, 2, 1), "counted", "other counts");
}

behaviour!["10 ms", "not too early", "dropped", "20 ms", "50 ms", "counted"];
