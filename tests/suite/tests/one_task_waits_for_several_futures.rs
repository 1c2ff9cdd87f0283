//! `select` and `join` of a crate that knows nothing of this kernel: the first of several, and all of several.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, Semaphore, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use embassy_futures::join::join3;
use embassy_futures::select::{Either3, select3};
use embassy_time::{Timer, with_timeout};

static PERMITS: Semaphore = Semaphore::new(0, 2);
static QUEUE: Channel<u32, 1> = Channel::new();

#[bluekernel::task(priority = 4, stack = 2048)]
fn waiting() {
    block_on(async {
        let first = select3(PERMITS.take_async(), QUEUE.receive_async(), Timer::after_secs(1)).await;
        event_if(matches!(first, Either3::Second(7)), "7 came first", "something else came first");
        let all = join3(QUEUE.receive_async(), PERMITS.take_async(), Timer::after_millis(1)).await;
        event_if(all == (8, (), ()), "all came", "another value");
        let none = with_timeout(embassy_time::Duration::from_millis(2), PERMITS.take_async()).await;
        event_if(none.is_err(), "none in time", "a permit");
    });
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn other() {
    QUEUE.send(7);
    let _ = PERMITS.give();
    sleep(Duration::from_millis(3));
    event("8");
    QUEUE.send(8);
}

behaviour!["7 came first", "8", "all came", "none in time"];
