//! The full-featured image of the size comparison: every object of the kernel with all that it does, five tasks and one
//! that is spawned, an interrupt, tracing. With feature `reports` also panic texts and the fault report.
//!
//! The tasks really use what is linked: each round goes through every object, and after ten the firmware ends itself with
//! exit code 0. RAM is everything: all stacks, the main stack too, and all buffers.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel::task::Slot;
use bluekernel::{Channel, Duration, Instant, Mutex, Semaphore, sleep, sleep_until, yield_now};

const ROUNDS: u32 = 10;

static BEGIN: Semaphore = Semaphore::new(0, 4);
static ASKED: Semaphore = Semaphore::new(0, 4);
static DONE: Semaphore = Semaphore::new(0, 8);
static TOTAL: Mutex<u32> = Mutex::new(0);
static QUEUE: Channel<u32, 4> = Channel::new();
static MESSAGES: Channel<[u32; 4], 2> = Channel::new();
#[bluekernel::slot]
static SPAWNED: Slot<512>;

#[bluekernel::main]
fn main() {
    board::Interrupt::UART1_RX.enable();
}

#[bluekernel::interrupt]
fn UART1_RX() {
    if ASKED.try_take() {
        QUEUE.try_send(1).ok();
    }
    DONE.give().ok();
}

/// Begins each round, waits for the others and looks after them.
#[bluekernel::task(priority = 20, stack = 768)]
fn supervisor() {
    let mut next = Instant::now();
    for round in 1..=ROUNDS {
        for _ in 0..4 {
            BEGIN.give().ok();
        }
        ASKED.give().ok();
        board::Interrupt::UART1_RX.pend();
        for _ in 0..5 {
            if DONE.take_timeout(Duration::from_millis(100)).is_err() {
                bluekernel::exit(1);
            }
        }
        let task = SPAWNED.spawn(12, || *TOTAL.lock() += 1);
        if task.is_err() || task.is_ok_and(|task| task.join_timeout(Duration::from_millis(100)).is_err()) {
            bluekernel::exit(2);
        }
        bluekernel::counter!("round", round);
        next += Duration::from_millis(5);
        sleep_until(next);
    }
    bluekernel::exit(0)
}

#[bluekernel::task(priority = 10, stack = 512)]
fn sender() {
    loop {
        BEGIN.take();
        let _span = bluekernel::span!("send");
        for value in 0..6 {
            QUEUE.send(value);
        }
        let mut message = [1, 2, 3, 4];
        while let Err(bluekernel::SendTimedOut(back)) = MESSAGES.send_timeout(message, Duration::from_millis(1)) {
            message = back;
        }
        DONE.give().ok();
    }
}

#[bluekernel::task(priority = 11, stack = 512)]
fn receiver() {
    loop {
        BEGIN.take();
        let mut sum = QUEUE.receive();
        while let Ok(value) = QUEUE.receive_timeout(Duration::from_millis(1)) {
            sum += value;
        }
        sum += MESSAGES.receive().iter().sum::<u32>() + MESSAGES.try_receive().map_or(0, |message| message[0]);
        *TOTAL.lock() += sum;
        DONE.give().ok();
    }
}

#[bluekernel::task(priority = 12, stack = 512)]
fn holder() {
    loop {
        BEGIN.take();
        let guard = TOTAL.lock();
        sleep(Duration::from_micros(500));
        drop(guard);
        yield_now();
        DONE.give().ok();
    }
}

#[bluekernel::task(priority = 13, stack = 512)]
fn impatient() {
    loop {
        BEGIN.take();
        holder::task().set_priority(14).ok();
        sleep(Duration::from_micros(100));
        if let Ok(mut total) = TOTAL.lock_timeout(Duration::from_micros(100)) {
            *total += 1;
        }
        if let Ok(mut total) = TOTAL.checked_lock() {
            *total += 1;
        }
        if let Some(mut total) = TOTAL.try_lock() {
            *total += 1;
        }
        holder::task().set_priority(12).ok();
        receiver::task().suspend();
        receiver::task().resume();
        DONE.give().ok();
    }
}

#[cfg(not(feature = "reports"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    bluekernel::exit(3)
}
