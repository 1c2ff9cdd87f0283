//! Futures get a value as soon as somebody has made it, each of them; one that would make it waits while another does, and
//! does not make it again.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Duration, Once, OnceCell, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use embassy_futures::join::join;
use embassy_time::with_timeout;

static RATE: OnceCell<u32> = OnceCell::new();
static DONE: Once = Once::new();

#[bluekernel::task(priority = 5, stack = 2048)]
fn of_5() {
    let none = block_on(with_timeout(embassy_time::Duration::from_millis(1), RATE.get_async()));
    event_if(none.is_err(), "future of 5: none in time", "future of 5: too early");
    event_if(block_on(RATE.get_async()) == &7, "future of 5: 7", "future of 5: another");
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn of_4() {
    sleep(Duration::from_millis(2));
    let both = block_on(join(RATE.get_async(), RATE.get_or_init_async(|| 8)));
    event_if(both == (&7, &7), "future of 4: 7, twice", "future of 4: made again");
    // Nobody else does it.
    block_on(DONE.call_once_async(|| event("done")));
    block_on(DONE.call_once_async(|| event("done again")));
    event_if(DONE.is_completed(), "it is done", "it is not done");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn making() {
    let rate = RATE.get_or_init(|| {
        sleep(Duration::from_millis(5));
        event("made");
        7
    });
    event_if(*rate == 7, "maker: 7", "maker: another");
}

behaviour![
    "future of 5: none in time",
    "made",
    "future of 5: 7",
    "future of 4: 7, twice",
    "done",
    "it is done",
    "maker: 7",
];
