//! The objects of `embassy-sync`, over the kernel's critical section: between handlers, executors and tasks.
// Needs the extras.
#![cfg_attr(target_os = "none", no_std, no_main)]
mod board;
use bluekernel::{block_on, executor};
use bluekernel_suite::{behaviour, event, event_if};
use board::Interrupt;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;

static PRESSED: Signal<CriticalSectionRawMutex, u32> = Signal::new();
static QUEUE: Channel<CriticalSectionRawMutex, u32, 1> = Channel::new();

#[bluekernel::interrupt]
fn PORT0() {
    event("handler");
    PRESSED.signal(3);
}

#[embassy_executor::task]
async fn forwarding() {
    loop {
        let value = PRESSED.wait().await;
        event("executor");
        QUEUE.send(value).await;
        QUEUE.send(value + 1).await;
        event("both are sent");
    }
}

#[bluekernel::task(priority = 4, stack = 2048)]
fn executing() {
    executor::run(|spawner| spawner.spawn(forwarding().unwrap()));
}

#[bluekernel::task(priority = 3, stack = 2048)]
fn receiving() {
    event_if(block_on(QUEUE.receive()) == 3, "3", "not 3");
    event_if(block_on(QUEUE.receive()) == 4, "4", "not 4");
}

#[bluekernel::task(priority = 2, stack = 1024)]
fn interrupted() {
    Interrupt::PORT0.enable();
    Interrupt::PORT0.pend();
    event("behind");
}

// The second value waits until the first one is taken, which wakes the more important executor.
behaviour!["handler", "executor", "both are sent", "3", "4", "behind"];
