//! How long an interrupt waits while tasks and handlers use the kernel as much as they can: with feature `unmasked` it is
//! above the kernel's mask, and without it is masked as any other.
//!
//! A timer asks at random instants and counts on. The first thing that its handler does is to look how far: the time from
//! the request to that instruction, in ticks, of which this board has one a cycle. At times it wakes tasks through a handler
//! that may. After [`INTERRUPTS`] the firmware says how many ticks it took at least and at most, and ends itself: with 0 if
//! they are not farther apart than [`APART`].
#![no_std]
#![no_main]

#[path = "../../board/board.rs"]
mod board;

use bluekernel::{
    Channel, Condvar, Duration, EventFlags, Mutex, Pipe, Semaphore, Timer, Wanted, println, sleep, yield_now,
};
use board::Interrupt;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

const INTERRUPTS: u32 = 50_000;

/// The most cycles that a request may wait for what the processor does not break off: the longest instruction of such code,
/// a load of nine registers with the program counter (1 + 9 + 3 cycles; Cortex-M3 TRM, 3.3.1), and the return from an
/// exception that it may be (10). At least it waits not at all, where it comes while another exception is being entered,
/// and is served in its place: then it is spared the 12 cycles of the entry, or some of them.
const APART: u32 = 13 + 10 + 12;

/// The first of the two timers of DUALTIMER (Arm DDI 0479, 4.5): load, value, control, interrupt clear.
const LOAD: *mut u32 = board::DUALTIMER as *mut u32;
const VALUE: *mut u32 = (board::DUALTIMER + 0x4) as *mut u32;
const CONTROL: *mut u32 = (board::DUALTIMER + 0x8) as *mut u32;
const CLEAR: *mut u32 = (board::DUALTIMER + 0xc) as *mut u32;
/// 32 bits, interrupt, periodic, enabled.
const RUN: u32 = 1 << 1 | 1 << 5 | 1 << 6 | 1 << 7;

/// Ticks from one request to the next: so few that it meets everything, so many that the tasks get on.
const SHORTEST: u32 = 300;
const SPREAD: u32 = 1_021;

static LOADED: AtomicU32 = AtomicU32::new(SHORTEST);
static RANDOM: AtomicU32 = AtomicU32::new(1);
static COUNT: AtomicU32 = AtomicU32::new(0);
static LEAST: AtomicU32 = AtomicU32::new(u32::MAX);
static MOST: AtomicU32 = AtomicU32::new(0);

/// The handler. It does not call the kernel.
#[inline(always)]
fn measure() {
    // SAFETY: the firmware's own timer.
    let value = unsafe { VALUE.read_volatile() };
    // The counter asks at 0, and then goes on from what was loaded.
    let waited = if value == 0 { 0 } else { LOADED.load(Relaxed) + 1 - value };
    LEAST.store(LEAST.load(Relaxed).min(waited), Relaxed);
    MOST.store(MOST.load(Relaxed).max(waited), Relaxed);
    // xorshift32
    let mut random = RANDOM.load(Relaxed);
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    RANDOM.store(random, Relaxed);
    let next = SHORTEST + random % SPREAD;
    LOADED.store(next, Relaxed);
    let count = COUNT.load(Relaxed) + 1;
    COUNT.store(count, Relaxed);
    if count % 4 == 0 || count == INTERRUPTS {
        Interrupt::PORT0.pend();
    }
    // SAFETY: as above. The counter starts anew from what is loaded.
    unsafe {
        LOAD.write_volatile(next);
        CLEAR.write_volatile(1);
    }
}

#[cfg(feature = "unmasked")]
#[bluekernel::interrupt(unmasked)]
unsafe fn DUALTIMER() {
    measure();
}

#[cfg(not(feature = "unmasked"))]
#[bluekernel::interrupt]
fn DUALTIMER() {
    measure();
}

static PERMITS: Semaphore = Semaphore::new(0, 8);
static BACK: Semaphore = Semaphore::new(0, 8);
static STRUCK: EventFlags = EventFlags::new();
static OVER: Semaphore = Semaphore::new(0, 1);
static VALUES: Channel<[u32; 4], 2> = Channel::new();
static TOTAL: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();
static BYTES: Pipe<16> = Pipe::new();
static TICK: Timer = Timer::new(|| STRUCK.set(2));

#[bluekernel::interrupt]
fn PORT0() {
    STRUCK.set(1);
    let _ = VALUES.try_send([0; 4]);
    if COUNT.load(Relaxed) >= INTERRUPTS {
        let _ = OVER.give();
    }
}

#[bluekernel::main]
fn main() {
    TICK.start_periodic(Duration::from_micros(700));
    Interrupt::PORT0.enable();
    Interrupt::DUALTIMER.enable();
    // SAFETY: as above.
    unsafe {
        LOAD.write_volatile(SHORTEST);
        CONTROL.write_volatile(RUN);
    }
}

#[bluekernel::task(priority = 31, stack = 2048)]
fn judge() {
    OVER.take();
    // SAFETY: as above.
    unsafe { CONTROL.write_volatile(0) };
    let (least, most) = (LEAST.load(Relaxed), MOST.load(Relaxed));
    println!("{} interrupts waited {least} to {most} ticks", COUNT.load(Relaxed));
    bluekernel::exit(u8::from(most - least > APART));
}

#[bluekernel::task(priority = 9, stack = 1024)]
fn struck() {
    loop {
        let _ = STRUCK.wait_timeout(Wanted::any(3).clear(), Duration::from_micros(400));
        let _ = TOTAL.lock_timeout(Duration::from_micros(50)).map(|mut total| *total += 1);
        CHANGED.notify_all();
    }
}

#[bluekernel::task(priority = 7, stack = 1024)]
fn receiver() {
    let mut bytes = [0; 5];
    loop {
        VALUES.receive();
        let _ = PERMITS.take_timeout(Duration::from_micros(30));
        let _ = BYTES.read_timeout(&mut bytes, Duration::from_micros(60));
        let _ = BACK.give();
    }
}

#[bluekernel::task(priority = 5, stack = 1024)]
fn waits_for_changes() {
    loop {
        let total = TOTAL.lock();
        drop(CHANGED.wait_timeout(total, Duration::from_micros(200)));
        sleep(Duration::from_micros(20));
    }
}

fn use_everything(me: u32) {
    loop {
        let _ = PERMITS.give();
        let _ = VALUES.send_timeout([me; 4], Duration::from_micros(100));
        let mut total = TOTAL.lock();
        *total += 1;
        yield_now();
        drop(total);
        let _ = BYTES.try_write(&[1, 2, 3]);
        let _ = BACK.try_take();
        yield_now();
    }
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn one() {
    use_everything(1);
}

#[bluekernel::task(priority = 3, stack = 1024)]
fn other() {
    use_everything(2);
}
