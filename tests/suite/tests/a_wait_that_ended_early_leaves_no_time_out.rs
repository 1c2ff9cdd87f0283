//! A wait that got what it waited for takes its time-out with it: nothing wakes the task from its next wait.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, Instant, Mutex, Semaphore, sleep};
use bluekernel_suite::{behaviour, event, event_if};

static PERMITS: Semaphore = Semaphore::new(0, 1);
static QUEUE: Channel<u32, 1> = Channel::new();
static SHARED: Mutex<()> = Mutex::new(());

#[bluekernel::task(priority = 5, stack = 1024)]
fn waiting() {
    let start = Instant::now();
    let soon = Duration::from_millis(20);
    event_if(PERMITS.take_timeout(soon) == Ok(()), "permit", "no permit");
    event_if(QUEUE.receive_timeout(soon) == Ok(1), "value", "no value");
    event_if(SHARED.lock_timeout(soon).is_ok(), "mutex", "no mutex");
    sleep(Duration::from_millis(100));
    let took = start.elapsed();
    event_if(took >= Duration::from_millis(103), "slept to the end", "woke too early");
    event_if(PERMITS.take_timeout(soon).is_err(), "nothing left over", "an old permit");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn giving() {
    let guard = SHARED.lock();
    sleep(Duration::from_millis(1));
    let _ = PERMITS.give();
    sleep(Duration::from_millis(1));
    QUEUE.send(1);
    sleep(Duration::from_millis(1));
    drop(guard);
    event("all given");
}

behaviour!["permit", "value", "mutex", "all given", "slept to the end", "nothing left over"];
