//! A future that receives, or sends, and is dropped: no value is lost, doubled, or out of order.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{Channel, Duration, block_on, sleep};
use bluekernel_suite::{behaviour, compute, event_if};
use embassy_futures::select::{Either, select};
use embassy_time::Timer;

static QUEUE: Channel<u32, 2> = Channel::new();

#[bluekernel::task(priority = 4, stack = 2048)]
fn receiver() {
    block_on(async {
        let got = select(Timer::after_millis(2), QUEUE.receive_async()).await;
        event_if(matches!(got, Either::First(())), "nothing came", "received");
        // The value comes in time, but the task does not run before the time is over, which is looked at first.
        let got = select(Timer::after_millis(2), QUEUE.receive_async()).await;
        event_if(matches!(got, Either::First(())), "too late", "received");
        sleep(Duration::from_millis(10));
        for (value, name) in [(1, "1"), (2, "2"), (4, "4")] {
            event_if(QUEUE.receive_async().await == value, name, "another value");
        }
    });
}

#[bluekernel::task(priority = 5, stack = 2048)]
fn sender() {
    sleep(Duration::from_millis(3));
    QUEUE.send(1);
    compute(Duration::from_millis(4));
    QUEUE.send(2);
    block_on(async {
        // Full, and the receiver sleeps: this value is dropped.
        let got = select(Timer::after_millis(2), QUEUE.send_async(3)).await;
        event_if(matches!(got, Either::First(())), "full", "sent 3");
        QUEUE.send_async(4).await;
        event_if(QUEUE.len() == 2, "4 is sent when 1 is taken", "another length");
    });
}

behaviour!["nothing came", "too late", "full", "4 is sent when 1 is taken", "1", "2", "4"];
