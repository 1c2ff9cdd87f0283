//! A wait with a time-out ends in time with an error; what was waited for stays for others. No time does not wait.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, Instant, Semaphore, TimedOut, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static PERMITS: Semaphore = Semaphore::new(0, 1);
static QUEUE: Channel<u32, 1> = Channel::new();

#[bluekernel::task(priority = 2, stack = 1024)]
fn waiting() {
    let start = Instant::now();
    event_if(PERMITS.take_timeout(Duration::from_millis(10)) == Err(TimedOut), "no permit", "a permit");
    let took = start.elapsed();
    event_if(took >= Duration::from_millis(10) && took < Duration::from_millis(12), "in time", "not in time");
    event_if(QUEUE.receive_timeout(Duration::from_millis(10)) == Err(TimedOut), "no value", "a value");
    event_if(QUEUE.send_timeout(1, Duration::ZERO).is_ok(), "sent 1", "not sent 1");
    let full = QUEUE.send_timeout(2, Duration::from_millis(10));
    event_if(full.is_err_and(|error| error.0 == 2), "full, and 2 is back", "sent 2");
    event_if(PERMITS.take_timeout(Duration::from_millis(100)) == Ok(()), "a permit in time", "too late");
    event_if(QUEUE.receive_timeout(Duration::ZERO) == Ok(1), "received 1", "lost 1");
    event_if(PERMITS.take_timeout(Duration::ZERO) == Err(TimedOut), "no time, no permit", "an old permit");
}

#[bluekernel::task(priority = 1, stack = 1024)]
fn giver() {
    sleep(Duration::from_millis(50));
    event("give");
    let _ = PERMITS.give();
}

behaviour![
    "no permit",
    "in time",
    "no value",
    "sent 1",
    "full, and 2 is back",
    "give",
    "a permit in time",
    "received 1",
    "no time, no permit",
];
