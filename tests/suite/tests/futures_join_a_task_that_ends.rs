//! A task's end is told to the futures that wait for it, and to no others; they find it dormant, and may start it again at
//! once. A future that waits for the end of its own task is an error.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::task::{JoinError, Slot, Task};
use bluekernel::{Duration, Semaphore, Signal, block_on, sleep};
use bluekernel_suite::{behaviour, event, event_if};
use core::cell::Cell;
use core::future::poll_fn;
use core::pin::pin;
use embassy_futures::select::{Either, select};

#[bluekernel::slot]
static WORKER: Slot<1024>;

static WORK: Signal<Task> = Signal::new();
static STOP: Semaphore = Semaphore::new(0, 1);

#[bluekernel::task(priority = 6, stack = 1024)]
fn of_6() {
    let worker = WORK.wait();
    // Told of the end, and of something else before: dropped.
    let got = block_on(select(STOP.take_async(), worker.join_async()));
    event_if(matches!(got, Either::First(())), "future of 6: dropped", "future of 6: joined");
    event_if(block_on(of_6::task().join_async()) == Err(JoinError::Itself), "not itself", "itself");
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn of_5() {
    let worker = WORKER.spawn(1, || {
        sleep(Duration::from_millis(4));
        event("worker ends");
        let _ = STOP.give();
    });
    let Ok(worker) = worker else { return };
    WORK.signal(worker);
    event_if(block_on(worker.join_async()) == Ok(()), "future of 5", "future of 5: an error");
    event_if(WORKER.spawn(1, || event("another worker")).is_ok(), "spawned again", "the slot is taken");
    event_if(block_on(worker.join_async()) == Ok(()), "future of 5 again", "future of 5: an error");
}

#[bluekernel::task(priority = 4, stack = 1024)]
fn of_4() {
    // Not over before the last one.
    let polls = Cell::new(0);
    let mut join = pin!(lasting::task().join_async());
    let joined = block_on(poll_fn(|context| {
        polls.set(polls.get() + 1);
        join.as_mut().poll(context)
    }));
    event_if((joined, polls.get()) == (Ok(()), 2), "future of 4", "future of 4: polled in vain");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn lasting() {
    sleep(Duration::from_millis(10));
    event("lasting ends");
}

behaviour![
    "worker ends",
    "future of 6: dropped",
    "not itself",
    "future of 5",
    "spawned again",
    "another worker",
    "future of 5 again",
    "lasting ends",
    "future of 4",
];
