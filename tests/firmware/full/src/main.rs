//! The full-featured image of the size comparison: every object of the kernel with all that it does, five tasks, one that
//! serves timers and one that is spawned, an interrupt, tracing; size before speed (feature `small` of the kernel). With
//! feature `reports` also panic texts and the fault report.
//!
//! The tasks really use what is linked: they meet at a barrier, go through every object and meet again; after ten rounds
//! the firmware ends itself with exit code 0. RAM is everything: all stacks, the main stack too, and all buffers.
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel::task::Slot;
use bluekernel::{
    Barrier, CeilingMutex, Channel, Condvar, Duration, EventFlags, Instant, MessageQueue, Mutex, Once, OnceCell,
    Periodic, Pipe, Pool, PoolBox, RecursiveMutex, RwLock, Semaphore, Signal, Timer, Wanted, Watch, sleep, sleep_until,
    yield_now,
};
use core::cell::Cell;

const ROUNDS: u32 = 10;
/// Longer than anything takes here.
const LONG: Duration = Duration::from_millis(100);
const SHORT: Duration = Duration::from_micros(100);

const SENT: u32 = 1;
const RECEIVED: u32 = 2;
const HELD: u32 = 4;
const HANDLED: u32 = 8;
const TIMED: u32 = 16;

static ROUND: Barrier = Barrier::new(5);
static DONE: EventFlags = EventFlags::new();
static PERMITS: Semaphore = Semaphore::new(0, 4);
static TOTAL: Mutex<u32> = Mutex::new(0);
static MORE: Condvar = Condvar::new();
static NESTED: RecursiveMutex<Cell<u32>> = RecursiveMutex::new(Cell::new(0));
static CEILING: CeilingMutex<u32> = CeilingMutex::new(20, 0);
static TABLE: RwLock<[u32; 4]> = RwLock::new([0; 4]);
static QUEUE: Channel<u32, 4> = Channel::new();
static MESSAGES: Channel<[u32; 4], 2> = Channel::new();
static HANDLER: Signal<u32> = Signal::new();
static CURRENT: Watch<u32> = Watch::new(0);
static PREPARED: Once = Once::new();
static FACTOR: OnceCell<u32> = OnceCell::new();
static FRAMES: Pool<[u32; 4], 2> = Pool::new();
static FULL_FRAMES: Channel<PoolBox<[u32; 4]>, 2> = Channel::new();
static BYTES: Pipe<16> = Pipe::new();
static COMMANDS: MessageQueue<16, 2> = MessageQueue::new();
static CONTROL: Periodic = Periodic::new(Duration::from_millis(10)).with_deadline(Duration::from_millis(9));
static LAMP: Timer = Timer::new(|| DONE.set(TIMED));
static ONCE: Timer = Timer::new(|| {
    DONE.clear(0);
});
#[bluekernel::slot]
static SPAWNED: Slot<512>;

#[bluekernel::main]
fn main() {
    board::Interrupt::UART1_RX.enable();
    LAMP.start_periodic(Duration::from_millis(5));
}

#[bluekernel::task(priority = 21, stack = 512)]
fn timers() {
    bluekernel::timer::serve()
}

#[bluekernel::interrupt]
fn UART1_RX() {
    if PERMITS.try_take() {
        QUEUE.try_send(1).ok();
    }
    HANDLER.signal(CURRENT.get());
    DONE.set(HANDLED);
}

/// Ends the run as failed unless it is so.
fn check(right: bool) {
    if !right {
        bluekernel::exit(1);
    }
}

#[bluekernel::task(priority = 20, stack = 768)]
fn supervisor() {
    let mut next = Instant::now();
    for round in 1..=ROUNDS {
        bluekernel::counter!("round", round);
        *TABLE.write() = [round; 4];
        CURRENT.send(round);
        PERMITS.give().ok();
        ROUND.wait();
        board::Interrupt::UART1_RX.pend();
        check(DONE.wait_timeout(Wanted::all(SENT | RECEIVED | HELD | HANDLED | TIMED).clear(), LONG).is_ok());
        let task = SPAWNED.spawn(12, || *TOTAL.lock() += 1);
        check(task.is_ok_and(|task| task.join_timeout(LONG).is_ok()));
        check(ROUND.wait_timeout(LONG).is_ok());
        if let Ok(mut table) = TABLE.write_timeout(LONG) {
            table[0] = 0;
        }
        ONCE.start(SHORT);
        LAMP.restart();
        next += Duration::from_millis(10);
        sleep_until(next);
        CONTROL.wait();
    }
    check(!LAMP.stop() && !LAMP.is_running() && CONTROL.statistics().releases > 0);
    check(NESTED.lock().get() == 2 * ROUNDS && *TOTAL.lock() > ROUNDS);
    bluekernel::exit(0)
}

#[bluekernel::task(priority = 10, stack = 512)]
fn sender() {
    PREPARED.call_once(|| DONE.set(0));
    loop {
        ROUND.wait();
        let _span = bluekernel::span!("send");
        for value in 0..6 {
            QUEUE.send(value);
        }
        let mut message = [1, 2, 3, *FACTOR.get_or_init(|| 4)];
        while let Err(bluekernel::SendTimedOut(back)) = MESSAGES.send_timeout(message, SHORT) {
            message = back;
        }
        FULL_FRAMES.send(FRAMES.alloc(message));
        if let Ok(frame) = FRAMES.alloc_timeout(message, SHORT) {
            FULL_FRAMES.send(frame);
        }
        BYTES.write_all(b"more bytes than go in at once");
        check(COMMANDS.send(b"go").is_ok() && COMMANDS.send_urgent(b"stop").is_ok());
        COMMANDS.send_timeout(b"too late", SHORT).ok();
        DONE.set(SENT);
        ROUND.wait();
    }
}

#[bluekernel::task(priority = 11, stack = 512)]
fn receiver() {
    loop {
        ROUND.wait();
        let mut sum = QUEUE.receive();
        while let Ok(value) = QUEUE.receive_timeout(Duration::from_millis(1)) {
            sum += value;
        }
        sum += MESSAGES.receive().iter().sum::<u32>() + MESSAGES.try_receive().map_or(0, |message| message[0]);
        for _ in 0..2 {
            sum += FULL_FRAMES.receive_timeout(LONG).map_or(0, |frame| frame[3]);
        }
        let mut bytes = [0; 16];
        let mut left = 29;
        while left > 0 {
            left -= BYTES.read(&mut bytes);
        }
        check(BYTES.read_timeout(&mut bytes, SHORT).is_err());
        check(COMMANDS.receive(&mut bytes) == b"stop");
        while COMMANDS.receive_timeout(&mut bytes, SHORT).is_ok() {}
        *TOTAL.lock() += sum;
        MORE.notify_all();
        MORE.notify_one();
        DONE.set(RECEIVED);
        ROUND.wait();
    }
}

#[bluekernel::task(priority = 12, stack = 512)]
fn holder() {
    loop {
        ROUND.wait();
        let guard = TOTAL.lock();
        sleep(Duration::from_micros(500));
        let before = *guard;
        drop(MORE.wait_while_timeout(guard, Duration::from_millis(5), |total| *total == before));
        yield_now();
        for _ in 0..2 {
            let _outer = NESTED.lock();
            if let Some(inner) = NESTED.try_lock() {
                inner.set(inner.get() + 1);
            }
        }
        if let Ok(mut value) = CEILING.lock_timeout(LONG) {
            *value += TABLE.read()[3];
        }
        DONE.set(HELD);
        DONE.clear(0);
        ROUND.wait();
    }
}

#[bluekernel::task(priority = 13, stack = 512)]
fn impatient() {
    let mut current = CURRENT.receiver();
    loop {
        ROUND.wait();
        holder::task().set_priority(14).ok();
        check(HANDLER.wait_timeout(LONG).is_ok());
        current.changed_timeout(SHORT).ok();
        for _ in 0..2 {
            PERMITS.give().ok();
            PERMITS.take();
        }
        check(PERMITS.take_timeout(SHORT).is_err());
        if let Ok(mut total) = TOTAL.lock_timeout(SHORT) {
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
        if let Ok(table) = TABLE.read_timeout(SHORT) {
            check(table[0] == table[3]);
        }
        ROUND.wait();
    }
}

#[cfg(not(feature = "reports"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    bluekernel::exit(3)
}
